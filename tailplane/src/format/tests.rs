use super::{age, count, counted, csv_line, duration, megabytes, printable, table};

#[test]
fn durations() {
    for (nanos, text) in [
        (0, "0 ns"),
        (812, "812 ns"),
        (4_530, "4.53 µs"),
        (45_300_000, "45.3 ms"),
        (812_345_678, "812 ms"),
        (1_363_000_000, "1.36 s"),
        (59_990_000_000, "60.0 s"),
        (125_000_000_000, "2 m 05 s"),
    ] {
        assert_eq!(duration(nanos), text);
    }
}

#[test]
fn numbers() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    assert_eq!(megabytes(310_449_999), "310.4 MB");
}

#[test]
fn tables_are_aligned() {
    let rows =
        [["NAME", "COUNT"], ["Create", "7"], ["µ", "1,000"]].map(|row| row.map(str::to_owned).to_vec());
    assert_eq!(table(&rows, &[1]), "NAME    COUNT\nCreate      7\nµ       1,000\n");
}

#[test]
fn a_terminal_shows_what_senders_write_and_does_not_obey() {
    assert_eq!(printable("Größe 5 µs"), "Größe 5 µs");
    assert_eq!(printable("a\n\u{1b}[31mb\u{202e}c\u{9b}"), r"a\n\u{1b}[31mb\u{202e}c\u{9b}");
    assert_eq!(table(&[vec!["x\r\ny".to_owned()]], &[]), "x\\r\\ny\n");
}

#[test]
fn csv_cells_with_separators_are_quoted() {
    assert_eq!(csv_line(["plain", "a,b", "say \"x\""].into_iter()), "plain,\"a,b\",\"say \"\"x\"\"\"\r\n");
}

#[test]
fn ages_are_coarse_and_things_are_counted() {
    let second = 1_000_000_000;
    assert_eq!(
        [0, 119, 120, 7_199, 7_200].map(|seconds| age(seconds * second)),
        ["0 s", "119 s", "2 m", "119 m", "2 h"]
    );
    assert_eq!([0, 1, 1_234].map(|number| counted(number, "span")), ["0 spans", "1 span", "1,234 spans"]);
}
