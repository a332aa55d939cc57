//! Trace and span ids: bytes inside, lower-case hex outside.

use std::fmt;
use std::str::FromStr;

/// A text that is not an id of the right length in hex.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {digits} hex digits")]
pub struct ParseIdError {
    text: String,
    digits: usize,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; $bytes]);

        impl $name {
            /// The length in bytes.
            pub const BYTES: usize = $bytes;

            /// Whether every byte is zero, which OTLP calls invalid.
            #[must_use]
            pub fn is_zero(&self) -> bool {
                self.0.iter().all(|byte| *byte == 0)
            }

            /// The id in a slice of exactly [`Self::BYTES`] bytes.
            #[must_use]
            pub fn from_slice(slice: &[u8]) -> Option<Self> {
                slice.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let fault = || ParseIdError { text: text.chars().take(80).collect(), digits: $bytes * 2 };
                if text.len() != $bytes * 2 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return Err(fault());
                }
                let mut id = [0; $bytes];
                for (index, byte) in id.iter_mut().enumerate() {
                    *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).map_err(|_| fault())?;
                }
                Ok(Self(id))
            }
        }
    };
}

id!(
    /// A trace id, 16 bytes; all zero is invalid.
    TraceId,
    16
);
id!(
    /// A span id, 8 bytes; all zero is invalid.
    SpanId,
    8
);

#[cfg(test)]
mod tests;
