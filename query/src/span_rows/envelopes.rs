//! Resources, scopes and addresses met so far: few, and shared by many spans.

use std::borrow::Cow;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use proto::otlp::{Resource, Scope, decode_resource, decode_scope};

use super::damaged;
use crate::Result;

/// What many spans share, by its bytes and schema URL.
type Shared<T> = HashMap<Box<[u8]>, Vec<(Box<str>, Arc<T>)>>;

/// Resources, scopes and addresses met so far.
#[derive(Default)]
pub(crate) struct Envelopes {
    resources: Shared<Resource<'static>>,
    scopes: Shared<Scope<'static>>,
    peers: HashSet<Arc<str>>,
}

impl Envelopes {
    /// The resource whose message is `wire`.
    ///
    /// # Errors
    /// `Corrupt` when it does not decode.
    pub(super) fn resource(&mut self, wire: &[u8], schema_url: &str) -> Result<Arc<Resource<'static>>> {
        shared(&mut self.resources, wire, schema_url, |wire| {
            let mut resource =
                decode_resource(wire).map_err(|error| damaged("resource", &error))?.into_owned();
            resource.schema_url = Cow::Owned(schema_url.to_owned());
            Ok(resource)
        })
    }

    /// The scope whose message is `wire`.
    ///
    /// # Errors
    /// `Corrupt` when it does not decode.
    pub(super) fn scope(&mut self, wire: &[u8], schema_url: &str) -> Result<Arc<Scope<'static>>> {
        shared(&mut self.scopes, wire, schema_url, |wire| {
            let mut scope = decode_scope(wire).map_err(|error| damaged("scope", &error))?.into_owned();
            scope.schema_url = Cow::Owned(schema_url.to_owned());
            Ok(scope)
        })
    }

    /// An address that many spans came from.
    pub(crate) fn peer(&mut self, address: &str) -> Arc<str> {
        Arc::clone(self.peers.get_or_insert_with(address, |address| address.into()))
    }
}

fn shared<T>(
    known: &mut Shared<T>,
    wire: &[u8],
    schema_url: &str,
    decode: impl FnOnce(&[u8]) -> Result<T>,
) -> Result<Arc<T>> {
    let with_wire = known.entry_ref(wire).or_default();
    if let Some((_, shared)) = with_wire.iter().find(|(url, _)| **url == *schema_url) {
        return Ok(Arc::clone(shared));
    }
    let shared = Arc::new(decode(wire)?);
    with_wire.push((schema_url.into(), Arc::clone(&shared)));
    Ok(shared)
}
