use super::*;

fn seen(percent: f64, rows_read: u64, rows: u64) -> Seen {
    Seen { percent: Some(percent), rows_read, rows, bytes_read: 0 }
}

#[test]
fn a_pass_is_as_far_as_its_files_are_read() {
    let progress = Progress::default();
    assert_eq!(progress.seen(), Seen::default(), "nothing is known yet");
    progress.will_read("a".to_owned(), 300, 3_000);
    progress.will_read("b".to_owned(), 100, 500);
    assert_eq!(progress.seen(), seen(0.0, 0, 3_500));
    progress.has_read_to("a", 150);
    progress.has_read_to("a", 100);
    progress.has_read_to("elsewhere", 100);
    assert_eq!(progress.seen(), seen(37.5, 1_500, 3_500));
    // Planned again, a file is where it was.
    progress.will_read("a".to_owned(), 300, 3_000);
    progress.has_read_to("b", 1_000);
    assert_eq!(progress.seen(), seen(62.5, 2_000, 3_500));
}

#[test]
fn passes_share_the_work_and_it_never_falls() {
    let progress = Progress::default();
    progress.expect_passes(2);
    progress.will_read("a".to_owned(), 10, 100);
    progress.has_read_to("a", 10);
    assert_eq!(progress.seen(), seen(50.0, 100, 100));
    progress.next_pass();
    progress.will_read("a".to_owned(), 10, 100);
    assert_eq!(progress.seen(), seen(50.0, 0, 100));
    progress.has_read_to("a", 5);
    assert_eq!(progress.seen(), seen(75.0, 50, 100));
    // One more than was known.
    progress.next_pass();
    progress.will_read("a".to_owned(), 10, 100);
    assert_eq!(progress.seen(), seen(75.0, 0, 100));
    progress.has_read_to("a", 10);
    assert_eq!(progress.seen(), seen(100.0, 100, 100));
}

#[tokio::test]
async fn questions_report_to_whoever_watches_them() {
    let progress = Progress::default();
    progress.watch(async { Progress::current().count(7) }).await;
    Progress::current().count(100);
    assert_eq!(progress.seen(), Seen { bytes_read: 7, ..Seen::default() });
}
