//! What the tests of this folder share: arbitrary requests, prost as the oracle, and ways to disturb bytes.

mod arbitrary;
mod scramble;

pub(crate) use arbitrary::{any_value, key_value, traces_data};
pub(crate) use scramble::{Random, mutated, scrambled};

pub(crate) use super::oracle::{assert_as_oracle, canonical, oracle, through};
