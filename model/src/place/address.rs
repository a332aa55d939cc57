//! The address of a peer or client, whatever form it was written in.

use std::net::{IpAddr, SocketAddr};

/// The IP address in `text`: bare, with a port, in brackets or with an IPv6 zone; IPv4-mapped IPv6 becomes IPv4.
///
/// `None` for names, socket paths and the unspecified address, which say nothing about a node.
#[must_use]
pub(super) fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let unzoned = bare.split_once('%').map_or(bare, |(address, _)| address);
    let parsed = unzoned
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()))
        .ok()?
        .to_canonical();
    (!parsed.is_unspecified()).then_some(parsed)
}

#[cfg(test)]
mod tests;
