use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// What stands for `kubectl proxy`: answers with the head of the request it got.
struct Behind {
    _server: Server,
    folder: TempDir,
}

impl Behind {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("unix:{}", folder.path().join("kubectl.sock").display());
        let listener = Listener::bind(&address, "test", Exposure::Any).await.unwrap();
        let answer = service_fn(async |request: Request<Incoming>| {
            let head = format!("{} {:?}", request.uri(), request.headers());
            let answer = Response::builder().header("audit-id", "5f0e-1").header("keep-alive", "timeout=5");
            Ok::<_, Infallible>(answer.body(Full::new(Bytes::from(head))).unwrap())
        });
        let server = door::serve(listener, answer, &Door::unguarded(Env::system()));
        Self { _server: server, folder }
    }

    async fn proxy(&self, context: TraceContext) -> Proxy {
        let upstream = Upstream::new(self.folder.path().join("kubectl.sock"), Env::system());
        Proxy::start(context, upstream, &Env::system()).await.unwrap()
    }
}

/// Status, head and body of what is answered to a request of HTTP/1.1, as kubectl speaks it.
async fn ask(proxy: &Proxy, path: &str, headers: &str) -> (u16, String, String) {
    let authority = proxy.url().trim_start_matches("http://").split('/').next().unwrap();
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_owned(), body.to_owned())
}

fn prefix(proxy: &Proxy) -> String {
    format!("/{}", proxy.url().rsplit('/').next().unwrap())
}

#[tokio::test]
async fn each_request_gets_the_traceparent_and_what_passed_is_noted() {
    let (behind, context) = (Behind::start().await, TraceContext::fresh(&Env::system()));
    let proxy = behind.proxy(context).await;
    let path = format!("{}/api/v1/pods?limit=500", prefix(&proxy));
    let of_another = "traceparent: 00-1-1-00\r\ntracestate: a=b\r\naccept: application/json\r\n";
    let (status, head, text) = ask(&proxy, &path, of_another).await;
    assert_eq!(status, 200);
    assert!(text.starts_with("/api/v1/pods?limit=500 "), "{text}");
    assert!(
        text.contains(&format!("\"traceparent\": \"{context}\"")) && text.contains("\"host\": \"localhost\""),
        "{text}"
    );
    assert!(!text.contains("tracestate") && text.contains("application/json"), "{text}");
    assert!(!head.contains("keep-alive") && head.contains("audit-id: 5f0e-1"), "{head}");
    let passed = Passed { requests: 1, audit_ids: vec!["5f0e-1".to_owned()] };
    assert_eq!(proxy.stop().await, passed);
}

#[tokio::test]
async fn who_does_not_know_the_prefix_is_not_let_in() {
    let behind = Behind::start().await;
    let proxy = behind.proxy(TraceContext::fresh(&Env::system())).await;
    for path in ["/api/v1/secrets", "/", &format!("{}x/api", prefix(&proxy))] {
        assert_eq!(ask(&proxy, path, "").await.0, 404, "{path}");
    }
    assert_eq!(proxy.stop().await, Passed::default());
}

#[tokio::test]
async fn what_cannot_be_carried_is_refused_as_the_api_server_would() {
    let behind = Behind::start().await;
    let proxy = behind.proxy(TraceContext::fresh(&Env::system())).await;
    let path = format!("{}/api/v1/namespaces/a/pods/b/portforward", prefix(&proxy));
    let (status, _, text) = ask(&proxy, &path, "upgrade: SPDY/3.1\r\n").await;
    let status_json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((status, &status_json["code"]), (501, &501.into()), "{text}");
    assert!(status_json["message"].as_str().unwrap().contains("run them without"), "{text}");
    let (status, ..) = ask(&proxy, &path, "content-length: 5000000\r\n").await;
    assert_eq!(status, 413);
}

#[tokio::test]
async fn nobody_behind_it_is_a_bad_gateway() {
    let upstream = Upstream::new("no-such-socket".into(), Env::system());
    let proxy = Proxy::start(TraceContext::fresh(&Env::system()), upstream, &Env::system()).await.unwrap();
    let (status, _, text) = ask(&proxy, &prefix(&proxy), "").await;
    assert!(status == 502 && text.contains("kubectl proxy failed"), "{status} {text}");
    assert_eq!(proxy.stop().await.requests, 0);
}

#[test]
fn what_connection_names_is_not_passed_on() {
    let mut headers = HeaderMap::new();
    headers.insert(CONNECTION, HeaderValue::from_static("close, X-Hop"));
    headers.insert("x-hop", HeaderValue::from_static("1"));
    headers.insert("authorization", HeaderValue::from_static("Bearer x"));
    strip(&mut headers);
    assert_eq!(headers.keys().collect::<Vec<_>>(), ["authorization"]);
}
