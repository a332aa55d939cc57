//! `tailplane token new`: a token, shown once, and the line that lets it in.

use door::NewToken;
use storage::env::Env;

use crate::cli::{NewTokenArgs, TokenCommand};
use crate::output;

/// Prints a new token and its line.
///
/// # Errors
/// When the arguments make no valid line.
pub(crate) fn run(command: &TokenCommand, env: &Env) -> anyhow::Result<()> {
    let TokenCommand::New(NewTokenArgs { name, scope, tenant }) = command;
    let NewToken { token, line } = NewToken::generate(name, scope, tenant, env)?;
    output::note("The token, which is shown this once, and its line for door.tokens_file:");
    output::answer(token.expose())?;
    Ok(output::answer(&line)?)
}
