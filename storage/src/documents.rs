//! Saved documents: small files beside the tables, written whole, each checked before it is believed.

mod file;
mod notebooks;
mod pins;

use proto::ErrorKind;

pub(crate) use self::file::BYTES_MAX;
pub use self::notebooks::{
    Heading, Notebook, NotebookId, NotebookLimits, Notebooks, Revision, Saved, Summary,
};
pub(crate) use self::pins::HeldPins;
pub use self::pins::{Pin, Pins};
pub use crate::Error;
use crate::Result;
use crate::env::Env;

/// Goes on to its end, though whoever asked may wait no more: what ends half-way would be in the store and not in memory, and
/// what is still being written could come after the next.
async fn to_its_end<T: Send + 'static>(
    env: &Env,
    change: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let ended = env.spawn(change).await;
    ended.map_err(|error| {
        Error::new(ErrorKind::Internal, "a change of a document came to no end").caused_by(error)
    })?
}
