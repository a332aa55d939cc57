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
fn a_trace_is_one_that_is_there_or_that_of_a_command() {
    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parse = |extra: &[&str]| Cli::try_parse_from([&["tailplane", "trace"], extra].concat());
    for refused in [
        &[][..],
        &["--"],
        &[ID, "--", "kubectl"],
        &["--context", "prod", ID],
        &["--data", "d", "--", "kubectl"],
    ] {
        assert!(parse(refused).is_err(), "{refused:?}");
    }
    let Ok(Cli { command: Command::Trace(args) }) =
        parse(&["--context", "a", "--", "kubectl", "--context", "b"])
    else {
        panic!("not a trace")
    };
    assert_eq!((args.trace_id, args.traced.context.as_deref()), (None, Some("a")));
    assert_eq!(args.traced.command, ["kubectl", "--context", "b"]);
}

#[test]
fn a_trace_id_is_checked_before_anything_is_asked() {
    let error =
        Cli::try_parse_from(["tailplane", "trace", "abc"]).map(|_| ()).map_err(|error| error.to_string());
    assert!(error.is_err_and(|message| message.contains("32 hex digits")));
}
