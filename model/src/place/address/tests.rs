use super::parse;

#[test]
fn every_form_gives_the_same_address() {
    let forms = [
        ("10.0.0.7", "10.0.0.7"),
        ("10.0.0.7:4317", "10.0.0.7"),
        (" 10.0.0.7 ", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("[::ffff:10.0.0.7]:1", "10.0.0.7"),
        ("fd00::7", "fd00::7"),
        ("FD00:0::7", "fd00::7"),
        ("[fd00::7]", "fd00::7"),
        ("[fd00::7]:65535", "fd00::7"),
        ("fe80::1%eth0", "fe80::1"),
    ];
    for (form, address) in forms {
        assert_eq!(parse(form).map(|parsed| parsed.to_string()).as_deref(), Some(address), "{form}");
    }
}

#[test]
fn what_is_no_address_is_none() {
    for text in ["", "node-1", "/run/containerd/containerd.sock", "0.0.0.0", "::", "10.0.0", "10.0.0.7:x"] {
        assert_eq!(parse(text), None, "{text}");
    }
}
