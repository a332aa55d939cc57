//! What is answered to an export in JSON: by the port of OTLP/HTTP, or by whatever else listens there.

use http::StatusCode;
use serde::Deserialize;

use super::Failure;

/// Characters of an answer that is no JSON.
const WORDS_MAX: usize = 200;

/// Whether all was taken.
pub(super) fn read(status: StatusCode, body: &[u8]) -> Result<(), Failure> {
    let code = status.as_u16();
    if !status.is_success() {
        return Err(Failure { message: format!("status {code}{}", words(body)), status: Some(code) });
    }
    let answer: AnswerJson = serde_json::from_slice(body).unwrap_or_default();
    match answer.partial_success.error_message {
        message if message.is_empty() => Ok(()),
        message => Err(Failure { message, status: Some(code) }),
    }
}

/// What is said beside a status: in the JSON of OTLP or of our API, or in a few words.
fn words(body: &[u8]) -> String {
    let message = serde_json::from_slice::<RefusalJson>(body).ok().map(|refusal| match refusal {
        RefusalJson::Otlp { message } | RefusalJson::Api { error: ErrorJson { message } } => message,
    });
    let text = message.unwrap_or_else(|| String::from_utf8_lossy(body).chars().take(WORDS_MAX).collect());
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RefusalJson {
    Otlp { message: String },
    Api { error: ErrorJson },
}

#[derive(Deserialize)]
struct ErrorJson {
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AnswerJson {
    partial_success: PartialSuccessJson,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PartialSuccessJson {
    error_message: String,
}

#[cfg(test)]
mod tests;
