//! Query strings that hold command lines, or what an application behind a proxy was asked.

use std::ops::Range;

use regex::bytes::Regex;

use super::InvalidRule;

/// A text without one of these has no such query string.
pub(super) const MARKS: [&str; 7] =
    ["/exec", "/attach", "/portforward", "/portForward", "/port-forward", "/proxy", "/run/"];

/// Paths whose query strings are secret, up to their `?`. Pods, services and nodes of the API server with these
/// subresources, its proxy before 1.10, and the kubelet's own endpoints, which the API server calls.
const PATHS: &str = r#"(?x-u)
    (?: /(?:pods|services|nodes)/[^/?\s"]*/(?:exec|attach|portforward|proxy)(?:/[^?\s"]*)?
      | /api/v1/proxy/[^?\s"]*
      | (?: ^ | [\s"'=] | ://[^/?\s"]* | /proxy )
        /(?:cri/)?(?:exec|attach|run|portForward|port-forward)/[^?\s"]*
    ) \?"#;

/// Parameters that say how a command is attached, not what it is.
const HARMLESS: [&[u8]; 5] = [b"container", b"stdin", b"stdout", b"stderr", b"tty"];

#[derive(Debug)]
pub(super) struct QueryRule {
    paths: Regex,
}

impl QueryRule {
    pub(super) fn new() -> Result<Self, InvalidRule> {
        let paths = Regex::new(PATHS).map_err(|error| InvalidRule(error.to_string()))?;
        Ok(Self { paths })
    }

    /// The values of every such query string in `text`.
    pub(super) fn find(&self, text: &[u8], mut found: impl FnMut(Range<usize>)) {
        let mut from = 0;
        while let Some(path) = self.paths.find_at(text, from) {
            let end = query_end(text, path.end());
            values(text, path.end()..end, &mut found);
            from = end.max(path.end());
        }
    }
}

/// A URL that begins the text ends with it; one inside a sentence ends at a space, one in quotes at the next quote.
fn query_end(text: &[u8], path_end: usize) -> usize {
    let opening = text[..path_end].iter().rfind(|byte| byte.is_ascii_whitespace() || **byte == b'"');
    let rest = &text[path_end..];
    let length = match opening {
        None => None,
        Some(b'"') => (0..rest.len()).find(|&at| rest[at] == b'"' && (at == 0 || rest[at - 1] != b'\\')),
        Some(_) => rest.iter().position(u8::is_ascii_whitespace),
    };
    length.map_or(text.len(), |length| path_end + length)
}

fn values(text: &[u8], query: Range<usize>, found: &mut impl FnMut(Range<usize>)) {
    let mut start = query.start;
    while start < query.end {
        let rest = &text[start..query.end];
        let length = rest.iter().position(|byte| matches!(byte, b'&' | b';')).unwrap_or(rest.len());
        let parameter = &rest[..length];
        match parameter.iter().position(|byte| *byte == b'=') {
            Some(name) if HARMLESS.contains(&&parameter[..name]) => {}
            Some(name) if name + 1 < length => found(start + name + 1..start + length),
            None if length > 0 => found(start..start + length),
            _ => {}
        }
        start += length + 1;
    }
}
