//! A `User-Agent` without the parts that change with every release.

use std::borrow::Cow;

/// The longest short form, in bytes.
const SHORT_BYTES_MAX: usize = 96;

/// `user_agent` reduced to who it is: the product without version, platform and commit, and, of Kubernetes clients, the
/// part of the program that asks.
///
/// `kubelet/v1.36.2 (linux/amd64) kubernetes/98b3519` gives `kubelet`;
/// `kube-controller-manager/v1.36.2 (linux/amd64) kubernetes/98b3519/system:serviceaccount:kube-system:job-controller`
/// gives `kube-controller-manager/job-controller`. At most 96 bytes: a longer product is cut, a part that no longer fits
/// left out.
#[must_use]
pub fn short_user_agent(user_agent: &str) -> Cow<'_, str> {
    let product = cut(user_agent.trim_start().split(['/', ' ']).next().unwrap_or_default());
    // client-go's `AddUserAgent`: <command>/<version> (<os>/<arch>) kubernetes/<commit>/<part>.
    let part = user_agent
        .split_once(" kubernetes/")
        .and_then(|(_, commit)| commit.split_once('/'))
        .map(|(_, part)| part.split(' ').next().unwrap_or_default())
        .map(|part| part.rsplit(':').next().unwrap_or_default())
        .filter(|part| !part.is_empty() && *part != product);
    match part {
        Some(part) if product.len() + 1 + part.len() <= SHORT_BYTES_MAX => {
            Cow::Owned(format!("{product}/{part}"))
        }
        _ => Cow::Borrowed(product),
    }
}

/// `text` up to the limit, at a character's edge.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(SHORT_BYTES_MAX)]
}
