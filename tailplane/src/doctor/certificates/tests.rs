use super::*;

const DAY: u64 = 86_400_000_000_000;
const NOW: u64 = 20_000 * DAY;

fn found(from: u64, until: u64) -> Vec<Finding> {
    let validity = Validity { from, until };
    findings(&[Certificate { address: "https://spans.example:4319".to_owned(), validity }], NOW)
}

#[test]
fn a_tenth_of_its_time_is_soon_whatever_its_time_is() {
    assert_eq!(found(NOW - 300 * DAY, NOW + 65 * DAY), []);
    assert_eq!(found(NOW - DAY / 2, NOW + DAY / 2), [], "half of a day of one");
    assert_eq!(found(0, u64::MAX), []);
    let soon = found(NOW - 360 * DAY, NOW + 5 * DAY);
    assert_eq!(soon.len(), 1);
    assert_eq!(soon[0].what, "its certificate expires at 2024-10-09T00:00:00Z, in 120 h");
    assert_eq!(found(NOW - 360 * DAY, NOW - DAY).len(), 1, "it may expire while it is in use");
}
