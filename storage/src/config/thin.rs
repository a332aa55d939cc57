//! Which traces may be dropped once they are counted.

use std::time::Duration;

use proto::ErrorKind;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Each trace is compared with all of them.
const RULES_MAX: usize = 64;
/// Names of spans and services are shorter.
const PATTERN_BYTES_MAX: usize = 256;

/// `[[storage.thin]]`: traces that are dropped once they are counted, by their root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThinRule {
    /// The name of the root; `*` stands for anything.
    pub name: String,
    /// The service of the root, likewise.
    #[serde(default = "anything")]
    pub service: String,
    /// Every span of the trace has to be faster than this.
    #[serde(with = "humantime_serde")]
    pub max_duration: Duration,
}

fn anything() -> String {
    "*".to_owned()
}

/// Checks what the types cannot.
pub(super) fn validate(rules: &[ThinRule]) -> Result<()> {
    let invalid = |message: String| Err(Error::new(ErrorKind::Invalid, message));
    if rules.len() > RULES_MAX {
        return invalid(format!("storage.thin has {} rules, and at most {RULES_MAX} are taken", rules.len()));
    }
    for (at, rule) in rules.iter().enumerate() {
        for (key, pattern) in [("name", &rule.name), ("service", &rule.service)] {
            if pattern.is_empty() || pattern.len() > PATTERN_BYTES_MAX {
                return invalid(format!(
                    "storage.thin.{at}.{key} is {pattern:?}: give 1 to {PATTERN_BYTES_MAX} bytes, such as \
                     \"runtime.v1.RuntimeService/List*\"; \"*\" is anything"
                ));
            }
        }
        if rule.max_duration.is_zero() {
            return invalid(format!(
                "storage.thin.{at}.max_duration is 0, and no trace is faster: give a time such as \"1s\""
            ));
        }
    }
    Ok(())
}
