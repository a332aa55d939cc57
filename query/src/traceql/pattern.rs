//! Regular expressions of `=~` and `!~`: fully anchored, the point matches a newline too.

use std::fmt;

use regex::{Regex, RegexBuilder};

/// The largest compiled size of one pattern, in bytes.
pub const MAX_PATTERN_COMPILED_BYTES: usize = 1024 * 1024;

/// A valid regular expression, compiled. Two patterns are equal when their texts are.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Compiles the text as the user wrote it; the error says what is wrong with it.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        // First alone: "a)|(b" is wrong although "(?s:a)|(b)" would not be.
        compile(text)?;
        Ok(Self { regex: compile(&format!("^(?s:{text})$"))?, text: text.to_owned() })
    }

    /// The pattern as the user wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The pattern to hand to the `regex` crate: `^(?s:…)$`.
    #[must_use]
    pub fn anchored(&self) -> &str {
        self.regex.as_str()
    }

    /// The compiled [`Pattern::anchored`].
    #[must_use]
    pub fn regex(&self) -> &Regex {
        &self.regex
    }
}

fn compile(text: &str) -> Result<Regex, String> {
    let compiled = RegexBuilder::new(text).size_limit(MAX_PATTERN_COMPILED_BYTES).build();
    compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => {
            format!("this regular expression needs more than {limit} bytes: make its repetitions smaller")
        }
        other => {
            // The crate draws the pattern over several lines; the last one says what is wrong.
            let drawn = other.to_string();
            let reason = drawn.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("this is not a regular expression: {reason}")
        }
    })
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}
