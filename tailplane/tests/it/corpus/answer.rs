//! An answer, and whether it is what OTLP asks of one.

use std::collections::HashMap;
use std::fmt;

use proto::otlp::{decode_partial_success, decode_retry_after, decode_retry_info};

use super::case::{Case, Expected, Transport};

const JSON: &str = "application/json";
const BAD_REQUEST: &[u8] = b"type.googleapis.com/google.rpc.BadRequest";

/// What came back. Names of headers are in lower case; gRPC's trailers are among them.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// The gRPC status, the HTTP status, or 0 of a connection that was closed.
    pub(super) code: u16,
    pub(super) is_grpc: bool,
    pub(super) headers: HashMap<String, Vec<u8>>,
    /// Without gRPC's prefix.
    pub(super) body: Vec<u8>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text())
    }
}

fn need(holds: bool, fault: impl Into<String>) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault.into()) }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        self.code == if self.is_grpc { 0 } else { 200 }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Everything in it that people read.
    fn text(&self) -> String {
        let message = self.header("grpc-message").unwrap_or_default();
        format!("{message} {}", String::from_utf8_lossy(&self.body))
    }

    pub(super) fn check(&self, case: &Case, transport: Transport, expected: &Expected) -> Result<(), String> {
        need(expected.codes.contain(self.code), format!("not {}, but {self}", expected.codes))?;
        if let Some(says) = &case.says {
            need(self.text().contains(says), format!("{says:?} is not said in {self}"))?;
        }
        if let Some((name, value)) = &case.answers {
            let found = self.header(name);
            need(found == Some(value), format!("the header {name} is {found:?}, not {value:?}"))?;
        }
        if transport == Transport::Raw {
            return Ok(());
        }
        if !self.is_grpc {
            self.check_content_type(case, transport)?;
        }
        if self.is_success() { self.check_success(case, transport) } else { self.check_refusal(case) }
    }

    /// The format of the answer is that of the request.
    fn check_content_type(&self, case: &Case, transport: Transport) -> Result<(), String> {
        let default = if transport == Transport::Json { JSON } else { "application/x-protobuf" };
        let sent = case.content_type.as_deref().unwrap_or(default);
        let essence = sent.split(';').next().unwrap_or_default().trim().to_lowercase();
        let expected = if essence.ends_with("protobuf") { &essence } else { JSON };
        let found = self.header("content-type");
        need(found == Some(expected), format!("the content type is {found:?}, not {expected}"))
    }

    /// Nothing but what was rejected or warned of.
    fn check_success(&self, case: &Case, transport: Transport) -> Result<(), String> {
        let (rejected, message) = if transport == Transport::Json {
            let body: serde_json::Value =
                serde_json::from_slice(&self.body).map_err(|error| error.to_string())?;
            let partial = &body["partialSuccess"];
            let rejected = partial["rejectedSpans"].as_str().unwrap_or("0").parse().unwrap_or(u64::MAX);
            (rejected, partial["errorMessage"].as_str().unwrap_or_default().to_owned())
        } else {
            decode_partial_success(&self.body).map_err(|error| error.to_string())?
        };
        need(rejected == case.rejected, format!("{rejected} rejected, not {}: {message}", case.rejected))?;
        if case.rejected == 0 && case.says.is_none() {
            let empty: &[u8] = if transport == Transport::Json { b"{}" } else { b"" };
            need(self.body == empty, format!("partial_success is set for a full success: {message}"))?;
        }
        need(message.len() <= 1024, "the message is longer than a KiB")
    }

    fn check_refusal(&self, case: &Case) -> Result<(), String> {
        let is_invalid = self.code == if self.is_grpc { 3 } else { 400 };
        let details = if self.is_grpc {
            let details = self.headers.get("grpc-status-details-bin").map(|value| base64(value));
            details.unwrap_or_default()
        } else {
            self.check_status_body()?;
            self.body.clone()
        };
        need(
            contains(&details, BAD_REQUEST) == is_invalid,
            format!("BadRequest where it is due only: {self}"),
        )?;
        self.check_retry(case, &details)
    }

    /// A `google.rpc.Status` in the format of the answer.
    fn check_status_body(&self) -> Result<(), String> {
        if self.header("content-type") == Some(JSON) {
            let body: serde_json::Value =
                serde_json::from_slice(&self.body).map_err(|error| format!("no JSON: {error}"))?;
            let is_status =
                body["code"].is_u64() && body["message"].as_str().is_some_and(|text| text.len() > 5);
            return need(is_status, format!("no Status in JSON: {body}"));
        }
        let is_status = matches!(self.body[..], [0x08, 1..=16, 0x12, _, _, ..]);
        need(is_status, format!("no Status in protobuf: {:02x?}", self.body))
    }

    /// Whoever may come back is told when, in every way that clients read; nobody else is.
    fn check_retry(&self, case: &Case, details: &[u8]) -> Result<(), String> {
        let always =
            if self.is_grpc { [4, 14].contains(&self.code) } else { [429, 503, 504].contains(&self.code) };
        let is_due = case.retry || always;
        let (said, said_twice) = if self.is_grpc {
            let trailer = self.headers.get("google.rpc.retryinfo-bin");
            (
                decode_retry_after(details).is_some(),
                trailer.is_some_and(|value| decode_retry_info(&base64(value)).is_some()),
            )
        } else {
            let seconds = self.header("retry-after").and_then(|value| value.parse::<u64>().ok());
            (seconds.is_some_and(|seconds| seconds >= 1), contains(details, b"google.rpc.RetryInfo"))
        };
        need(
            said == is_due && said_twice == is_due,
            format!("retry information {said}, {said_twice}: {self}"),
        )
    }
}

/// The bytes of a `-bin` header.
fn base64(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for value in text.iter().filter_map(|byte| digit(*byte)) {
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    out
}
