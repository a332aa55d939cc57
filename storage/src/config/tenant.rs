//! What is different for one tenant.

use std::collections::BTreeMap;
use std::time::Duration;

use bytesize::ByteSize;
use proto::{ErrorKind, Tenant};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// `[storage.tenants.NAME]`: how long and how much is kept of that tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table with retention, max_bytes or both")]
pub struct TenantConfig {
    /// Instead of `storage.retention`.
    #[serde(with = "humantime_serde", skip_serializing_if = "Option::is_none")]
    pub retention: Option<Duration>,
    /// Its oldest spans are removed once it has more than this; `storage.max_bytes` holds over all tenants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<ByteSize>,
}

/// Checks what the types cannot.
pub(super) fn validate(tenants: &BTreeMap<String, TenantConfig>) -> Result<()> {
    let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
    for (name, tenant) in tenants {
        Tenant::new(name).map_err(|error| {
            invalid(format!("storage.tenants.{name} is for no tenant: {error}")).caused_by(error)
        })?;
        if tenant.retention.is_some_and(|retention| retention.is_zero()) {
            return Err(invalid(format!(
                "storage.tenants.{name}.retention is 0: give a time such as \"3d\", or leave it out"
            )));
        }
        if tenant.max_bytes.is_some_and(|bytes| bytes.as_u64() == 0) {
            return Err(invalid(format!(
                "storage.tenants.{name}.max_bytes is 0: give a size such as \"5GiB\", or leave it out"
            )));
        }
    }
    Ok(())
}
