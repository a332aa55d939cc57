use clap::{CommandFactory, Parser};

use super::{Cli, Command, Speed};

#[test]
fn the_flags_do_not_contradict_each_other() {
    Cli::command().debug_assert();
}

#[test]
fn speeds() {
    assert_eq!("max".parse(), Ok(Speed::Max));
    assert_eq!("2.5".parse(), Ok(Speed::Times(2.5)));
    assert_eq!("10x".parse(), Ok(Speed::Times(10.0)));
    for text in ["0", "-1", "fast", "inf", "NaN", ""] {
        assert!(text.parse::<Speed>().is_err(), "{text}");
    }
}

#[test]
fn server_and_data_exclude_each_other_but_data_beats_the_default() {
    let parse = |extra: &[&str]| Cli::try_parse_from([&["tailplane", "query", "{}"], extra].concat());
    assert!(parse(&["--server", "http://localhost:1", "--data", "d"]).is_err());
    let Ok(Cli { command: Command::Query(args) }) = parse(&["--data", "d"]) else { panic!("not a query") };
    assert_eq!(args.source.data, Some("d".into()));
}

#[test]
fn a_trace_id_is_checked_before_anything_is_asked() {
    let error =
        Cli::try_parse_from(["tailplane", "trace", "abc"]).map(|_| ()).map_err(|error| error.to_string());
    assert!(error.is_err_and(|message| message.contains("32 hex digits")));
}
