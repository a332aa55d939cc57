use super::*;

#[test]
fn a_fresh_one_is_sampled_and_below_every_rate() {
    let (one, other) = (TraceContext::fresh(&Env::system()), TraceContext::fresh(&Env::system()));
    assert_ne!(one.trace_id, other.trace_id);
    let text = one.to_string();
    assert_eq!(text.len(), 55);
    assert!(text.starts_with("00-") && text.ends_with("-01"), "{text}");
    let fraction = model::sampling::trace_fraction(one.trace_id) as f64 / 2_f64.powi(63);
    assert!(fraction < 1.0 / 60_000.0, "{fraction}");
    assert_eq!(one.header().unwrap(), text.as_str());
}
