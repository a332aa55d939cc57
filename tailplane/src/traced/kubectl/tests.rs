use super::*;

#[test]
fn the_namespace_is_that_of_the_context() {
    let json = br#"{"kind":"Config","apiVersion":"v1","clusters":[{"name":"c","cluster":{"server":"https://10.0.0.1:6443"}}],
        "contexts":[{"name":"prod","context":{"cluster":"c","user":"u","namespace":"team"}}],"current-context":"prod"}"#;
    assert_eq!(
        place(json).unwrap(),
        Place { context: "prod".to_owned(), namespace: Some("team".to_owned()) }
    );
    let json =
        br#"{"contexts":[{"name":"prod","context":{"cluster":"c","user":"u"}}],"current-context":"prod"}"#;
    assert_eq!(place(json).unwrap().namespace, None);
}
