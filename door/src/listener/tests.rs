//! Addresses that can be had and those that cannot, with what the user is told.

use super::*;

const LOOPBACK: Exposure<'_> = Exposure::Loopback { unless: "set ingest.insecure_listen = true" };

#[tokio::test]
async fn port_zero_is_any_free_port() {
    let listener = Listener::bind("127.0.0.1:0", "ingest.grpc_listen", LOOPBACK).await.unwrap();
    assert!(listener.address().tcp().unwrap().ip().is_loopback());
    assert_ne!(listener.address().tcp().unwrap().port(), 0);
}

#[tokio::test]
async fn a_port_in_use_names_the_key_and_the_way_out() {
    let first = Listener::bind("127.0.0.1:0", "ingest.grpc_listen", LOOPBACK).await.unwrap();
    let address = first.address().to_string();
    let error = Listener::bind(&address, "ingest.http_listen", LOOPBACK).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert_eq!(
        error.to_string(),
        format!(
            "address {address} for ingest.http_listen is in use; stop the other program or set \
             ingest.http_listen to another port, port 0 picks a free one"
        )
    );
}

#[tokio::test]
async fn an_open_address_needs_to_be_asked_for() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let error = Listener::bind(address, "ingest.grpc_listen", LOOPBACK).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.to_string().contains("or set ingest.insecure_listen = true"), "{error}");
    }
    assert!(Listener::bind("0.0.0.0:0", "ingest.grpc_listen", Exposure::Any).await.is_ok());
}

#[tokio::test]
async fn what_is_no_address_is_quoted() {
    for address in ["", "4317", "127.0.0.1", "127.0.0.1:65536"] {
        let error = Listener::bind(address, "web.listen", LOOPBACK).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{address}");
        assert!(error.to_string().starts_with(&format!("web.listen = {address:?} is not an address")));
    }
}

#[tokio::test]
async fn an_address_of_another_machine_is_refused() {
    let error = Listener::bind("192.0.2.1:0", "web.listen", Exposure::Any).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.to_string().contains("is not an address of this machine"), "{error}");
}

mod unix_sockets {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_socket_is_for_its_group_and_goes_with_its_listener() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("otlp.sock");
        let address = format!("unix:{}", path.display());
        let listener = Listener::bind(&address, "ingest.grpc_listen", LOOPBACK).await.unwrap();
        assert_eq!((listener.address().to_string(), listener.address().is_local()), (address.clone(), true));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        let error = Listener::bind(&address, "ingest.http_listen", LOOPBACK).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unavailable);
        assert!(error.to_string().contains("another process answers there"), "{error}");
        drop(listener);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn an_abandoned_socket_is_replaced_and_other_files_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("otlp.sock");
        let address = format!("unix:{}", path.display());
        // A std listener leaves its file behind, as a process does that was killed.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        drop(Listener::bind(&address, "ingest.grpc_listen", LOOPBACK).await.unwrap());

        std::fs::write(&path, "something of value").unwrap();
        let error = Listener::bind(&address, "ingest.grpc_listen", LOOPBACK).await.unwrap_err();
        assert!(error.to_string().contains("exists and is no socket"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "something of value");
        for (address, part) in
            [("unix:relative", "no absolute path"), ("unix:/no/such/folder/s", "its folder must exist")]
        {
            let error = Listener::bind(address, "web.listen", LOOPBACK).await.unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
