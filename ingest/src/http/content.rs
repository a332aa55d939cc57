//! What the headers say about a body: its format and its coding.

use http::{HeaderMap, header};
use proto::ErrorKind;
use storage::wal::Transport;

use super::reply::Refusal;
use crate::Error;
use crate::inflate::{ACCEPTED_CODINGS, Coding};

/// The format of a request, which is that of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `application/x-protobuf`.
    Protobuf,
    /// `application/protobuf`, which some senders use.
    PlainProtobuf,
    /// `application/json`.
    Json,
}

impl Format {
    /// The format that `headers` name; `None` for none and for any other.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        [Self::Protobuf, Self::PlainProtobuf, Self::Json]
            .into_iter()
            .find(|format| essence.eq_ignore_ascii_case(format.content_type()))
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::PlainProtobuf => "application/protobuf",
            Self::Json => "application/json",
        }
    }

    pub(super) const fn transport(self) -> Transport {
        match self {
            Self::Protobuf | Self::PlainProtobuf => Transport::HttpProtobuf,
            Self::Json => Transport::HttpJson,
        }
    }
}

/// How the body is compressed: at most once.
pub(super) fn coding(headers: &HeaderMap) -> Result<Coding, Refusal> {
    let mut found = Coding::Identity;
    for value in headers.get_all(header::CONTENT_ENCODING) {
        let list = String::from_utf8_lossy(value.as_bytes());
        for name in list.split(',').map(str::trim) {
            match (Coding::named(name), found) {
                (Some(Coding::Identity), _) => {}
                (Some(coding), Coding::Identity) => found = coding,
                _ => {
                    let message = format!(
                        "content-encoding {list:?} is not supported, use one of: {ACCEPTED_CODINGS}, identity"
                    );
                    return Err(Refusal::coding(Error::new(ErrorKind::Unsupported, message)));
                }
            }
        }
    }
    Ok(found)
}
