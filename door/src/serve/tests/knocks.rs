//! What is said about connections that did not get in, and how old ones end.

use parking_lot::Mutex;

use super::*;
use crate::{Doorbell, Knock};

/// Remembers every knock.
#[derive(Debug, Default)]
pub(super) struct Heard(Mutex<Vec<Knock>>);

impl Doorbell for Heard {
    fn knocked(&self, knock: Knock) {
        self.0.lock().push(knock);
    }
}

impl Heard {
    /// A door that tells this.
    pub(super) fn door(self: &Arc<Self>, config: Config) -> Door {
        let doorbell: Arc<dyn Doorbell> = Arc::<Self>::clone(self);
        Door::new(config, Some(doorbell), Env::system()).unwrap()
    }

    /// What was heard, oldest first.
    pub(super) fn outcomes(&self) -> Vec<KnockOutcome> {
        self.0.lock().iter().map(|knock| knock.outcome.clone()).collect()
    }

    /// The same, once there are `count`.
    pub(super) async fn wait_for(&self, count: usize) -> Vec<KnockOutcome> {
        for _ in 0..300 {
            if self.0.lock().len() >= count {
                break;
            }
            Env::system().sleep(Duration::from_millis(10)).await;
        }
        self.outcomes()
    }
}

#[tokio::test]
async fn whoever_does_not_get_in_is_told_of() {
    let heard = Arc::new(Heard::default());
    let config = Config { handshake_timeout: Duration::from_millis(200), ..Config::default() };
    let server = start_at(heard.door(config), Duration::ZERO).await;

    let mut hello = connect(&server).await;
    hello.write_all(b"\x16\x03\x01\x02\x00\x01").await.unwrap();
    let answer = read_to_end(&mut hello).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.ends_with("(OTLP: insecure)"), "{answer}");

    let mut silent = connect(&server).await;
    assert_eq!(read_to_end(&mut silent).await.as_deref(), Some(""));

    let mut proxy = connect(&server).await;
    proxy.write_all(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert!(read_to_end(&mut proxy).await.unwrap().starts_with("HTTP/1.1 400"));

    let mut well_behaved = connect(&server).await;
    well_behaved.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(read_to_end(&mut well_behaved).await.unwrap().starts_with("HTTP/1.1 200"));
    // A probe that only connects.
    drop(connect(&server).await);

    let outcomes = heard.wait_for(3).await;
    // A refused peer may go on talking for a moment, so that they are not heard in order.
    assert_eq!(outcomes.len(), 3, "{outcomes:?}");
    assert!(outcomes.contains(&KnockOutcome::TlsOnPlainPort), "{outcomes:?}");
    assert!(outcomes.contains(&KnockOutcome::SaidNothing), "{outcomes:?}");
    assert!(outcomes.iter().any(|outcome| matches!(outcome, KnockOutcome::ProtocolError(_))), "{outcomes:?}");
    assert!(heard.0.lock().iter().all(|knock| &*knock.listener == "test" && knock.peer.address().is_some()));
}

#[tokio::test]
async fn a_connection_too_many_and_a_flood_are_told_of() {
    let heard = Arc::new(Heard::default());
    let config = Config { connections_max: 1, control_frames_max: 10, ..Config::default() };
    let server = start_at(heard.door(config), Duration::ZERO).await;
    let mut first = connect(&server).await;
    let ping = [&[0, 0, 8, 6, 0, 0, 0, 0, 0][..], &[0; 8]].concat();
    first
        .write_all(&[&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"[..], &ping].concat())
        .await
        .unwrap();
    let mut answer = [0; 9];
    first.read_exact(&mut answer).await.unwrap();
    assert_eq!(read_to_end(&mut connect(&server).await).await.as_deref(), Some(""));
    first.write_all(&ping.repeat(20)).await.unwrap();
    let outcomes = heard.wait_for(2).await;
    assert_eq!(outcomes[0], KnockOutcome::TooManyConnections);
    assert!(outcomes[1].reason().starts_with("more than door.control_frames_max = 10"), "{outcomes:?}");
}

#[tokio::test]
async fn old_connections_end_and_nothing_that_runs_on_them_is_lost() {
    let config = Config {
        connection_age_max: Duration::from_millis(150),
        connection_age_grace: Duration::from_secs(5),
        ..Config::default()
    };
    let server = start(config, Duration::from_millis(40)).await;
    let client = Client::new(&server.address().to_string(), Env::system()).unwrap();
    let mut peers = std::collections::HashSet::new();
    for _ in 0..20 {
        let answer = client.send(Request::post("/").body(Full::default()).unwrap()).await.unwrap();
        peers.insert(answer.into_body().collect().await.unwrap().to_bytes());
    }
    assert!((3..=10).contains(&peers.len()), "{} connections in 800 ms", peers.len());
}

#[tokio::test]
async fn what_outlasts_the_grace_of_an_old_connection_is_cut() {
    let config = Config {
        connection_age_max: Duration::from_millis(50),
        connection_age_grace: Duration::from_millis(50),
        ..Config::default()
    };
    let server = start(config, Duration::from_secs(60)).await;
    let client = Client::new(&server.address().to_string(), Env::system()).unwrap();
    let answer = client.send(Request::post("/").body(Full::default()).unwrap());
    assert!(tokio::time::timeout(Duration::from_secs(5), answer).await.unwrap().is_err());
}
