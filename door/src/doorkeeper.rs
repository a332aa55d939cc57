//! Asks whoever sends a request who they are.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{Extensions, HeaderMap};
use proto::ErrorKind;

use crate::knock::Bell;
use crate::{Error, KnockOutcome, Peer, Principal, Result, Scope, TokenId, Tokens};

/// What a listener knows of one connection's peer: an extension of every request that came through a door.
#[derive(Debug, Clone)]
pub struct Doorkeeper {
    pub(crate) peer: Peer,
    pub(crate) listener: Arc<str>,
    pub(crate) tokens: Tokens,
    /// The common name of the certificate that the listener's CA has signed.
    pub(crate) certificate: Option<Arc<str>>,
    pub(crate) is_encrypted: bool,
    pub(crate) bell: Bell,
}

impl Doorkeeper {
    /// Whether nobody in between can read what is sent.
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// Who sends a request with `headers`: by its `Authorization: Bearer`, else by the connection's certificate, else
    /// anyone where no tokens are required.
    ///
    /// # Errors
    /// `Unauthenticated` when nobody knows.
    pub fn principal(&self, headers: &HeaderMap) -> Result<Principal> {
        let principal = match (bearer(headers), &self.certificate) {
            (Ok(Some(token)), _) if self.tokens.are_required() => {
                self.tokens.by_token(token).map(|(_, principal)| principal)
            }
            (Err(error), _) if self.tokens.are_required() => Err(error),
            (_, Some(name)) => self.tokens.by_certificate(name),
            (_, None) if self.tokens.are_required() => Err(Error::new(
                ErrorKind::Unauthenticated,
                "a token is required: send `authorization: Bearer TOKEN`; commands of tailplane take --token-file FILE",
            )),
            (_, None) => Ok(Principal::anyone()),
        };
        principal.inspect_err(|_| self.knocked(KnockOutcome::BadToken))
    }

    /// Whose token it is, and what to remember of it.
    ///
    /// # Errors
    /// `Unauthenticated` when it is nobody's.
    pub fn by_token(&self, token: &str) -> Result<(TokenId, Principal)> {
        self.tokens.by_token(token).inspect_err(|_| self.knocked(KnockOutcome::BadToken))
    }

    /// Whose token it was that was remembered.
    ///
    /// # Errors
    /// `Unauthenticated` when it was struck off since.
    pub fn by_id(&self, id: &TokenId) -> Result<Principal> {
        self.tokens.by_id(id)
    }

    /// Whether anybody is asked who they are.
    #[must_use]
    pub fn requires_tokens(&self) -> bool {
        self.tokens.are_required()
    }

    /// Tells the doorbell of a request that did not get in.
    pub fn knocked(&self, outcome: KnockOutcome) {
        self.bell.ring(self.peer, &self.listener, outcome);
    }
}

/// Who sends a request, and that they may do what `scope` allows. A request without a [`Doorkeeper`] has come through
/// no door: it is this process's own.
///
/// # Errors
/// `Unauthenticated` when nobody knows who it is, `Forbidden` when they may not.
pub fn admit(extensions: &Extensions, headers: &HeaderMap, scope: Scope) -> Result<Principal> {
    let principal = match extensions.get::<Doorkeeper>() {
        Some(doorkeeper) => doorkeeper.principal(headers)?,
        None => Principal::anyone(),
    };
    principal.require(scope)?;
    Ok(principal)
}

/// The token in `headers`, if there is one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let garbled = || Error::new(ErrorKind::Unauthenticated, "the authorization is not `Bearer TOKEN`");
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let (scheme, token) =
                value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(garbled)?;
            let token = Some(token.trim()).filter(|token| !token.is_empty());
            token.filter(|_| scheme.eq_ignore_ascii_case("bearer")).map(Some).ok_or_else(garbled)
        }
        (Some(_), Some(_)) => Err(garbled()),
    }
}
