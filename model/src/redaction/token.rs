//! Tokens and passwords by the words around them.

use std::ops::Range;

use regex::bytes::Regex;

use super::{InvalidRule, groups};

/// A text without one of these has no such token.
pub(super) const MARKS: [&str; 20] = [
    "earer",
    "EARER",
    "eyJ",
    "oken=",
    "OKEN=",
    "oken%3",
    "oken\":",
    "assword",
    "ASSWORD",
    "asswd",
    "ASSWD",
    "ecret=",
    "ECRET=",
    "ecret%3",
    "ecret\":",
    "key=",
    "KEY=",
    "uthorization",
    "UTHORIZATION",
    "://",
];

/// What is secret is the first group of each.
const TOKENS: [&str; 5] = [
    // RFC 6750.
    r"(?i-u:bearer)(?-u:(?:\s|%20|\+)+([A-Za-z0-9._~+/=%-]{6,}))",
    // RFC 7519: JSON begins with {" and that is eyJ in base64. The continue tokens of lists begin so too, but have no dot.
    r"(?-u)(eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,2})",
    r#"(?i-u)(?:token|password|passwd|secret|api[_-]?key|access[_-]?key|private[_-]?key)(?:"?\s*:\s*"|=|%3d)([^&\s"'<>;]+)"#,
    r"(?i-u)authorization\W{1,4}(?:basic|digest|negotiate)\s+(\S+)",
    // RFC 3986: user:password@host.
    r#"(?-u)://[^/\s:@"?]*:([^/\s@"]+)@"#,
];

#[derive(Debug)]
pub(super) struct TokenRule {
    patterns: Vec<Regex>,
}

impl TokenRule {
    pub(super) fn new() -> Result<Self, InvalidRule> {
        let patterns = TOKENS.iter().map(|pattern| Regex::new(pattern)).collect::<Result<_, _>>();
        Ok(Self { patterns: patterns.map_err(|error| InvalidRule(error.to_string()))? })
    }

    pub(super) fn find(&self, text: &[u8], mut found: impl FnMut(Range<usize>)) {
        for pattern in &self.patterns {
            groups(pattern, text, &mut found);
        }
    }
}
