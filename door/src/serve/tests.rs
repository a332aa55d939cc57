//! Connections over real sockets: both protocols, slow peers, limits, and the end.

use std::time::Duration;

mod abuse;
mod knocks;

use bytesize::ByteSize;
use http::StatusCode;
use http_body_util::{BodyExt, Full};
use storage::env::Env;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::service_fn;

use super::*;
use crate::{Client, Config, Exposure};

type Answer = Response<Full<Bytes>>;

async fn start(config: Config, delay: Duration) -> Server {
    let env = Env::system();
    start_at(Door::new(config, None, env).unwrap(), delay).await
}

async fn start_at(door: Door, delay: Duration) -> Server {
    let listener = Listener::bind("127.0.0.1:0", "test", Exposure::Any).await.unwrap();
    let env = door.env.clone();
    let service_env = env.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let env = service_env.clone();
        async move {
            env.sleep(delay).await;
            let peer = request.extensions().get::<Peer>().map(Peer::to_string);
            let _body = request.into_body().collect().await;
            Ok::<Answer, Infallible>(Response::new(Full::from(peer.unwrap_or_default())))
        }
    });
    serve(listener, service, &door)
}

async fn connect(server: &Server) -> TcpStream {
    TcpStream::connect(server.address().to_string()).await.unwrap()
}

/// All bytes until the server closes, or what came within three seconds.
async fn read_to_end(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let reading = stream.read_to_end(&mut bytes);
    tokio::time::timeout(Duration::from_secs(3), reading).await.ok()?.ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn both_protocols_on_one_port_and_the_peer_is_known() {
    let server = start(Config::default(), Duration::ZERO).await;
    let mut http1 = connect(&server).await;
    let peer = http1.local_addr().unwrap().to_string();
    http1.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let answer = read_to_end(&mut http1).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with(&peer), "{answer}");

    let client = Client::new(&server.address().to_string(), Env::system()).unwrap();
    let answer = client.send(Request::post("/").body(Full::default()).unwrap()).await.unwrap();
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, http::Version::HTTP_2));
    assert!(server.stop(Duration::from_secs(1)).await);
}

#[tokio::test]
async fn a_silent_or_half_spoken_opening_is_closed() {
    let config = Config { handshake_timeout: Duration::from_millis(100), ..Config::default() };
    let server = start(config, Duration::ZERO).await;
    for opening in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n"] {
        let mut stream = connect(&server).await;
        stream.write_all(opening).await.unwrap();
        assert_eq!(read_to_end(&mut stream).await.as_deref(), Some(""), "{opening:?}");
    }
}

#[tokio::test]
async fn slow_headers_and_idle_http1_connections_are_closed() {
    let config = Config { header_read_timeout: Duration::from_millis(200), ..Config::default() };
    let server = start(config, Duration::ZERO).await;
    let mut slow = connect(&server).await;
    slow.write_all(b"GET / HTTP/1.1\r\nhost: a-host\r\nx-slow: ").await.unwrap();
    assert!(read_to_end(&mut slow).await.is_some());
    let mut idle = connect(&server).await;
    idle.write_all(b"GET / HTTP/1.1\r\nhost: a-host\r\n\r\n").await.unwrap();
    assert!(read_to_end(&mut idle).await.unwrap().starts_with("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn a_head_over_the_limit_is_refused() {
    let config = Config { http1_buffer_bytes_max: ByteSize::kib(8), ..Config::default() };
    let server = start(config, Duration::ZERO).await;
    let mut stream = connect(&server).await;
    let head = format!("GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "x".repeat(9 * 1024));
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 431");
}

#[tokio::test]
async fn a_connection_too_many_is_closed_and_counted() {
    let server = start(Config { connections_max: 1, ..Config::default() }, Duration::ZERO).await;
    let mut first = connect(&server).await;
    first.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 15];
    first.read_exact(&mut answer).await.unwrap();
    let mut second = connect(&server).await;
    assert_eq!(read_to_end(&mut second).await.as_deref(), Some(""));
    assert_eq!(server.connections(), ConnectionCounts { open: 1, accepted: 1, refused: 1 });
}

#[tokio::test]
async fn a_stop_answers_what_runs_and_takes_nothing_new() {
    let server = start(Config::default(), Duration::from_millis(300)).await;
    let address = server.address().to_string();
    let client = Client::new(&address, Env::system()).unwrap();
    client.connect().await.unwrap();
    let request = client.send(Request::post("/").body(Full::default()).unwrap());
    let stop = async {
        Env::system().sleep(Duration::from_millis(100)).await;
        server.stop(Duration::from_secs(5)).await
    };
    let (answer, all_ended) = tokio::join!(request, stop);
    assert_eq!(answer.unwrap().status(), StatusCode::OK);
    assert!(all_ended);
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_stop_cuts_off_what_outlasts_the_grace() {
    let server = start(Config::default(), Duration::from_secs(60)).await;
    let client = Client::new(&server.address().to_string(), Env::system()).unwrap();
    client.connect().await.unwrap();
    let request = client.send(Request::post("/").body(Full::default()).unwrap());
    let stop = async {
        Env::system().sleep(Duration::from_millis(100)).await;
        server.stop(Duration::from_millis(100)).await
    };
    let (answer, all_ended) = tokio::join!(request, stop);
    assert!(answer.is_err());
    assert!(!all_ended);
}

#[tokio::test]
async fn the_client_comes_back_after_its_server() {
    let server = start(Config::default(), Duration::ZERO).await;
    let address = server.address().to_string();
    let client = Client::new(&address, Env::system()).unwrap();
    let request = || Request::post("/").body(Full::default()).unwrap();
    assert!(client.send(request()).await.is_ok());
    server.stop(Duration::from_secs(1)).await;
    assert!(client.send(request()).await.is_err());
    let listener = Listener::bind(&address, "test", Exposure::Any).await.unwrap();
    let service = service_fn(async |_: Request<Incoming>| Ok::<Answer, Infallible>(Response::default()));
    let _server = serve(listener, service, &Door::unguarded(Env::system()));
    assert!(client.send(request()).await.is_ok());
}

#[tokio::test]
async fn a_unix_socket_serves_the_same_and_knows_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("unix:{}", folder.path().join("otlp.sock").display());
    let listener = Listener::bind(&address, "test", Exposure::Any).await.unwrap();
    let service = service_fn(async |request: Request<Incoming>| {
        let peer = request.extensions().get::<Peer>().map(Peer::to_string);
        Ok::<Answer, Infallible>(Response::new(Full::from(peer.unwrap_or_default())))
    });
    let server = serve(listener, service, &Door::unguarded(Env::system()));
    assert_eq!(server.url(), address);
    let client = Client::new(&server.url(), Env::system()).unwrap();
    let answer = client.send(Request::post("/").body(Full::default()).unwrap()).await.unwrap();
    let peer = answer.into_body().collect().await.unwrap().to_bytes();
    let pid = format!(" pid {}", std::process::id());
    assert!(peer.starts_with(b"unix uid ") && peer.ends_with(pid.as_bytes()), "{peer:?}");
}
