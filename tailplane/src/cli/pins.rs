//! The subcommands about traces that outlive retention.

use clap::Args;
use proto::TraceId;

use super::SourceArgs;

/// `tailplane pin`
#[derive(Debug, Args)]
#[command(after_help = PIN_EXAMPLES)]
pub(crate) struct PinArgs {
    /// 32 hex digits, as the page and `tailplane query` show them
    #[arg(value_name = "TRACE_ID")]
    pub trace_id: TraceId,
    /// Whom to ask.
    #[command(flatten)]
    pub source: SourceArgs,
}

const PIN_EXAMPLES: &str = "Examples:
  tailplane pin 4bf92f3577b34da6a3ce929d0e0e4736
  tailplane pin 4bf92f3577b34da6a3ce929d0e0e4736 --tenant prod-1 --token-file editor

When retention removes the spans around it, those of the trace stay, whatever storage.retention and
storage.max_bytes say, until it is unpinned. What is gone already does not come back. The token needs the
scope edit.";

/// `tailplane unpin`
#[derive(Debug, Args)]
#[command(after_help = UNPIN_EXAMPLES)]
pub(crate) struct UnpinArgs {
    /// 32 hex digits, as `tailplane pins` shows them
    #[arg(value_name = "TRACE_ID")]
    pub trace_id: TraceId,
    /// Whom to ask.
    #[command(flatten)]
    pub source: SourceArgs,
}

const UNPIN_EXAMPLES: &str = "Examples:
  tailplane unpin 4bf92f3577b34da6a3ce929d0e0e4736
  tailplane unpin 4bf92f3577b34da6a3ce929d0e0e4736 --data ./tailplane-data

The trace goes when retention looks next, if what was around it is gone.";

/// `tailplane pins`
#[derive(Debug, Args)]
#[command(after_help = PINS_EXAMPLES)]
pub(crate) struct PinsArgs {
    /// Whom to ask.
    #[command(flatten)]
    pub source: SourceArgs,
}

const PINS_EXAMPLES: &str = "Examples:
  tailplane pins
  tailplane pins --server https://tailplane.example:4319 --token-file reader --ca-file ca.pem

Each line is a pinned trace and when it was pinned.";
