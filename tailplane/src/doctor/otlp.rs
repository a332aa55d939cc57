//! Where the server takes spans: what the flags say, or what follows from its own address.

use http::Uri;

use crate::cli::DoctorArgs;
use crate::config::Invalid;

/// The port of `ingest.http_listen`, unless it was set.
const DEFAULT_PORT: u16 = 4318;

/// Where OTLP/HTTP is taken, by the flags: the server's host and the default port where they do not say.
///
/// # Errors
/// [`Invalid`] when the server's address has no host.
pub(super) fn address(arguments: &DoctorArgs) -> Result<String, Invalid> {
    if let Some(otlp) = &arguments.otlp {
        return Ok(otlp.clone());
    }
    let server = arguments.server.parse::<Uri>().ok().filter(|_| !arguments.server.starts_with("unix:"));
    let authority = server.as_ref().and_then(Uri::authority).map(|authority| authority.host().to_owned());
    let scheme = server.as_ref().and_then(Uri::scheme_str).unwrap_or("http").to_owned();
    let host = authority.ok_or_else(|| {
        Invalid::new(format!(
            "--server {:?} does not tell where spans are taken: name that with --otlp",
            arguments.server
        ))
    })?;
    Ok(format!("{scheme}://{host}:{DEFAULT_PORT}"))
}
