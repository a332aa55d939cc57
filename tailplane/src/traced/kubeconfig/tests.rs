use super::*;

#[test]
fn it_is_for_this_user_alone_and_goes_again() {
    let surroundings = Surroundings::new().unwrap();
    let path = surroundings.write("http://127.0.0.1:1/x", "prod", Some("team")).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(path.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let written: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(written["current-context"], "prod");
    assert_eq!(written["contexts"][0]["context"], json!({ "cluster": "prod", "namespace": "team" }));
    assert_eq!(written["clusters"][0]["cluster"]["server"], "http://127.0.0.1:1/x");
    drop(surroundings);
    assert!(!path.exists());
}
