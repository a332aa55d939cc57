use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What becomes of a text, and why.
fn masked(redaction: &Redaction, key: &str, text: &str) -> (String, BTreeMap<Reason, usize>) {
    let mut bytes = text.as_bytes().to_vec();
    let mut reasons = BTreeMap::new();
    redaction.find(key.as_bytes(), text.as_bytes(), |reason, part| {
        *reasons.entry(reason).or_default() += 1;
        bytes[part].fill(MASK);
    });
    (String::from_utf8(bytes).unwrap(), reasons)
}

fn usual() -> Redaction {
    Redaction::new(&RedactionRules::default()).unwrap()
}

/// `text`, a tab, and what it becomes; without the second, it stays.
#[test]
fn every_case_of_the_table() {
    let (usual, all) =
        (usual(), Redaction::new(&RedactionRules { secret_names: true, ..RedactionRules::default() }));
    let all = all.unwrap();
    let mut cases = 0;
    let mut rules = &usual;
    for line in include_str!("tests/cases.tsv").lines() {
        match line {
            "" => continue,
            "# secret names" => rules = &all,
            _ if line.starts_with('#') => continue,
            _ => {}
        }
        if line.starts_with('#') {
            continue;
        }
        let (text, expected) = line.split_once('\t').unwrap_or((line, line));
        let (found, reasons) = masked(rules, "http.target", text);
        assert_eq!(found, expected, "{text}");
        assert_eq!(reasons.is_empty(), text == expected, "{text}: {reasons:?}");
        assert_eq!(
            masked(rules, "", &found),
            (found.clone(), BTreeMap::new()),
            "masking again changes nothing"
        );
        if !reasons.is_empty() {
            assert!(
                rules.may_apply(format!("before{text}behind").as_bytes()),
                "the quick look must see {text}"
            );
        }
        cases += 1;
    }
    assert!(cases > 50, "{cases} cases");
}

#[test]
fn keys_and_patterns_of_an_operator() {
    let rules = RedactionRules {
        keys: vec!["cookie".to_owned()],
        patterns: vec!["card-([0-9]+)".to_owned(), "ACME[A-Z]+".to_owned()],
        queries: false,
        tokens: false,
        ..RedactionRules::default()
    };
    let rules = Redaction::new(&rules).unwrap();
    assert_eq!(masked(&rules, "cookie", "a=b").0, "***");
    assert_eq!(masked(&rules, "cookie", "cookie").0, "cookie", "a key is not its own value");
    assert_eq!(masked(&rules, "k", "card-123 and ACMEKEY card-9").0, "card-*** and ******* card-*");
    assert_eq!(masked(&rules, "k", "/api/v1/namespaces/a/pods/b/exec?command=c").0.matches('*').count(), 0);
    assert!(rules.may_apply(b"anything"));
}

#[test]
fn rules_that_cannot_be_used_say_why() {
    let refused = |pattern: &str| {
        let rules = RedactionRules { patterns: vec![pattern.to_owned()], ..RedactionRules::default() };
        Redaction::new(&rules).unwrap_err().to_string()
    };
    assert!(refused("(").contains("\"(\" is no regular expression"));
    assert!(refused("x*").contains("matches nothing at all"));
    assert!(refused(&"x".repeat(2000)).contains("2000 bytes"));
    assert!(refused("(?:a{1000}){1000}").contains("is no regular expression"));
    let many = RedactionRules { keys: vec![String::new(); 65], ..RedactionRules::default() };
    assert!(Redaction::new(&many).unwrap_err().to_string().starts_with("65 keys"));
}

proptest! {
    #[test]
    fn any_bytes_are_taken(text: Vec<u8>) {
        usual().find(b"key", &text, |_, part| assert!(part.end <= text.len()));
    }

    /// Whatever the command, nothing of it stays, and the path does.
    #[test]
    fn no_command_survives(
        command in prop::collection::vec("[!-~&&[^&;*#]]{1,30}", 1..5),
        subresource in prop::sample::select(vec!["exec", "attach", "portforward", "proxy/run/x"]),
    ) {
        let path = format!("/api/v1/namespaces/team/pods/web-0/{subresource}");
        let query: Vec<String> = command.iter().map(|word| format!("command={word}")).collect();
        let (found, _) = masked(&usual(), "http.target", &format!("{path}?{}", query.join("&")));
        let values: Vec<&str> = found.split_once('?').unwrap().1.split('&').map(|value| &value[8..]).collect();
        prop_assert!(values.iter().all(|value| value.bytes().all(|byte| byte == MASK)), "{}", found);
        prop_assert!(found.starts_with(&path));
    }

    #[test]
    fn texts_without_a_mark_have_nothing_to_find(text in "[ -~]{0,80}") {
        let usual = usual();
        let mut found = false;
        usual.find(b"", text.as_bytes(), |_, _| found = true);
        prop_assert!(!found || usual.may_apply(text.as_bytes()));
    }
}
