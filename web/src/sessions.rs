//! Sessions of browsers: a random key in a cookie for a token that was shown once.

use std::collections::HashMap;
use std::time::Duration;

use door::TokenId;
use http::HeaderMap;
use http::header::COOKIE;
use parking_lot::Mutex;
use storage::env::Env;

use crate::Config;

/// The name of the cookie.
const COOKIE_NAME: &str = "tailplane_session";

/// The open sessions of this process; they end with it.
pub(crate) struct Sessions {
    open: Mutex<HashMap<String, Session>>,
    sessions_max: usize,
    age_max: Duration,
}

struct Session {
    token: TokenId,
    ends: Duration,
}

impl Sessions {
    pub(crate) fn new(config: &Config) -> Self {
        Self { open: Mutex::default(), sessions_max: config.sessions_max, age_max: config.session_age_max }
    }

    /// A new session of the holder of `token`: the cookie that names it. The one that would end first makes room.
    pub(crate) fn open(&self, token: TokenId, is_encrypted: bool, env: &Env) -> String {
        let key: String = [env.random_bytes(), env.random_bytes()]
            .concat()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let now = env.monotonic();
        let mut open = self.open.lock();
        open.retain(|_, session| session.ends > now);
        if open.len() >= self.sessions_max {
            let first = open.iter().min_by_key(|(_, session)| session.ends).map(|(key, _)| key.clone());
            first.and_then(|first| open.remove(&first));
        }
        open.insert(key.clone(), Session { token, ends: now + self.age_max });
        cookie(&key, self.age_max, is_encrypted)
    }

    /// Whose session the cookie in `headers` names.
    pub(crate) fn find(&self, headers: &HeaderMap, env: &Env) -> Option<TokenId> {
        let open = self.open.lock();
        let session = open.get(key_of(headers)?)?;
        (session.ends > env.monotonic()).then_some(session.token)
    }

    /// Ends the session that the cookie in `headers` names: the cookie that takes its place.
    pub(crate) fn close(&self, headers: &HeaderMap, is_encrypted: bool) -> String {
        if let Some(key) = key_of(headers) {
            self.open.lock().remove(key);
        }
        cookie("", Duration::ZERO, is_encrypted)
    }
}

fn cookie(key: &str, age: Duration, is_encrypted: bool) -> String {
    let secure = if is_encrypted { "; Secure" } else { "" };
    format!("{COOKIE_NAME}={key}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{secure}", age.as_secs())
}

fn key_of(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='))
}

#[cfg(test)]
mod tests;
