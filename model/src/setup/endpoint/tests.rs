use super::Endpoint;

fn parse(text: &str) -> Result<Endpoint, String> {
    text.parse().map_err(|error: super::SetupError| error.to_string())
}

#[test]
fn addresses_and_names_with_a_port() {
    for text in ["10.0.0.5:4317", "localhost:4317", "tailplane.example.com:4317", "[fd00::5]:4317", "a_b:1"] {
        assert_eq!(parse(text).map(|endpoint| endpoint.to_string()), Ok(text.to_owned()));
    }
}

#[test]
fn each_fault_says_what_to_write() {
    for (text, reason) in [
        ("http://10.0.0.5:4317", "has a scheme"),
        ("10.0.0.5", "no port"),
        ("10.0.0.5:0", "no port"),
        ("10.0.0.5:otlp", "no port"),
        (":4317", "neither a name"),
        ("fd00::5:4317", "neither a name"),
        ("a b:4317", "neither a name"),
        ("$(id):4317", "neither a name"),
        ("0.0.0.0:4317", "where a server listens"),
        ("[::]:4317", "where a server listens"),
        ("tailplane.observability.svc:4317", "the cluster's DNS"),
        ("tailplane.observability.svc.cluster.local:4317", "the cluster's DNS"),
    ] {
        let error = parse(text).expect_err(text);
        assert!(error.contains(reason), "{text}: {error}");
    }
}

#[test]
fn loopback() {
    for (text, expected) in [
        ("localhost:1", true),
        ("127.0.0.1:1", true),
        ("[::1]:1", true),
        ("10.0.0.5:1", false),
        ("lo:1", false),
    ] {
        assert_eq!(parse(text).map(|endpoint| endpoint.is_loopback()), Ok(expected), "{text}");
    }
}
