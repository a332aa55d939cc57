//! The identity an API server derives from the name of its host.

use sha2::{Digest, Sha256};

/// What every identity begins with since Kubernetes 1.27.
const PREFIX: &str = "apiserver-";

/// And in 1.26. Up to 1.25 the same prefix is followed by a random UUID.
const PREFIX_1_26: &str = "kube-apiserver-";

/// Hashed after the host name, so that aggregated API servers on the same host get another identity.
const SALT: &[u8] = b"kube-apiserver";

/// How much of the SHA-256 is kept.
const HASH_BYTES: usize = 16;

/// How long that is in base32.
const HASH_DIGITS: usize = (HASH_BYTES * 8).div_ceil(5);

/// RFC 4648, lower case.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The `service.instance.id` of a kube-apiserver (1.27 and later) whose `os.Hostname` is `hostname`.
///
/// `"apiserver-" + lower(base32_nopad(sha256(u16be(len)||hostname||u16be(14)||"kube-apiserver")[..16]))`, as in
/// kubernetes `staging/src/k8s.io/apiserver/pkg/server/config.go`. A name above 65,535 bytes, which no host has,
/// is hashed under the length 65,535.
#[must_use]
pub fn apiserver_id(hostname: &str) -> String {
    let mut hasher = Sha256::new();
    for part in [hostname.as_bytes(), SALT] {
        hasher.update(u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
        hasher.update(part);
    }
    identity(PREFIX, hasher)
}

/// The same of a kube-apiserver 1.26: `"kube-apiserver-" + lower(base32_nopad(sha256(hostname)[..16]))`, as in that
/// file on branch release-1.26.
#[must_use]
pub fn apiserver_id_1_26(hostname: &str) -> String {
    identity(PREFIX_1_26, Sha256::new_with_prefix(hostname))
}

/// Whether `instance_id` has the form of [`apiserver_id`] or [`apiserver_id_1_26`].
#[must_use]
pub fn is_apiserver_id(instance_id: &str) -> bool {
    let hash = instance_id.strip_prefix(PREFIX_1_26).or_else(|| instance_id.strip_prefix(PREFIX));
    hash.is_some_and(|hash| hash.len() == HASH_DIGITS && hash.bytes().all(|byte| BASE32.contains(&byte)))
}

fn identity(prefix: &str, hasher: Sha256) -> String {
    let mut id = String::with_capacity(prefix.len() + HASH_DIGITS);
    id.push_str(prefix);
    push_base32(&mut id, hasher.finalize().iter().take(HASH_BYTES).copied());
    id
}

fn push_base32(text: &mut String, bytes: impl Iterator<Item = u8>) {
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        bits = bits << 8 | u32::from(byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(digit(bits >> held));
        }
    }
    if held > 0 {
        text.push(digit(bits << (5 - held)));
    }
}

fn digit(bits: u32) -> char {
    char::from(BASE32[(bits & 31) as usize])
}

#[cfg(test)]
mod tests;
