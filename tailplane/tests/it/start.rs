//! How a server starts and ends, and what it says when it cannot.

use std::net::TcpListener;

use crate::command::run;
use crate::server::{Server, folder};

#[test]
fn it_prints_its_addresses_and_ends_in_order() {
    for signal in ["TERM", "INT"] {
        let folder = folder();
        let mut server = Server::start(folder.path(), &[]);
        assert!([server.grpc, server.http, server.web].iter().all(|address| address.port() != 0));
        assert_eq!(server.line(), format!("ready http://{}/\n", server.web));
        assert!(server.stop(signal).success(), "{signal}");
    }
}

#[test]
fn a_port_in_use_names_the_port_the_key_and_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("its address").to_string();
    let folder = folder();
    for key in ["ingest.grpc_listen", "ingest.http_listen", "web.listen"] {
        let data = format!("storage.url={}", folder.path().join("data").display());
        let mut arguments = vec!["serve".to_owned(), "--set".to_owned(), data];
        for other in ["ingest.grpc_listen", "ingest.http_listen", "web.listen"] {
            let address = if other == key { &address } else { "127.0.0.1:0" };
            arguments.extend(["--set".to_owned(), format!("{other}={address}")]);
        }
        let run = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        for part in [address.as_str(), key, "another port"] {
            assert!(run.stderr.contains(part), "{part} is not in: {}", run.stderr);
        }
    }
}

#[test]
fn an_unwritable_data_folder_is_named_with_the_way_out() {
    let folder = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").expect("written");
    let inside = file.join("data").display().to_string();
    let run = run(&["serve", "--set", &format!("storage.url={inside}")]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains(&inside) && run.stderr.contains("storage.url"), "{}", run.stderr);
}

#[test]
fn an_address_for_everyone_needs_a_setting() {
    let folder = folder();
    let data = format!("storage.url={}", folder.path().join("data").display());
    let run = run(&["serve", "--set", &data, "--set", "ingest.grpc_listen=0.0.0.0:0"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("ingest.insecure_listen"), "{}", run.stderr);
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]);
    let data = format!("storage.url={}", folder.path().join("data").display());
    let run = run(&["serve", "--set", &data, "--set", "ingest.grpc_listen=127.0.0.1:0"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("data"), "{}", run.stderr);
    drop(server);
}

#[test]
fn nobody_to_ask_and_nobody_to_send_to_are_said_so() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address");
    let url = format!("http://{free}");
    let capture = concat!(env!("CARGO_MANIFEST_DIR"), "/../proto/fixtures/calm/team-ci.otlp.zst");
    for arguments in [&["query", "{}", "--server", &url][..], &["replay", capture, "--to", &url]] {
        let run = run(arguments);
        assert_eq!(run.code, Some(1), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(&free.to_string()), "{}", run.stderr);
    }
}
