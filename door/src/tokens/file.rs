//! The text of the tokens file: `sha256:<hex>,name,scopes,tenants`, one line each.

use std::collections::HashMap;

use proto::Tenant;

use super::TokenId;
use crate::principal::Tenants;
use crate::{Principal, Scope};

/// Longer names would only fill logs.
const NAME_BYTES_MAX: usize = 128;

/// What the file says.
pub(super) struct TokenList {
    by_token: Vec<(TokenId, Principal)>,
    by_certificate: HashMap<String, Principal>,
}

impl TokenList {
    /// Reads the file; what is wrong with it otherwise, with the number of the line. Never quotes a line: it may be a
    /// token that someone wrote there in clear text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut list = Self { by_token: Vec::new(), by_certificate: HashMap::new() };
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                list.add(line).map_err(|fault| format!("line {}: {fault}", index + 1))?;
            }
        }
        if list.by_token.is_empty() && list.by_certificate.is_empty() {
            return Err("holds no token: `tailplane token new` makes one".to_owned());
        }
        Ok(list)
    }

    fn add(&mut self, line: &str) -> Result<(), String> {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [who, name, scopes, tenants] = fields[..] else {
            return Err(format!(
                "has {} fields and not the four of sha256:<hex>,name,scopes,tenants",
                fields.len()
            ));
        };
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
            return Err(format!("the name must have 1 to {NAME_BYTES_MAX} printable characters"));
        }
        let scopes = scopes.split('+').map(str::parse).collect::<Result<Vec<Scope>, String>>()?;
        let principal =
            Principal { name: name.into(), scopes: scopes.into(), tenants: self::tenants(tenants)?.into() };
        match who.split_once(':') {
            Some(("sha256", hex)) => {
                let id = digest(hex).ok_or("the hash is not 64 hex digits")?;
                if self.by_token.iter().any(|(known, _)| *known == id) {
                    return Err("the same token stands there twice".to_owned());
                }
                self.by_token.push((id, principal));
            }
            Some(("cn", name)) if !name.is_empty() => {
                if self.by_certificate.insert(name.to_owned(), principal).is_some() {
                    return Err(format!("cn:{name} stands there twice"));
                }
            }
            _ => return Err("begins with neither sha256:<hex of the token's hash> nor cn:<name>".to_owned()),
        }
        Ok(())
    }

    /// Compares with every token in constant time, and with all of them, so that time tells nothing.
    pub(super) fn by_id(&self, id: &TokenId) -> Option<Principal> {
        let mut found = None;
        for (known, principal) in &self.by_token {
            if known == id {
                found = Some(principal.clone());
            }
        }
        found
    }

    pub(super) fn by_certificate(&self, name: &str) -> Option<Principal> {
        self.by_certificate.get(name).cloned()
    }
}

/// The line of a token.
pub(super) fn line(id: &TokenId, name: &str, scopes: &[Scope], tenants: &[String]) -> String {
    let hex: String = id.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let scopes = scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join("+");
    format!("sha256:{hex},{name},{scopes},{}", tenants.join("+"))
}

fn tenants(text: &str) -> Result<Tenants, String> {
    if text == "*" {
        return Ok(Tenants::Any);
    }
    let tenants = text.split('+').map(Tenant::new).collect::<Result<Vec<_>, _>>();
    tenants.map(Tenants::Of).map_err(|error| format!("{error}; * is all of them"))
}

fn digest(hex: &str) -> Option<TokenId> {
    let mut id = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (index, byte) in id.iter_mut().enumerate() {
        *byte = u8::from_str_radix(hex.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(TokenId(id))
}
