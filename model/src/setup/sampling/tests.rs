use super::SamplingRate;

#[test]
fn percent() {
    for (text, per_million, percent, ratio) in [
        ("100", 1_000_000, "100", "1"),
        ("1%", 10_000, "1", "0.01"),
        ("0.5", 5_000, "0.5", "0.005"),
        ("0.0001", 1, "0.0001", "0.000001"),
        ("12.25 %", 122_500, "12.25", "0.1225"),
        ("0", 0, "0", "0"),
    ] {
        let rate: SamplingRate = text.parse().expect(text);
        assert_eq!((rate.per_million(), &*rate.percent(), &*rate.ratio()), (per_million, percent, ratio));
    }
    for text in ["", "%", "101", "100.0001", "-1", "0.00001", "1e1", ".5", "99999999999"] {
        assert!(text.parse::<SamplingRate>().is_err(), "{text}");
    }
}

#[test]
fn two_independent_decisions() {
    let both = |text: &str| text.parse::<SamplingRate>().map(SamplingRate::both_percent);
    assert_eq!(both("10"), Ok("1".to_owned()));
    assert_eq!(both("1"), Ok("0.01".to_owned()));
    assert_eq!(both("100"), Ok("100".to_owned()));
}
