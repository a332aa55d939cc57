use super::*;

fn said(status: u16, body: &str) -> Result<(), String> {
    read(StatusCode::from_u16(status).unwrap(), body.as_bytes()).map_err(|failure| failure.message)
}

#[test]
fn what_is_taken_whole_is_well() {
    assert_eq!(said(200, "{}"), Ok(()));
    assert_eq!(said(200, r#"{"partialSuccess":{}}"#), Ok(()));
    let rejected = r#"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"span_id is zero"}}"#;
    assert_eq!(said(200, rejected), Err("span_id is zero".to_owned()));
}

#[test]
fn whoever_refuses_is_quoted() {
    assert_eq!(said(403, r#"{"code":7,"message":"no scope"}"#), Err("status 403: no scope".to_owned()));
    let of_our_api = r#"{"error":{"kind":"not_found","message":"there is nothing at /v1/traces"}}"#;
    assert_eq!(said(404, of_our_api), Err("status 404: there is nothing at /v1/traces".to_owned()));
    assert_eq!(said(405, ""), Err("status 405".to_owned()));
    assert_eq!(said(502, "bad gateway"), Err("status 502: bad gateway".to_owned()));
    assert!(said(502, &"x".repeat(9_000)).is_err_and(|message| message.len() < 300));
}
