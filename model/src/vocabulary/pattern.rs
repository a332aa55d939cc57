//! Names with a part that varies.

/// How a name in the tables is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// This name.
    Exact(&'static str),
    /// Names that begin with this; written `prefix*`.
    Prefix(&'static str),
    /// An HTTP method behind this prefix; written `{method}` or `HTTP {method}`.
    Method(&'static str),
    /// An HTTP method and a path; written `{method} {template}`.
    MethodAndPath,
    /// A Go function without its package's path: `oci.(*Runtime).CreateContainer`; written `{go function}`.
    GoFunction,
}

impl Pattern {
    pub(super) fn parse(text: &'static str) -> Self {
        if text == "{method} {template}" {
            Self::MethodAndPath
        } else if text == "{go function}" {
            Self::GoFunction
        } else if let Some(prefix) = text.strip_suffix("{method}") {
            Self::Method(prefix)
        } else if let Some(prefix) = text.strip_suffix('*') {
            Self::Prefix(prefix)
        } else {
            Self::Exact(text)
        }
    }

    /// Whether `name` is written so.
    #[must_use]
    pub fn matches(self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => name == exact,
            Self::Prefix(prefix) => name.starts_with(prefix),
            Self::Method(prefix) => name.strip_prefix(prefix).is_some_and(is_method),
            Self::MethodAndPath => {
                name.split_once(' ').is_some_and(|(method, path)| is_method(method) && path.starts_with('/'))
            }
            Self::GoFunction => is_go_function(name),
        }
    }
}

fn is_method(text: &str) -> bool {
    matches!(text, "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" | "CONNECT" | "TRACE")
}

fn is_go_function(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'(' | b'*' | b')');
    text.contains('.') && text.split('.').all(|part| !part.is_empty() && part.bytes().all(is_part))
}
