//! The hash of a request's body.

use proto::Tenant;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed, xxh3_128_with_seed};

/// Hashes bodies for one write-ahead log. The log's id is the seed, so that nobody who does not know it can make two
/// bodies that hash alike; the tenant is in it, so that no tenant's request can pass for another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyHasher {
    seed: u64,
}

impl BodyHasher {
    /// The hasher of the log `wal_id`.
    #[must_use]
    pub fn new(wal_id: [u8; 16]) -> Self {
        Self { seed: xxh3_64(&wal_id) }
    }

    /// The hash of `body` as it was received and inflated, before anything in it is masked. Never 0, which stands for no
    /// hash.
    #[must_use]
    pub fn hash(self, tenant: &Tenant, body: &[u8]) -> u128 {
        let seed = xxh3_64_with_seed(tenant.as_str().as_bytes(), self.seed);
        xxh3_128_with_seed(body, seed).max(1)
    }
}
