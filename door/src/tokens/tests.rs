//! Who is let in by a tokens file, and what is never said.

use std::io::Write;
use std::sync::Arc;

use http::{Extensions, HeaderMap};
use parking_lot::Mutex;
use proto::Tenant;

use super::*;
use crate::knock::Bell;
use crate::{Doorkeeper, Peer, admit};

const CANARY: &str = "tlpn_CANARY-do-not-show-me";

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn line(token: &str, rest: &str) -> String {
    let hex: String = TokenId::of(token).0.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex},{rest}\n")
}

/// The extensions of a request through a door with `tokens`, whose peer has shown a certificate with this name.
fn extensions(tokens: Tokens, certificate: Option<&str>) -> Extensions {
    let mut extensions = Extensions::new();
    extensions.insert(Doorkeeper {
        peer: Peer::Unix { uid: None, pid: None },
        listener: "test".into(),
        tokens,
        certificate: certificate.map(Arc::from),
        is_encrypted: false,
        bell: Bell::new(None, Env::system()),
    });
    extensions
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, value.parse().unwrap());
    }
    headers
}

fn tokens(file: &tempfile::NamedTempFile) -> Tokens {
    Tokens::follow(file.path(), Duration::from_millis(20), &Env::system()).unwrap()
}

#[tokio::test]
async fn a_token_is_let_in_for_its_scopes_and_tenants() {
    let file = file(&format!(
        "# who may do what\n\n{}{}cn:node-1,node,write,prod-1 # by certificate\n",
        line("w", "writer,write,prod-1+prod-2"),
        line("r", "reader,read+write,*")
    ));
    let through = extensions(tokens(&file), Some("node-1"));
    let ask = |scope, pairs: &[(&'static str, &str)]| {
        let headers = headers(pairs);
        admit(&through, &headers, scope).and_then(|principal| {
            Ok((principal.name().to_owned(), principal.tenant(&headers)?.as_str().to_owned()))
        })
    };
    let bearer = |token| ("authorization", token);
    let fine = |name: &str, tenant: &str| (name.to_owned(), tenant.to_owned());
    let in_two = ("x-scope-orgid", "prod-2");
    assert_eq!(ask(Scope::Write, &[bearer("Bearer w"), in_two]).unwrap(), fine("writer", "prod-2"));
    assert_eq!(ask(Scope::Read, &[bearer("bearer  r")]).unwrap(), fine("reader", "default"));
    assert_eq!(ask(Scope::Read, &[bearer("Bearer r"), in_two]).unwrap(), fine("reader", "prod-2"));
    assert_eq!(ask(Scope::Write, &[]).unwrap(), fine("node", "prod-1"), "its only tenant");

    type Fault<'a> = (Scope, &'a [(&'static str, &'a str)], ErrorKind);
    let faults: [Fault<'_>; 11] = [
        (Scope::Write, &[bearer("Bearer x")], ErrorKind::Unauthenticated),
        (Scope::Write, &[bearer("Bearer ")], ErrorKind::Unauthenticated),
        (Scope::Write, &[bearer("Basic dzp3")], ErrorKind::Unauthenticated),
        (Scope::Write, &[bearer("w")], ErrorKind::Unauthenticated),
        (Scope::Write, &[bearer("Bearer w"), bearer("Bearer r")], ErrorKind::Unauthenticated),
        (Scope::Read, &[bearer("Bearer w"), in_two], ErrorKind::Forbidden),
        (Scope::Edit, &[bearer("Bearer r")], ErrorKind::Forbidden),
        (Scope::Write, &[bearer("Bearer w"), ("x-scope-orgid", "prod-3")], ErrorKind::Forbidden),
        (Scope::Write, &[bearer("Bearer w")], ErrorKind::Invalid),
        (Scope::Write, &[bearer("Bearer r"), ("x-scope-orgid", "../etc")], ErrorKind::Invalid),
        (Scope::Write, &[bearer("Bearer r"), in_two, in_two], ErrorKind::Invalid),
    ];
    for (scope, pairs, kind) in faults {
        assert_eq!(ask(scope, pairs).unwrap_err().kind, kind, "{scope} {pairs:?}");
    }
}

#[tokio::test]
async fn nobody_is_asked_without_a_file_and_certificates_are_names() {
    let nobody = headers(&[]);
    let anyone = admit(&extensions(Tokens::default(), None), &nobody, Scope::Admin).unwrap();
    assert_eq!((anyone.name(), anyone.tenant(&nobody).unwrap()), ("anyone", Tenant::default_tenant()));
    let named = admit(&extensions(Tokens::default(), Some("node-7")), &nobody, Scope::Write).unwrap();
    assert_eq!(named.name(), "node-7");
    // With a file, a certificate needs a line.
    let file = file(&line("w", "writer,write,*"));
    let error = admit(&extensions(tokens(&file), Some("node-7")), &nobody, Scope::Write).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(error.to_string().contains("no line cn:node-7"), "{error}");
}

#[tokio::test]
async fn a_changed_file_counts_and_a_bad_one_does_not() {
    let file = file(&line("one", "one,write,*"));
    let tokens = tokens(&file);
    let names = |token: &str| tokens.by_token(token).ok().map(|(_, principal)| principal.name().to_owned());
    let becomes = async |text: &str, token: &str, expected: Option<&str>| {
        std::fs::write(file.path(), text).unwrap();
        for _ in 0..200 {
            if names(token).as_deref() == expected {
                return;
            }
            Env::system().sleep(Duration::from_millis(10)).await;
        }
        panic!("{token} is {:?}, not {expected:?}", names(token));
    };
    becomes(&line("two", "two,write,*"), "two", Some("two")).await;
    assert_eq!(names("one"), None, "it was struck off");
    std::fs::write(file.path(), "nonsense").unwrap();
    Env::system().sleep(Duration::from_millis(100)).await;
    assert_eq!(names("two").as_deref(), Some("two"), "what was good stays");
    becomes(&line("three", "three,write,*"), "three", Some("three")).await;
}

#[test]
fn a_faulty_line_is_named_and_not_quoted() {
    let good = line(CANARY, "a,write,*");
    let twice = format!("{good}{good}");
    for (text, fault) in [
        ("", "holds no token"),
        (CANARY, "line 1: has 1 fields"),
        (&*format!("{CANARY},a,write,*"), "line 1: begins with neither sha256:"),
        ("sha256:12,a,write,*", "line 1: the hash is not 64 hex digits"),
        (&*line("x", "a,wirte,*"), "scope \"wirte\" is none of"),
        (&*line("x", ",write,*"), "the name must have"),
        (&*line("x", "a,write,no tenant"), "tenant \"no tenant\" must be"),
        (&*line("x", "a,write"), "has 3 fields"),
        (&*twice, "line 2: the same token stands there twice"),
    ] {
        let found = TokenList::parse(text).err().unwrap_or_default();
        assert!(found.contains(fault), "{text:?}: {found}");
        assert!(!found.contains("CANARY"), "{found}");
    }
}

#[test]
fn a_new_token_fits_its_line() {
    let env = Env::system();
    let new = NewToken::generate("ci", &[Scope::Read, Scope::Write], &["*".to_owned()], &env).unwrap();
    let list = TokenList::parse(&new.line).unwrap();
    let principal = list.by_id(&TokenId::of(new.token.expose())).unwrap();
    assert_eq!((principal.name(), principal.scopes()), ("ci", &[Scope::Read, Scope::Write][..]));
    assert!(list.by_id(&TokenId::of("another")).is_none());
    assert!(!new.line.contains(new.token.expose()) && new.token.expose().len() > 64);
    for (name, tenant) in [("a,b", "*"), ("", "*"), ("a", "no tenant")] {
        let error = NewToken::generate(name, &[Scope::Read], &[tenant.to_owned()], &env).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
    }
}

/// Everything that is logged while it is the subscriber.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_line_and_no_debug_text_shows_a_token() {
    let log = Log::default();
    let written = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || written.clone())
        .finish();
    let file = file(&line(CANARY, "a,write,*"));
    let debug = tracing::subscriber::with_default(subscriber, || {
        let through = extensions(tokens(&file), None);
        let headers = headers(&[("authorization", &format!("Bearer {CANARY}"))]);
        let wrong = self::headers(&[("authorization", &format!("Bearer {CANARY}2"))]);
        let admitted = admit(&through, &headers, Scope::Write).unwrap();
        let error = admit(&through, &wrong, Scope::Write).unwrap_err();
        let secret = Secret::new(CANARY.to_owned());
        let client = crate::Client::new("127.0.0.1:1", Env::system()).unwrap().with_token(&secret).unwrap();
        format!("{through:?} {admitted:?} {error:?} {error} {secret:?} {client:?} {:?}", TokenId::of(CANARY))
    });
    let logged = String::from_utf8(log.0.lock().clone()).unwrap();
    assert!(logged.contains("bad_token"), "{logged}");
    let hash = &line(CANARY, "")[7..71];
    for hidden in ["CANARY", hash] {
        assert!(!logged.contains(hidden), "{logged}");
        assert!(!debug.contains(hidden), "{debug}");
    }
}
