//! `tailplane inspect`: what lies in the files of a data folder.

mod catalog;
mod rollup;
mod segment;
mod wal;

use crate::cli::{InspectArgs, InspectCommand};

/// Prints what was asked for.
///
/// # Errors
/// When it cannot be read, or is not there.
pub(crate) async fn run(arguments: &InspectArgs) -> anyhow::Result<()> {
    match &arguments.command {
        InspectCommand::Wal(arguments) => wal::run(arguments),
        InspectCommand::Segment(arguments) => segment::run(arguments),
        InspectCommand::Rollup(arguments) => rollup::run(arguments),
        InspectCommand::Catalog(arguments) => catalog::run(arguments).await,
    }
}
