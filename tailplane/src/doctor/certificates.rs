//! Certificates that were shown to us, and how long they are good for.

use door::Validity;
use proto::UnixNanos;

use super::finding::Finding;
use super::section;
use crate::{format, time};

/// Whoever renews certificates does so earlier: with this share of their time left nobody has.
const LEFT_SHARE_MIN: u64 = 10;

/// What was shown at an address.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    /// The address, as it was asked for.
    pub address: String,
    pub validity: Validity,
}

/// A finding for each that is about to expire.
pub(super) fn findings(certificates: &[Certificate], now: UnixNanos) -> Vec<Finding> {
    let left = |certificate: &&Certificate| {
        let Validity { from, until } = certificate.validity;
        until.saturating_sub(now) < until.saturating_sub(from) / LEFT_SHARE_MIN
    };
    certificates.iter().filter(left).map(|certificate| finding(certificate, now)).collect()
}

fn finding(Certificate { address, validity }: &Certificate, now: UnixNanos) -> Finding {
    let what = format!(
        "its certificate expires at {}, in {}",
        time::shown(&validity.until.to_string()),
        format::age(validity.until.saturating_sub(now))
    );
    let remedy =
        "put a new one into the files of tls_cert_file and tls_key_file; they are read again by themselves";
    Finding::fault(address, what, remedy, section::CERTIFICATE)
}

#[cfg(test)]
mod tests;
