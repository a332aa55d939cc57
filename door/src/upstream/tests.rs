//! What passes through, and when.

use std::convert::Infallible;
use std::path::Path;

use http::StatusCode;
use http_body_util::{BodyExt, Empty, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tower::service_fn;

use super::*;
use crate::{Door, Exposure, Listener, serve};

fn request(path: &str) -> Request<Empty<Bytes>> {
    Request::get(path).header("host", "localhost").body(Empty::new()).unwrap()
}

async fn echoing(socket: &Path) -> crate::Server {
    let address = format!("{UNIX_PREFIX}{}", socket.display());
    let listener = Listener::bind(&address, "test", Exposure::Any).await.unwrap();
    let echo = service_fn(async |request: Request<Incoming>| {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Ok::<_, Infallible>(Response::new(Full::new(body)))
    });
    serve(listener, echo, &Door::unguarded(Env::system()))
}

#[tokio::test]
async fn bodies_pass_in_both_directions() {
    let folder = tempfile::tempdir().unwrap();
    let server = echoing(&folder.path().join("socket")).await;
    let upstream = Upstream::new(folder.path().join("socket"), Env::system());
    let sent = Bytes::from(vec![7; 300_000]);
    let request = Request::post("/").header("host", "localhost").body(Full::new(sent.clone())).unwrap();
    let answer = upstream.send(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), sent);
    server.stop(std::time::Duration::from_secs(1)).await;
}

#[tokio::test]
async fn a_part_of_an_answer_is_there_before_the_rest_and_dropping_it_ends_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join("socket")).unwrap();
    let upstream = Upstream::new(folder.path().join("socket"), Env::system());
    let serving = Env::system().spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        assert!(stream.read(&mut head).await.unwrap() > 0);
        let part = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
        stream.write_all(part).await.unwrap();
        // Nothing follows: whoever asked has to have read the part, and then to go.
        stream.read(&mut head).await.unwrap()
    });
    let mut answer = upstream.send(request("/watch")).await.unwrap().into_body();
    let part = answer.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(part, "first");
    drop(answer);
    assert_eq!(serving.await.unwrap(), 0, "the connection has ended");
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let upstream = Upstream::new("no-such-socket".into(), Env::system());
    let error = upstream.send(request("/")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert!(error.to_string().starts_with("unix:no-such-socket cannot be reached"), "{error}");
}
