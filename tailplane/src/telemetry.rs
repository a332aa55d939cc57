//! The log on standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::{Invalid, LogConfig, LogFormat};

/// Libraries that tell at `info` what is of interest to their makers; `log.level` can ask for more.
const QUIET: &str = "buoyant_kernel=warn,deltalake_core=warn";

/// Starts logging as `[log]` says.
///
/// # Errors
/// When `log.level` cannot be read.
pub(crate) fn start_log(config: &LogConfig) -> Result<(), Invalid> {
    let log = tracing_subscriber::fmt().with_env_filter(filter(&config.level)?).with_writer(io::stderr);
    match config.format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// What `log.level` lets through.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn filter(level: &str) -> Result<EnvFilter, Invalid> {
    EnvFilter::builder().parse(format!("{QUIET},{level}")).map_err(|error| {
        Invalid::new(format!(
            "log.level is {level:?} ({error}): give error, warn, info, debug or trace, or by room, such as \
             info,storage=debug"
        ))
    })
}
