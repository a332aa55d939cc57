//! Versions, as far as they decide what has to be written.

use std::fmt;
use std::str::FromStr;

use super::SetupError;

/// A minor version of Kubernetes, from 1.22 to 1.36.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KubernetesVersion {
    minor: u32,
}

impl KubernetesVersion {
    /// The minor versions that are known: the first with tracing, and the last that was read.
    pub const MINORS: std::ops::RangeInclusive<u32> = 22..=36;

    /// Every version, from old to new.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::MINORS.map(|minor| Self { minor })
    }

    /// The 29 of 1.29.
    #[must_use]
    pub fn minor(self) -> u32 {
        self.minor
    }

    /// What kubeadm of this version installed when it was new, as far as flags differ; later patch releases bring later
    /// ones. Source: `cmd/kubeadm/app/constants`.
    #[must_use]
    pub fn etcd(self) -> EtcdVersion {
        match self.minor {
            ..=29 => EtcdVersion { minor: 5, patch: Some(10) },
            30..=33 => EtcdVersion { minor: 5, patch: Some(12) },
            _ => EtcdVersion { minor: 6, patch: None },
        }
    }
}

impl FromStr for KubernetesVersion {
    type Err = SetupError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || SetupError::Version {
            what: "Kubernetes",
            text: text.to_owned(),
            known: format!("1.{} to 1.{}", Self::MINORS.start(), Self::MINORS.end()),
        };
        let (major, minor, _) = numbers(text).ok_or_else(unknown)?;
        if major != 1 || !Self::MINORS.contains(&minor) {
            return Err(unknown());
        }
        Ok(Self { minor })
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

/// A version of etcd, from 3.5 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EtcdVersion {
    minor: u32,
    patch: Option<u32>,
}

impl EtcdVersion {
    /// Whether the flags begin with `experimental-`.
    #[must_use]
    pub fn is_experimental(self) -> bool {
        self.minor == 5
    }

    /// Whether calls without a trace context are sampled only when asked for: since 3.5.11.
    #[must_use]
    pub fn has_sampler(self) -> bool {
        self.minor > 5 || self.patch.is_none_or(|patch| patch >= 11)
    }
}

impl FromStr for EtcdVersion {
    type Err = SetupError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match numbers(text) {
            Some((3, minor @ 5..=7, patch)) => Ok(Self { minor, patch }),
            _ => Err(SetupError::Version {
                what: "etcd",
                text: text.to_owned(),
                known: "3.5 to 3.7, such as 3.5.9".to_owned(),
            }),
        }
    }
}

impl fmt::Display for EtcdVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_experimental(), self.has_sampler(), self.patch) {
            (true, false, _) => f.write_str("3.5.0 to 3.5.10"),
            (true, true, Some(_)) => f.write_str("3.5.11 or newer"),
            _ => write!(f, "3.{}", self.minor),
        }
    }
}

/// A version of containerd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContainerdVersion {
    major: u32,
    minor: u32,
}

impl ContainerdVersion {
    /// Whether tracing is set in its configuration file; since 2.0 it is in the environment alone.
    #[must_use]
    pub fn reads_file(self) -> bool {
        self.major == 1
    }
}

impl FromStr for ContainerdVersion {
    type Err = SetupError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match numbers(text) {
            Some((major @ 1, minor @ 6..=7, _)) | Some((major @ 2, minor, _)) => Ok(Self { major, minor }),
            _ => Err(SetupError::Version {
                what: "containerd",
                text: text.to_owned(),
                known: "1.6, 1.7 and 2.0 or newer".to_owned(),
            }),
        }
    }
}

impl fmt::Display for ContainerdVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Major, minor and, if it is there, patch of `v1.29.3`, `1.29`, `3.5.9-0`.
fn numbers(text: &str) -> Option<(u32, u32, Option<u32>)> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split(['-', '+']).next()?;
    let mut parts = text.split('.').map(str::parse::<u32>);
    let (major, minor) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let patch = parts.next().transpose().ok()?;
    parts.next().is_none().then_some((major, minor, patch))
}

#[cfg(test)]
mod tests;
