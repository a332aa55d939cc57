//! Who asks, and what they may do.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use http::HeaderMap;
use proto::{ErrorKind, Tenant};

use crate::{Error, Result};

/// The header that names the tenant, as Tempo and its relatives have it.
const TENANT_HEADER: &str = "x-scope-orgid";

/// What one may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Send spans.
    Write,
    /// Ask questions.
    Read,
    /// Change what is saved beside the spans; includes [`Scope::Read`].
    Edit,
    /// Look into and steer the process; includes [`Scope::Edit`].
    Admin,
}

impl Scope {
    /// All of them, in the order in which they are named to people.
    pub const ALL: [Self; 4] = [Self::Write, Self::Read, Self::Edit, Self::Admin];

    /// As the tokens file and the command line spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::Edit => "edit",
            Self::Admin => "admin",
        }
    }

    /// Whether one with this scope may do what `wanted` allows.
    const fn includes(self, wanted: Self) -> bool {
        match wanted {
            Self::Write => matches!(self, Self::Write),
            Self::Read => matches!(self, Self::Read | Self::Edit | Self::Admin),
            Self::Edit => matches!(self, Self::Edit | Self::Admin),
            Self::Admin => matches!(self, Self::Admin),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.name() == text)
            .ok_or_else(|| format!("scope {text:?} is none of write, read, edit, admin"))
    }
}

/// Whose spans one may write and read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tenants {
    Any,
    /// At least one.
    Of(Vec<Tenant>),
}

/// Who asks, and what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub(crate) name: Arc<str>,
    pub(crate) scopes: Arc<[Scope]>,
    pub(crate) tenants: Arc<Tenants>,
}

impl Principal {
    /// Whoever asks where nobody is asked who they are: may do everything.
    #[must_use]
    pub fn anyone() -> Self {
        Self::trusted("anyone")
    }

    /// May do everything.
    pub(crate) fn trusted(name: &str) -> Self {
        Self { name: name.into(), scopes: Scope::ALL.into(), tenants: Arc::new(Tenants::Any) }
    }

    /// The name in the tokens file or in the certificate.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What they may do.
    #[must_use]
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// Whether they may do what `scope` allows.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|given| given.includes(scope))
    }

    /// # Errors
    /// `Forbidden` when they may not.
    pub fn require(&self, scope: Scope) -> Result<()> {
        if self.may(scope) {
            return Ok(());
        }
        let message = format!("{} has no scope to {scope}: use a token that has", self.name);
        Err(Error::new(ErrorKind::Forbidden, message))
    }

    /// Whether they may see what belongs to `tenant`.
    #[must_use]
    pub fn may_use(&self, tenant: &Tenant) -> bool {
        match &*self.tenants {
            Tenants::Any => true,
            Tenants::Of(tenants) => tenants.contains(tenant),
        }
    }

    /// Whether they may see what belongs to any tenant, and to none.
    #[must_use]
    pub fn may_use_every_tenant(&self) -> bool {
        matches!(*self.tenants, Tenants::Any)
    }

    /// The tenant that a request with `headers` is about: the one in `x-scope-orgid`, else their only one, else
    /// `default`.
    ///
    /// # Errors
    /// `Invalid` for a header that names no tenant, or none where there are several to choose from; `Forbidden` for a
    /// tenant that is not theirs.
    pub fn tenant(&self, headers: &HeaderMap) -> Result<Tenant> {
        let invalid = |message: String| Error::new(ErrorKind::Invalid, message);
        let mut named = headers.get_all(TENANT_HEADER).iter();
        let tenant = match (named.next(), named.next(), &*self.tenants) {
            (Some(value), None, _) => {
                let name = String::from_utf8_lossy(value.as_bytes());
                Tenant::new(&name)
                    .map_err(|error| invalid(format!("{TENANT_HEADER}: {error}")).caused_by(error))?
            }
            (Some(_), Some(_), _) => return Err(invalid(format!("{TENANT_HEADER} is given more than once"))),
            (None, _, Tenants::Of(tenants)) if tenants.len() == 1 => tenants[0].clone(),
            (None, ..) => Tenant::default_tenant(),
        };
        if self.may_use(&tenant) {
            return Ok(tenant);
        }
        if headers.contains_key(TENANT_HEADER) {
            let message = format!("{} may not use tenant {tenant}", self.name);
            return Err(Error::new(ErrorKind::Forbidden, message));
        }
        Err(invalid(format!("{} has several tenants: name one in {TENANT_HEADER}", self.name)))
    }
}
