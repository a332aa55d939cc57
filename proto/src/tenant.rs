//! The tenant: whose spans these are, and a folder name on disk.

use std::fmt;
use std::sync::Arc;

/// A tenant's name: 1 to 64 of `a-z A-Z 0-9 _ -`, so that it is safe as a folder, a label and a header.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Tenant(Arc<str>);

/// A text that cannot name a tenant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("tenant {0:?} must be 1 to 64 of a-z, A-Z, 0-9, '_' and '-'")]
pub struct InvalidTenant(String);

impl Tenant {
    /// The tenant of everyone who names none.
    #[must_use]
    pub fn default_tenant() -> Self {
        Self(Arc::from("default"))
    }

    /// A tenant of this name.
    ///
    /// # Errors
    /// When the name is empty, too long, or has other characters.
    pub fn new(name: &str) -> Result<Self, InvalidTenant> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if name.is_empty() || name.len() > 64 || !name.bytes().all(legal) {
            return Err(InvalidTenant(name.chars().take(80).collect()));
        }
        Ok(Self(Arc::from(name)))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Tenant {
    fn default() -> Self {
        Self::default_tenant()
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
