//! The tokens file: who may do what, by the hash of a token or the name in a certificate.

mod file;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use proto::ErrorKind;
use sha2::{Digest, Sha256};
use storage::env::Env;
use subtle::ConstantTimeEq;

use self::file::TokenList;
use crate::reload::{KeyedFile, Reloaded};
use crate::{Error, Principal, Result, Scope, Secret};

/// What tokens made here begin with, so that scanners for leaked secrets know them.
const TOKEN_PREFIX: &str = "tlpn_";

/// What is kept of a token: names it, does not give it away.
#[derive(Clone, Copy)]
pub struct TokenId([u8; 32]);

impl TokenId {
    /// What is kept of `token`.
    #[must_use]
    pub fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl PartialEq for TokenId {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for TokenId {}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenId(***)")
    }
}

/// The tokens file, read again when it changes; or none, and then nobody is asked. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tokens {
    list: Option<Reloaded<TokenList>>,
}

impl Tokens {
    /// The tokens of the file at `path`, of `door.tokens_file`.
    ///
    /// # Errors
    /// `Invalid` when it cannot be read, holds no token, or a line is none; the message names the line.
    pub(crate) fn follow(path: &Path, interval: Duration, env: &Env) -> Result<Self> {
        let file = KeyedFile { key: "door.tokens_file".to_owned(), path: path.to_owned() };
        let named = file.clone();
        let list = Reloaded::follow(vec![file], interval, env, move |contents| {
            TokenList::parse(&String::from_utf8_lossy(&contents[0])).map_err(|fault| named.fault(&fault))
        })?;
        Ok(Self { list: Some(list) })
    }

    /// Whether anybody is asked who they are.
    #[must_use]
    pub fn are_required(&self) -> bool {
        self.list.is_some()
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// `Unauthenticated` when it is nobody's.
    pub(crate) fn by_token(&self, token: &str) -> Result<(TokenId, Principal)> {
        let id = TokenId::of(token);
        Ok((id, self.by_id(&id)?))
    }

    /// Whose token it is; a token that was struck off since is nobody's.
    ///
    /// # Errors
    /// `Unauthenticated` when it is nobody's.
    pub(crate) fn by_id(&self, id: &TokenId) -> Result<Principal> {
        let list = self.list.as_ref().map(Reloaded::current);
        let unknown = || Error::new(ErrorKind::Unauthenticated, "the token is not known here");
        list.and_then(|list| list.by_id(id)).ok_or_else(unknown)
    }

    /// Who shows a certificate with the common name `name`.
    ///
    /// # Errors
    /// `Unauthenticated` when no line of the file has that name.
    pub(crate) fn by_certificate(&self, name: &str) -> Result<Principal> {
        let Some(list) = self.list.as_ref().map(Reloaded::current) else {
            // The listener's own CA has signed it: that is all that is asked.
            return Ok(Principal::trusted(name));
        };
        list.by_certificate(name).ok_or_else(|| {
            let message = format!(
                "door.tokens_file has no line cn:{name} for this certificate, and the request has no token"
            );
            Error::new(ErrorKind::Unauthenticated, message)
        })
    }
}

/// A new token and the line of the tokens file that lets it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Shown once, kept nowhere.
    pub token: Secret,
    /// The line for `door.tokens_file`.
    pub line: String,
}

impl NewToken {
    /// A random token of 244 bits for `name`, for the given scopes and tenants (`*` for all).
    ///
    /// # Errors
    /// `Invalid` when that makes no valid line.
    pub fn generate(name: &str, scopes: &[Scope], tenants: &[String], env: &Env) -> Result<Self> {
        let mut token = TOKEN_PREFIX.to_owned();
        for byte in [env.random_bytes(), env.random_bytes()].concat() {
            token.push_str(&format!("{byte:02x}"));
        }
        let line = file::line(&TokenId::of(&token), name, scopes, tenants);
        TokenList::parse(&line)
            .map_err(|fault| Error::new(ErrorKind::Invalid, format!("this makes no token: {fault}")))?;
        Ok(Self { token: Secret::new(token), line })
    }
}

#[cfg(test)]
mod tests;
