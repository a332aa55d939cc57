//! TLS over real sockets: who is believed, who is not, and new certificates while requests run.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::service_fn;

use super::*;
use crate::testing::{Authority, Flaw, Identity};
use crate::{
    Client, ClientTls, Config, Door, Doorbell, Exposure, Knock, KnockOutcome, Listener, Server, admit, serve,
};

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<KnockOutcome>>);

impl Doorbell for Heard {
    fn knocked(&self, knock: Knock) {
        self.0.lock().push(knock.outcome);
    }
}

/// A server that answers with the name of who asks.
async fn start(files: &TlsFiles<'_>, heard: &Arc<Heard>) -> Server {
    let config = Config { reload_interval: Duration::from_millis(20), ..Config::default() };
    let doorbell: Arc<dyn Doorbell> = Arc::<Heard>::clone(heard);
    let door = Door::new(config, Some(doorbell), Env::system()).unwrap();
    let tls = door.tls(files).unwrap();
    let listener = Listener::bind("127.0.0.1:0", "test", Exposure::Any).await.unwrap().with_tls(tls);
    let service = service_fn(async |request: Request<Incoming>| {
        let principal = admit(request.extensions(), request.headers(), crate::Scope::Write).unwrap();
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(principal.name().to_owned())))
    });
    serve(listener, service, &door)
}

async fn ask(client: &Client) -> Result<String> {
    let answer = client.send(Request::post("/").body(Full::default()).unwrap()).await?;
    Ok(String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().into()).unwrap())
}

fn client(server: &Server, tls: ClientTls) -> Client {
    Client::with_tls(&server.url(), Some(tls), Env::system()).unwrap()
}

/// What a certificate says that was signed without saying for how long.
const FAR_OFF: Validity = Validity { from: 157_766_400_000_000_000, until: u64::MAX };

async fn server_certificate(server: &Server, ours: &Authority) -> Option<Validity> {
    let client = client(server, ours.client(None));
    assert_eq!(client.certificate(), None, "nothing was shown yet");
    client.connect().await.unwrap();
    client.certificate()
}

#[tokio::test]
async fn without_a_client_ca_anyone_who_believes_ours_is_answered() {
    let (ours, heard) = (Authority::new(), Arc::default());
    let server = start(&ours.sign("server", Flaw::None).files(None), &heard).await;
    assert!(server.url().starts_with("https://127.0.0.1:"));
    assert_eq!(ask(&client(&server, ours.client(None))).await.unwrap(), "anyone");
    let error = ask(&client(&server, Authority::new().client(None))).await.unwrap_err();
    assert!(error.to_string().contains("refuses the TLS handshake"), "{error}");
    assert_eq!(server_certificate(&server, &ours).await, Some(FAR_OFF));
    let error = Client::new(&server.url(), Env::system()).unwrap_err();
    assert!(error.to_string().contains("--ca-file"), "{error}");
}

#[tokio::test]
async fn with_a_client_ca_only_its_certificates_are_answered_and_refusals_have_a_reason() {
    let (ours, strangers, heard) = (Authority::new(), Authority::new(), Arc::<Heard>::default());
    let server = start(&ours.sign("server", Flaw::None).files(Some(&ours)), &heard).await;
    let known = ours.sign("node-1", Flaw::None);
    assert_eq!(ask(&client(&server, ours.client(Some(known)))).await.unwrap(), "node-1");
    let shown: [(Option<Identity>, &str); 4] = [
        (None, "no_certificate"),
        (Some(ours.sign("old", Flaw::Expired)), "certificate_expired"),
        (Some(strangers.sign("stranger", Flaw::None)), "unknown_ca"),
        (Some(ours.sign("a-server", Flaw::ForServers)), "wrong_usage"),
    ];
    for (identity, reason) in shown {
        assert!(ask(&client(&server, ours.client(identity))).await.is_err(), "{reason}");
        for _ in 0..200 {
            if !heard.0.lock().is_empty() {
                break;
            }
            Env::system().sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(heard.0.lock().pop(), Some(KnockOutcome::HandshakeFailed(reason)));
    }
}

#[tokio::test]
async fn clear_text_and_old_versions_are_refused_with_a_hint() {
    let (ours, heard) = (Authority::new(), Arc::<Heard>::default());
    let server = start(&ours.sign("server", Flaw::None).files(None), &heard).await;
    let say = async |bytes: &[u8]| {
        let mut stream = TcpStream::connect(server.address().to_string()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A reset after the answer is an end too.
        let _end =
            tokio::time::timeout(Duration::from_secs(3), stream.read_to_end(&mut answer)).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    let answer = say(b"POST /v1/traces HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("use https://"), "{answer}");
    let answer = say(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    assert!(!answer.starts_with("HTTP/1.1") && answer.ends_with("use https:// and its CA."), "{answer}");
    // A ClientHello of TLS 1.0 with one cipher and no extensions.
    let mut hello = b"\x16\x03\x01\0\x2d\x01\0\0\x29\x03\x01".to_vec();
    hello.extend([7; 32]);
    hello.extend(b"\0\0\x02\0\x2f\x01\0");
    say(&hello).await;
    let outcomes = heard.0.lock().clone();
    let expected = [
        KnockOutcome::PlainOnTlsPort,
        KnockOutcome::PlainOnTlsPort,
        KnockOutcome::HandshakeFailed("no_common_version_or_cipher"),
    ];
    assert_eq!(outcomes, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_certificates_are_taken_up_under_load_and_bad_ones_are_not() {
    let (ours, heard) = (Authority::new(), Arc::<Heard>::default());
    let identity = ours.sign("server", Flaw::None);
    let server = start(&identity.files(Some(&ours)), &heard).await;
    let serial = async || {
        // A new connection each time: it sees the certificate of now.
        let tls = ours.client(Some(ours.sign("watcher", Flaw::None)));
        ask(&client(&server, tls)).await
    };
    let known = ours.sign("node-1", Flaw::None);
    let kept_open = client(&server, ours.client(Some(known)));
    let mut asked = 0;
    for round in 0..20 {
        match round % 4 {
            0 => std::fs::write(&identity.cert_file, "-----BEGIN NONSENSE-----").unwrap(),
            // A key that does not fit, as between the two writes of a rotation.
            1 => drop(std::fs::copy(&ours.sign("other", Flaw::None).key_file, &identity.key_file)),
            _ => drop(ours.sign("server", Flaw::None)),
        }
        for _ in 0..5 {
            assert_eq!(ask(&kept_open).await.unwrap(), "node-1");
            assert_eq!(serial().await.unwrap(), "watcher");
            asked += 2;
        }
        Env::system().sleep(Duration::from_millis(15)).await;
    }
    assert_eq!((asked, heard.0.lock().len()), (200, 0));
}

#[tokio::test]
async fn half_a_setting_and_useless_files_are_named() {
    let (ours, door) = (Authority::new(), Door::unguarded(Env::system()));
    let identity = ours.sign("server", Flaw::None);
    let whole = identity.files(None);
    assert!(door.tls(&TlsFiles { cert_file: None, key_file: None, ..whole }).unwrap().is_none());
    let missing = ours.ca_file.with_extension("missing");
    for (files, part) in [
        (TlsFiles { key_file: None, ..whole }, "test.tls_cert_file and test.tls_key_file belong together"),
        (
            TlsFiles { cert_file: None, key_file: None, client_ca_file: Some(&ours.ca_file), ..whole },
            "set both",
        ),
        (TlsFiles { key_file: Some(&missing), ..whole }, "test.tls_key_file = "),
        (TlsFiles { key_file: Some(&ours.ca_file), ..whole }, "holds no private key"),
        (TlsFiles { cert_file: Some(&identity.key_file), ..whole }, "holds no certificate"),
        (TlsFiles { cert_file: Some(&ours.ca_file), ..whole }, "do not fit"),
    ] {
        let error = door.tls(&files).unwrap_err().to_string();
        assert!(error.contains(part), "{part} is not in: {error}");
    }
}
