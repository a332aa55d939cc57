//! What is told to whom, and how often.

use storage::env::ManualClock;

use super::*;

#[derive(Debug, Default)]
struct Heard(Mutex<Vec<Knock>>);

impl Doorbell for Heard {
    fn knocked(&self, knock: Knock) {
        self.0.lock().push(knock);
    }
}

#[test]
fn everyone_is_told_of_and_few_are_logged() {
    let clock = Arc::new(ManualClock::at(0));
    let heard = Arc::new(Heard::default());
    let doorbell: Arc<dyn Doorbell> = Arc::<Heard>::clone(&heard);
    let bell = Bell::new(Some(doorbell), Env::with_clock(Arc::<ManualClock>::clone(&clock)));
    let peer = Peer::from(std::net::SocketAddr::from(([192, 0, 2, 1], 9)));
    let (grpc, http): (Arc<str>, Arc<str>) = ("ingest.grpc_listen".into(), "ingest.http_listen".into());
    let knock = |listener: &Arc<str>| Knock {
        peer,
        listener: Arc::clone(listener),
        outcome: KnockOutcome::TlsOnPlainPort,
    };
    assert_eq!(bell.is_due(&knock(&grpc)), Some(0), "the first is logged at once");
    assert_eq!(bell.is_due(&knock(&grpc)), None);
    assert_eq!(bell.is_due(&knock(&http)), Some(0), "another listener has its own line");
    bell.ring(peer, &grpc, KnockOutcome::TlsOnPlainPort);
    clock.advance(LOG_INTERVAL);
    assert_eq!(bell.is_due(&knock(&grpc)), Some(2), "and the next one says how many there were");
    assert_eq!(*heard.0.lock(), [knock(&grpc)]);
}
