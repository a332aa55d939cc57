//! How sessions begin and end.

use std::sync::Arc;

use door::{NewToken, Scope};
use storage::env::ManualClock;

use super::*;

fn headers(cookie: &str) -> HeaderMap {
    let pair = cookie.split(';').next().unwrap();
    HeaderMap::from_iter([(COOKIE, format!("other=1; {pair}; more=2").parse().unwrap())])
}

fn token() -> TokenId {
    let token = NewToken::generate("a", &[Scope::Read], &["*".to_owned()], &Env::system()).unwrap();
    TokenId::of(token.token.expose())
}

#[test]
fn a_session_is_found_by_its_cookie_until_it_is_too_old_or_closed() {
    let clock = Arc::new(ManualClock::at(0));
    let env = Env::with_clock(Arc::<ManualClock>::clone(&clock));
    let sessions = Sessions::new(&Config { session_age_max: Duration::from_secs(10), ..Config::default() });
    let (one, other) = (token(), token());
    let cookies = [sessions.open(one, false, &env), sessions.open(other, true, &env)];
    assert!(cookies[0].ends_with("; Path=/; Max-Age=10; HttpOnly; SameSite=Strict"), "{}", cookies[0]);
    assert!(cookies[1].ends_with("; SameSite=Strict; Secure"), "{}", cookies[1]);
    assert_eq!(
        cookies.each_ref().map(|cookie| sessions.find(&headers(cookie), &env)),
        [Some(one), Some(other)]
    );
    assert_eq!(sessions.find(&headers("tailplane_session=guess"), &env), None);
    assert_eq!(sessions.find(&HeaderMap::new(), &env), None);

    let gone = sessions.close(&headers(&cookies[0]), false);
    assert!(gone.starts_with("tailplane_session=; Path=/; Max-Age=0;"), "{gone}");
    assert_eq!(cookies.each_ref().map(|cookie| sessions.find(&headers(cookie), &env)), [None, Some(other)]);
    clock.advance(Duration::from_secs(10));
    assert_eq!(sessions.find(&headers(&cookies[1]), &env), None);
}

#[test]
fn the_oldest_session_makes_room() {
    let clock = Arc::new(ManualClock::at(0));
    let env = Env::with_clock(Arc::<ManualClock>::clone(&clock));
    let sessions = Sessions::new(&Config { sessions_max: 2, ..Config::default() });
    let cookies: Vec<String> = (0..3)
        .map(|_| {
            clock.advance(Duration::from_secs(1));
            sessions.open(token(), false, &env)
        })
        .collect();
    let found: Vec<bool> =
        cookies.iter().map(|cookie| sessions.find(&headers(cookie), &env).is_some()).collect();
    assert_eq!(found, [false, true, true]);
}
