//! Saved documents: small files beside the tables, written whole, each checked before it is believed.

mod file;
mod notebooks;
mod pins;

pub(crate) use self::file::BYTES_MAX;
pub use self::notebooks::{
    Heading, Notebook, NotebookId, NotebookLimits, Notebooks, Revision, Saved, Summary,
};
pub(crate) use self::pins::HeldPins;
pub use self::pins::{Pin, Pins};
pub use crate::Error;
