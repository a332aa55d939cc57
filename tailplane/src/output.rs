//! What the command prints: answers to standard output, notes to standard error.

use std::io::{self, Write};

/// Prints an answer and a line break to standard output.
///
/// # Errors
/// When nobody reads it any more.
pub(crate) fn answer(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{}", text.trim_end_matches('\n'))?;
    output.flush()
}

/// Prints a line to standard error. There is nowhere left to complain if that fails.
pub(crate) fn note(text: &str) {
    let _unheard = writeln!(io::stderr().lock(), "{text}");
}
