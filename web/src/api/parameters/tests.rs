//! What a query string is read as, and what is said about one that cannot be.

use model::derived::derived_attribute;
use proptest::prelude::*;
use query::traceql::Position;

use super::*;
use crate::api::times::DEFAULT_RANGE_NS;
use crate::testing::NOW;

fn parameters(query: &str) -> Parameters {
    let uri = format!("/?{query}").parse().unwrap();
    Parameters(Query::try_from_uri(&uri).unwrap().0)
}

fn message<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    result.unwrap_err().message
}

#[test]
fn unknown_parameters_are_refused_with_the_known_ones() {
    assert_eq!(
        message(parameters("q=&sart=1").only(&["q", "start"])),
        r#"there is no parameter "sart": this path takes q, start"#
    );
    assert_eq!(message(parameters("q=1").only(&[])), r#"there is no parameter "q": this path takes none"#);
    assert_eq!(message(parameters("q=1&q=2").only(&["q"])), "q is given twice");
}

#[test]
fn empty_means_not_given() {
    let given = parameters("start=&end=%20&quantiles=&by=&limit=");
    assert_eq!(given.range(NOW).unwrap(), TimeRange { start: NOW - DEFAULT_RANGE_NS, end: NOW });
    assert_eq!(given.quantiles(1).unwrap(), None);
    assert_eq!(given.by(1).unwrap(), Vec::new());
    assert_eq!(given.count("limit").unwrap(), None);
}

#[test]
fn a_missing_filter_is_every_span() {
    let all = parse_filter("{}").unwrap();
    assert_eq!(parameters("").filter().unwrap(), all);
    assert_eq!(parameters("q=").filter().unwrap(), all);
    assert_eq!(parameters("q=%20%20").filter().unwrap(), all);
}

#[test]
fn a_wrong_filter_tells_the_place_in_bytes() {
    // Two characters of three bytes each, then the fault.
    let text = "{ name = \"日本\" && nonsense = 1 }";
    let query: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let failure = parameters(&format!("q={query}")).filter().unwrap_err();
    let Position { offset, length } = failure.position.unwrap();
    assert_eq!(&text[offset..offset + length], "nonsense", "{failure:?}");
    assert_eq!(failure.kind, proto::ErrorKind::Invalid);
}

#[test]
fn ranges() {
    let range = |query: &str| parameters(query).range(NOW);
    let minute = 60_000_000_000;
    assert_eq!(range("start=now-15m").unwrap(), TimeRange { start: NOW - 15 * minute, end: NOW });
    assert_eq!(range("end=7200").unwrap(), TimeRange { start: 3_600_000_000_000, end: 7_200_000_000_000 });
    assert_eq!(range("start=1&end=2").unwrap(), TimeRange { start: 1_000_000_000, end: 2_000_000_000 });
    assert_eq!(message(range("start=2&end=1")), "start (2000000000 ns) is not before end (1000000000 ns)");
    assert!(message(range("start=2&end=2")).contains("not before"));
}

#[test]
fn quantiles() {
    let quantiles = |query: &str| parameters(&format!("quantiles={query}")).quantiles(3);
    assert_eq!(quantiles("0.5,0.99").unwrap(), Some(vec![0.5, 0.99]));
    assert_eq!(quantiles("0,%201,.5").unwrap(), Some(vec![0.0, 1.0, 0.5]));
    for wrong in ["p99", "0.5,", "-0.1", "1.01", "99", "NaN", "inf"] {
        assert!(message(quantiles(wrong)).contains("give numbers from 0 to 1"), "{wrong}");
    }
    assert_eq!(message(quantiles("0.5,0.99,0.50")), "quantiles has 0.5 twice");
    assert_eq!(message(quantiles("0,-0")), "quantiles has 0 twice");
    assert_eq!(
        message(quantiles("0.1,0.2,0.3,0.4")),
        "quantiles has 4 entries, more than the 3 of web.quantiles_max"
    );
}

#[test]
fn by_is_kept_as_given() {
    let by = |query: &str| parameters(&format!("by={query}")).by(3);
    let texts = |query: &str| by(query).unwrap().into_iter().map(|(text, _)| text).collect::<Vec<_>>();
    assert_eq!(texts("name,%20span:kind"), ["name", "span:kind"]);
    assert_eq!(texts(r#"span.%22a,b%22,.verb"#), [r#"span."a,b""#, ".verb"]);
    assert_eq!(
        by("k8s:component").unwrap()[0].1,
        Attribute::Derived(derived_attribute("component").unwrap())
    );
    assert!(message(by("name,,kind")).starts_with(r#"by has "", which is not an attribute: "#));
    assert_eq!(message(by("kind,span:kind")), "by has kind twice");
    assert_eq!(message(by("a.b,name,kind,status")), "by has 4 entries, more than the 3 of web.by_max");
    // A position would be read as one in q.
    assert_eq!(by("nonsense").unwrap_err().position, None);
}

proptest! {
    /// Names with any characters, quoted, come apart where they were put together.
    #[test]
    fn lists_split_where_they_were_joined(names in proptest::collection::vec("[^\\p{Cc}]{1,8}", 1..5)) {
        let quoted: Vec<String> = names
            .iter()
            .map(|name| format!("span.\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")))
            .collect();
        let joined = quoted.join(", ");
        prop_assert_eq!(list::split(&joined), quoted);
    }

    #[test]
    fn splitting_loses_nothing_but_commas(text in ".{0,40}") {
        let kept: usize = list::split(&text).iter().map(|piece| piece.trim().len()).sum();
        prop_assert!(kept <= text.len());
        prop_assert!(!list::split(&text).is_empty());
    }

    #[test]
    fn no_query_string_is_a_panic(query in "[a-z0-9=&%+,.\"{}:-]{0,60}") {
        let Ok(uri) = format!("/?{query}").parse() else { return Ok(()) };
        let Ok(Query(pairs)) = Query::try_from_uri(&uri) else { return Ok(()) };
        let found = Parameters(pairs);
        let _any = (found.range(NOW), found.filter(), found.quantiles(4), found.by(4), found.count("limit"));
    }
}
