//! The cases as their files have them.

use std::fmt;
use std::path::Path;

use serde::Deserialize;

/// How a case is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Grpc,
    Http,
    Json,
    /// Bytes on the HTTP port, whatever they are.
    Raw,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grpc => "gRPC",
            Self::Http => "HTTP",
            Self::Json => "HTTP/JSON",
            Self::Raw => "TCP",
        })
    }
}

/// A status code, or one of several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Codes {
    One(u16),
    OneOf(Vec<u16>),
}

impl Codes {
    pub(super) fn contain(&self, code: u16) -> bool {
        match self {
            Self::One(one) => *one == code,
            Self::OneOf(several) => several.contains(&code),
        }
    }
}

impl fmt::Display for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(one) => write!(f, "{one}"),
            Self::OneOf(several) => {
                let several: Vec<_> = several.iter().map(u16::to_string).collect();
                f.write_str(&several.join(" or "))
            }
        }
    }
}

/// One input.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) what: String,
    /// A protobuf body in the notation of `notation.rs`.
    pub(super) protobuf: Option<String>,
    /// A JSON body, likewise.
    pub(super) json: Option<String>,
    /// The JSON of the spans of a body.
    pub(super) json_spans: Option<String>,
    /// Bytes for the HTTP port.
    pub(super) raw: Option<String>,
    /// The coding the body is compressed with, and the header that says so unless `coding_header` is given.
    pub(super) coding: Option<String>,
    pub(super) coding_header: Option<String>,
    /// What is done to the body after that: `cut N`, `append TEXT`, `flip N`, `repeat N`.
    #[serde(default)]
    pub(super) then: Vec<String>,
    /// gRPC's DATA in the notation instead of one frame around the body.
    pub(super) frames: Option<String>,
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    /// Empty for none.
    pub(super) content_type: Option<String>,
    #[serde(default)]
    pub(super) headers: Vec<(String, String)>,
    /// How often it is sent.
    pub(super) times: Option<u32>,
    /// The gRPC status; without it the case is not sent over gRPC.
    pub(super) grpc: Option<Codes>,
    /// The HTTP status, 0 for a connection that is closed without one.
    pub(super) http: Option<Codes>,
    #[serde(default)]
    pub(super) rejected: u64,
    #[serde(default)]
    pub(super) stored: u64,
    /// Whether the answer says when to come back.
    #[serde(default)]
    pub(super) retry: bool,
    /// Part of the message, or of the warning.
    pub(super) says: Option<String>,
    /// A header of the answer.
    pub(super) answers: Option<(String, String)>,
}

/// What must come of it.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) codes: Codes,
    pub(super) rejected: u64,
    pub(super) stored: u64,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {} | {}", self.codes, self.rejected, self.stored)
    }
}

impl Case {
    pub(super) fn transports(&self) -> Vec<Transport> {
        let mut transports = Vec::new();
        if self.grpc.is_some() {
            transports.push(Transport::Grpc);
        }
        if self.http.is_some() {
            transports.push(match self {
                Self { raw: Some(_), .. } => Transport::Raw,
                Self { protobuf: None, .. } => Transport::Json,
                _ => Transport::Http,
            });
        }
        transports
    }

    pub(super) fn expected(&self, transport: Transport) -> Expected {
        let codes = if transport == Transport::Grpc { &self.grpc } else { &self.http };
        let codes = codes.clone().expect("only transports with a code are asked for");
        Expected { codes, rejected: self.rejected, stored: self.stored }
    }
}

/// Every case of every file, in the order of the files' names.
pub(super) fn all() -> Vec<Case> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Group {
        case: Vec<Case>,
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let entries = folder.read_dir().expect("the corpus");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let read = |file: std::path::PathBuf| {
        let text = std::fs::read_to_string(&file).expect("a file of the corpus");
        toml::from_str::<Group>(&text).expect("a group of cases").case
    };
    files.into_iter().flat_map(read).collect()
}
