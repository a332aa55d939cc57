//! Which URLs are accepted.

use super::*;

#[test]
fn a_host_and_a_port_are_needed_and_nothing_else() {
    for url in ["http://127.0.0.1:4317", "http://127.0.0.1:4317/", "127.0.0.1:4317", "localhost:4317"] {
        let client = Client::new(url, Env::system()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(client.authority().port_u16(), Some(4317), "{url}");
    }
    for url in ["", "localhost", "https://localhost:4317", "http://localhost:4317/v1/traces", "http://", "/x"]
    {
        let error = Client::new(url, Env::system()).expect_err(url);
        assert_eq!(error.kind, ErrorKind::Invalid, "{url}");
        assert!(error.to_string().contains("write http://host:port"), "{error}");
    }
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let client = Client::new(&address.to_string(), Env::system()).unwrap();
    let error = client.connect().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert!(error.to_string().starts_with(&format!("{address} cannot be reached")), "{error}");
}
