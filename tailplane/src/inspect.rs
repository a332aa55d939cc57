//! `tailplane inspect`: what lies in the files of a data folder.

mod segment;
mod wal;

use crate::cli::{InspectArgs, InspectCommand};

/// Prints what was asked for.
///
/// # Errors
/// When it cannot be read, or is not there.
pub(crate) fn run(arguments: &InspectArgs) -> anyhow::Result<()> {
    match &arguments.command {
        InspectCommand::Wal(arguments) => wal::run(arguments),
        InspectCommand::Segment(arguments) => segment::run(arguments),
    }
}
