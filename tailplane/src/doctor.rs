//! `tailplane doctor`: sends a span and reads it back, asks the server who sends, and says what is wrong and what mends it.

mod certificates;
mod component;
mod counts;
mod diagnosis;
mod expected;
mod finding;
mod nanos;
mod otlp;
mod recent;
mod report;
mod said;
mod section;
mod server;
mod strangers;
mod test_span;

use std::process::ExitCode;

use storage::env::Env;

use crate::cli::DoctorArgs;
use crate::output;
use crate::source::Source;
use certificates::Certificate;
use diagnosis::Diagnosis;
use expected::Expected;
use said::Said;
use test_span::TestSpan;

/// Something is wrong.
const UNWELL: u8 = 1;

/// Looks and prints; the exit code says how it is.
///
/// # Errors
/// When there is nobody to ask, or the server does not answer.
pub(crate) async fn run(arguments: &DoctorArgs, env: Env) -> anyhow::Result<ExitCode> {
    let otlp = otlp::address(arguments)?;
    let source = Source::connect(&arguments.server, &arguments.access, env.clone()).await?;
    // First, so that our own span is not among what is found.
    let said = Said::ask(&source).await?;
    let test_span = match said.info.query_only {
        Some(_) => None,
        None => Some(TestSpan::send(&otlp, &arguments.access, &source, &env).await),
    };
    let shown = [
        (&arguments.server, source.certificate()),
        (&otlp, test_span.as_ref().and_then(|test_span| test_span.certificate)),
    ];
    source.close().await;
    let certificates = shown.into_iter().filter_map(|(address, validity)| {
        Some(Certificate { address: address.clone(), validity: validity? })
    });
    let certificates: Vec<Certificate> = certificates.collect();
    let diagnosis = Diagnosis::new(
        &arguments.server,
        &said,
        test_span,
        &certificates,
        &Expected::new(&arguments.components),
    );
    output::answer(&report::print(&diagnosis, arguments.format)?)?;
    Ok(if diagnosis.well { ExitCode::SUCCESS } else { ExitCode::from(UNWELL) })
}

#[cfg(test)]
mod tests;
