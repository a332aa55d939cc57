//! What an API request's query says: watch, dry run, apply, the one object a collection is narrowed to.

use std::borrow::Cow;

use crate::normalise::percent_decoded;

/// The parameters that change the meaning of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Query<'a> {
    pub(super) is_watch: bool,
    pub(super) is_dry_run: bool,
    /// `force` is there: only apply may carry it (apimachinery meta/v1/validation, `ValidatePatchOptions`).
    pub(super) is_apply: bool,
    /// `fieldSelector=metadata.name=<this>`.
    pub(super) name: Option<Cow<'a, str>>,
}

/// Reads `query` once; of a parameter that came twice, the first counts, as in Go.
pub(super) fn query(query: &str) -> Query<'_> {
    let mut found = Query::default();
    let mut watch = None;
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        match key {
            // apimachinery's string to bool: all but "false" and "0" are true, the empty text too.
            "watch" => {
                watch.get_or_insert(!(value.eq_ignore_ascii_case("false") || value == "0"));
            }
            "dryRun" => found.is_dry_run |= value == "All",
            "force" => found.is_apply = true,
            "fieldSelector" if found.name.is_none() => found.name = exact_name(value),
            _ => {}
        }
    }
    found.is_watch = watch.unwrap_or(false);
    found
}

/// The name that the field selector `written` asks for exactly.
fn exact_name(written: &str) -> Option<Cow<'_, str>> {
    let borrowed =
        |prefix: &str| written.strip_prefix(prefix).filter(|rest| !rest.contains(['%', ',', '=', '+']));
    if let Some(name) = borrowed("metadata.name%3D").or_else(|| borrowed("metadata.name=")) {
        return is_name(name).then_some(Cow::Borrowed(name));
    }
    let decoded = percent_decoded(written);
    let name = decoded.split(',').find_map(|term| {
        let (field, value) = term.split_once('=')?;
        (field == "metadata.name").then(|| value.strip_prefix('=').unwrap_or(value))
    })?;
    is_name(name).then(|| Cow::Owned(name.to_owned()))
}

/// apimachinery's `IsValidPathSegmentName`; an empty name is none.
fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '%'])
}
