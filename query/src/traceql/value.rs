//! The values written in a filter and found on spans.

use std::cmp::Ordering;
use std::fmt;

use super::duration;

/// A value: a literal of a filter, or what an attribute of a span holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Static {
    /// Text.
    String(String),
    /// A whole number.
    Int(i64),
    /// A number with a fraction; literals are finite.
    Float(f64),
    /// A duration in ns.
    Duration(i64),
    /// `true` or `false`.
    Bool(bool),
    /// `unset`, `ok` or `error`.
    Status(StatusCode),
    /// `unspecified`, `internal`, `server`, `client`, `producer` or `consumer`.
    Kind(SpanKind),
}

impl Static {
    pub(super) const fn is_duration(&self) -> bool {
        matches!(self, Self::Duration(_))
    }

    /// Whether it is written with a minus sign.
    pub(super) fn is_negative(&self) -> bool {
        match self {
            Self::Int(number) | Self::Duration(number) => *number < 0,
            Self::Float(number) => number.is_sign_negative(),
            _ => false,
        }
    }

    /// An order of all values, whatever their types: for sorting and grouping, not for comparing. Minus zero is zero.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::String(one), Self::String(other)) => one.cmp(other),
            (Self::Int(one), Self::Int(other)) | (Self::Duration(one), Self::Duration(other)) => {
                one.cmp(other)
            }
            (Self::Float(one), Self::Float(other)) => {
                // Of what is no number there is one, as of zero.
                let canonical = |number: &f64| if number.is_nan() { f64::NAN } else { number + 0.0 };
                canonical(one).total_cmp(&canonical(other))
            }
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (Self::Status(one), Self::Status(other)) => one.cmp(other),
            (Self::Kind(one), Self::Kind(other)) => one.cmp(other),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::String(_) => 0,
            Self::Int(_) => 1,
            Self::Float(_) => 2,
            Self::Duration(_) => 3,
            Self::Bool(_) => 4,
            Self::Status(_) => 5,
            Self::Kind(_) => 6,
        }
    }
}

impl fmt::Display for Static {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => write_string(f, text),
            Self::Int(number) => write!(f, "{number}"),
            // `{:?}` always has a point or an exponent, so that it is read back as a float.
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Duration(nanos) => duration::write(f, *nanos),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Status(status) => f.write_str(status.keyword()),
            Self::Kind(kind) => f.write_str(kind.keyword()),
        }
    }
}

fn write_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            control if control.is_control() => write!(f, "\\u{:04x}", u32::from(control))?,
            other => write!(f, "{other}")?,
        }
    }
    f.write_str("\"")
}

/// The status of a span; the discriminant is OTLP's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StatusCode {
    /// `unset`.
    Unset = 0,
    /// `ok`.
    Ok = 1,
    /// `error`.
    Error = 2,
}

impl StatusCode {
    /// Every status, by OTLP's number.
    pub const ALL: [Self; 3] = [Self::Unset, Self::Ok, Self::Error];

    /// The TraceQL keyword.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Ok => "ok",
            Self::Error => "error",
        }
    }

    /// The number OTLP gives it.
    #[must_use]
    pub const fn otlp(self) -> i32 {
        self as i32
    }

    /// The status a whole number stands for *in TraceQL*, which numbers them unlike OTLP.
    pub(super) const fn from_traceql(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Error),
            1 => Some(Self::Ok),
            2 => Some(Self::Unset),
            _ => None,
        }
    }
}

/// The kind of a span; the discriminant is OTLP's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SpanKind {
    /// `unspecified`.
    Unspecified = 0,
    /// `internal`.
    Internal = 1,
    /// `server`.
    Server = 2,
    /// `client`.
    Client = 3,
    /// `producer`.
    Producer = 4,
    /// `consumer`.
    Consumer = 5,
}

impl SpanKind {
    /// Every kind, by OTLP's number.
    pub const ALL: [Self; 6] =
        [Self::Unspecified, Self::Internal, Self::Server, Self::Client, Self::Producer, Self::Consumer];

    /// The TraceQL keyword.
    #[must_use]
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }

    /// The number OTLP gives it.
    #[must_use]
    pub const fn otlp(self) -> i32 {
        self as i32
    }
}
