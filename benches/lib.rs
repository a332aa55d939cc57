//! Loads and measurements.
