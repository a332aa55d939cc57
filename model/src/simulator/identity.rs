//! `service.instance.id` of an API server, computed from its host's name.

use sha2::{Digest, Sha256};

/// The hash part: base32 without padding, lower case, of the first 16 bytes of SHA-256 over host and program, each with
/// its length in front (kubernetes pkg/controlplane/apiserver/server.go and k8s.io/apiserver `apiserver` identity).
pub(crate) fn host_hash(host: &str) -> String {
    let mut input = Vec::with_capacity(host.len() + 18);
    for part in [host, "kube-apiserver"] {
        input.extend_from_slice(&(part.len() as u16).to_be_bytes());
        input.extend_from_slice(part.as_bytes());
    }
    let digest = Sha256::digest(&input);
    base32(&digest[..16])
}

fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut text = String::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        bits = bits << 8 | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(char::from(ALPHABET[(bits >> held & 31) as usize]));
        }
    }
    if held > 0 {
        text.push(char::from(ALPHABET[(bits << (5 - held) & 31) as usize]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_vectors_hold() {
        assert_eq!(host_hash("cp-1"), "rplpdvtx3lntmi4xy2xnxookk4");
        assert_eq!(host_hash("kind-control-plane"), "c7uylvfxlbqccnk6myfkwetzze");
    }
}
