use anyhow::{Context, anyhow};
use proto::ErrorKind;

use super::{is_usage, sentences};
use crate::config::Invalid;

#[test]
fn each_cause_is_one_line_unless_it_was_said_already() {
    let error = anyhow!("connection refused").context("127.0.0.1:4317 cannot be reached: connection refused");
    let error = error.context("no server to ask");
    assert_eq!(
        sentences(&error),
        "error: no server to ask\n  because: 127.0.0.1:4317 cannot be reached: connection refused"
    );
}

#[test]
fn faults_of_the_user_are_told_from_others() {
    assert!(is_usage(&anyhow!(Invalid::new("web.listen is 7".to_owned()))));
    let invalid = storage::Error::new(ErrorKind::Invalid, "storage.url is empty");
    assert!(is_usage(&Err::<(), _>(invalid).context("cannot open").expect_err("an error")));
    assert!(!is_usage(&anyhow!(storage::Error::new(ErrorKind::Unavailable, "the folder is locked"))));
    assert!(!is_usage(&anyhow!("anything else")));
}
