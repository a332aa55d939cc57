//! The first bytes of a connection: what is spoken, before anything is answered.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::watched::Stream;
use crate::listener::Carrier;
use crate::{KnockOutcome, Tls, tls};

/// The first byte of a TLS connection: a handshake record.
const TLS_HANDSHAKE: u8 = 0x16;
/// The answer to TLS on a plain port. Clients that get clear text instead of TLS name it in their error.
const SPEAK_PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 58\r\n\
                             connection: close\r\n\r\nThis port does not speak TLS: use http:// (OTLP: insecure)";
/// The answer to HTTP/1 on a TLS port.
const SPEAK_TLS: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 46\r\n\
                           connection: close\r\n\r\nThis port speaks TLS: use https:// and its CA.";
/// The same for HTTP/2: SETTINGS, and GOAWAY with the error HTTP_1_1_REQUIRED's neighbour PROTOCOL_ERROR and a text.
const SPEAK_TLS_H2: &[u8] = b"\0\0\0\x04\0\0\0\0\0\0\0\x36\x07\0\0\0\0\0\0\0\0\0\0\0\0\x01\
                              This port speaks TLS: use https:// and its CA.";

/// How long a refused peer may go on talking.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(1);

/// What became of an opening.
pub(super) enum Opened {
    /// Something to serve HTTP on, and the name in the certificate that the peer has shown.
    Stream(Box<dyn Stream>, Option<Arc<str>>),
    /// Nothing that can be served.
    Refused(KnockOutcome),
    /// The peer left before it said anything, as probes do.
    Gone,
}

/// Waits for the first byte, looks at it, and shakes hands if `tls` is spoken; each within `patience`.
pub(super) async fn open(carrier: Carrier, tls: Option<&Tls>, patience: Duration) -> Opened {
    let stream = match carrier {
        Carrier::Tcp(stream) => stream,
        Carrier::Unix(stream) => return Opened::Stream(Box::new(stream), None),
    };
    let mut first = [0];
    let speaks_tls = match timeout(patience, stream.peek(&mut first)).await {
        Err(_) => return Opened::Refused(KnockOutcome::SaidNothing),
        Ok(Ok(0) | Err(_)) => return Opened::Gone,
        Ok(Ok(_)) => first[0] == TLS_HANDSHAKE,
    };
    match (tls, speaks_tls) {
        (None, false) => Opened::Stream(Box::new(stream), None),
        (None, true) => refuse(stream, SPEAK_PLAIN, KnockOutcome::TlsOnPlainPort).await,
        (Some(_), false) => {
            let hint = if first[0] == b'P' && is_http2(&stream).await { SPEAK_TLS_H2 } else { SPEAK_TLS };
            refuse(stream, hint, KnockOutcome::PlainOnTlsPort).await
        }
        (Some(tls), true) => match timeout(patience, tls.accept(stream)).await {
            Ok(Ok(stream)) => {
                let name = tls::client_name(&stream);
                Opened::Stream(Box::new(stream), name)
            }
            Ok(Err(reason)) => Opened::Refused(KnockOutcome::HandshakeFailed(reason)),
            Err(_) => Opened::Refused(KnockOutcome::HandshakeFailed("timed_out")),
        },
    }
}

/// Whether the opening is HTTP/2's (`PRI`) and not a `POST`, `PUT` or `PATCH`.
async fn is_http2(stream: &TcpStream) -> bool {
    let mut opening = [0; 2];
    // One byte is there: a second one follows unless the peer is odd, and then it gets the other answer.
    stream.peek(&mut opening).await.is_ok() && &opening == b"PR"
}

/// Says why, and takes in what comes for a moment, so that the peer gets to read it.
async fn refuse(mut stream: TcpStream, hint: &[u8], outcome: KnockOutcome) -> Opened {
    // Whoever has gone already does not read it.
    if stream.write_all(hint).await.is_ok() && stream.shutdown().await.is_ok() {
        let mut rest = [0; 4096];
        // Unread bytes would make the kernel reset the connection, and the peer lose the hint with it.
        let drained = async { while matches!(stream.read(&mut rest).await, Ok(1..)) {} };
        // Whoever goes on for longer loses the hint.
        let _cut = timeout(DRAIN_TIME_MAX, drained).await;
    }
    Opened::Refused(outcome)
}
