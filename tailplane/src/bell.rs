//! The doorbell: whoever did not get in stands on the ledger's list of senders.

use std::sync::Arc;

use door::{Doorbell, Knock, Peer};
use storage::Storage;
use storage::env::Env;
use storage::ledger::{Ledger, SenderId, Visit};

/// Notes knocks.
#[derive(Debug)]
pub(crate) struct Bell {
    ledger: Ledger,
    env: Env,
}

impl Bell {
    pub(crate) fn new(storage: &Arc<Storage>, env: &Env) -> Self {
        Self { ledger: storage.ledger().clone(), env: env.clone() }
    }
}

impl Doorbell for Bell {
    fn knocked(&self, knock: Knock) {
        let address = match knock.peer {
            Peer::Tcp(address) => address.ip().to_string(),
            unix @ Peer::Unix { .. } => unix.to_string(),
        };
        self.ledger.visited(Visit {
            id: SenderId::new(&address, "", &knock.listener),
            at: self.env.now(),
            tenant: None,
            outcome: knock.outcome.name(),
            spans: 0,
            newest_end: None,
        });
    }
}
