//! Saved documents: small files beside the tables, written whole, each checked before it is believed.

mod file;
mod pins;

pub(crate) use self::pins::HeldPins;
pub use self::pins::{Pin, Pins};
pub use crate::Error;
