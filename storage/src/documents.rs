//! Saved documents: small files beside the tables, written whole, each checked before it is believed.

mod file;
mod notebooks;
mod pins;

use std::collections::HashMap;
use std::path::Path;

use proto::ErrorKind;

pub(crate) use self::file::{BYTES_MAX, FOLDER};
use self::file::{Documents, Fault};
pub use self::notebooks::{
    Heading, Notebook, NotebookId, NotebookLimits, Notebooks, Revision, Saved, Summary,
};
pub(crate) use self::pins::HeldPins;
pub use self::pins::{Pin, Pins};
pub use crate::Error;
use crate::Result;
use crate::env::Env;

/// A document as it was found.
pub(crate) struct Examined {
    /// Its path below the folder of documents.
    pub(crate) name: String,
    /// Zero where it is gone.
    pub(crate) bytes: u64,
    pub(crate) state: Examination,
}

pub(crate) enum Examination {
    Whole,
    /// What it means, and what to do about it.
    Damaged(String, &'static str),
    /// No other document names it.
    Unnamed,
}

/// Reads every document of the data folder `folder`, which has some. Names are in order.
pub(crate) async fn examine(folder: &Path) -> Result<Vec<Examined>> {
    let documents = Documents::look_into(folder)?;
    let (pins, fault) = pins::examine(&documents).await?;
    let mut faults: HashMap<String, Option<Fault>> =
        notebooks::examine(&documents).await?.into_iter().collect();
    faults.insert(pins.to_owned(), fault);
    let state = |name: &str, fault: Option<Fault>| match fault {
        None => Examination::Whole,
        Some(fault) => Examination::Damaged(fault.to_string(), fault.remedy(name)),
    };
    let mut examined = Vec::new();
    for (name, bytes) in documents.list().await? {
        let state = faults.remove(&name).map_or(Examination::Unnamed, |fault| state(&name, fault));
        examined.push(Examined { name, bytes, state });
    }
    let gone = faults.into_iter().filter(|(_, fault)| fault.is_some());
    examined.extend(gone.map(|(name, fault)| Examined { bytes: 0, state: state(&name, fault), name }));
    examined.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(examined)
}

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
