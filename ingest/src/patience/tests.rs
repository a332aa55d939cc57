//! A log that is full for a while: who waits, for how long, and in which order.

use std::cell::{Cell, RefCell};

use super::*;

fn full() -> storage::Error {
    storage::Error::new(ErrorKind::Overloaded { retry_after: Duration::from_secs(1) }, "full")
}

#[tokio::test]
async fn a_log_with_room_is_asked_once() {
    let (patience, asked) = (Patience::new(), Cell::new(0));
    let append = || {
        asked.set(asked.get() + 1);
        async { Ok::<_, storage::Error>(7) }
    };
    assert_eq!(patience.append(&Env::system(), Duration::ZERO, append).await.unwrap(), 7);
    assert_eq!(asked.get(), 1);
}

#[tokio::test]
async fn who_waits_is_served_in_order_when_there_is_room() {
    let (patience, env, is_full) = (Patience::new(), Env::system(), Cell::new(true));
    let served = RefCell::new(Vec::new());
    let append = |number: u32| {
        let (patience, env, is_full, served) = (&patience, &env, &is_full, &served);
        async move {
            let append = || async move {
                if is_full.get() {
                    return Err(full());
                }
                served.borrow_mut().push(number);
                // Becoming durable takes a moment, in which the next one is asked for.
                env.sleep(Duration::from_millis(1)).await;
                Ok(())
            };
            patience.append(env, Duration::from_secs(5), append).await.unwrap();
        }
    };
    tokio::join!(append(1), append(2), append(3), async {
        env.sleep(Duration::from_millis(50)).await;
        is_full.set(false);
        // A newcomer goes to the end.
        append(4).await;
    });
    assert_eq!(*served.borrow(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_log_that_stays_full_refuses_after_the_wait() {
    let (patience, env) = (Patience::new(), Env::system());
    let append = || async { Err::<(), _>(full()) };
    let began = env.monotonic();
    let wait = Duration::from_millis(60);
    let (one, other) = tokio::join!(patience.append(&env, wait, append), patience.append(&env, wait, append));
    assert!(is_full(&one.unwrap_err()) && is_full(&other.unwrap_err()));
    let waited = env.monotonic().saturating_sub(began);
    assert!((wait..Duration::from_secs(2)).contains(&waited), "{waited:?}");
}

#[tokio::test]
async fn other_errors_are_not_waited_for() {
    let asked = Cell::new(0);
    let append = || {
        asked.set(asked.get() + 1);
        async { Err::<(), _>(storage::Error::new(ErrorKind::Unavailable, "the disk is gone")) }
    };
    let error = Patience::new().append(&Env::system(), Duration::from_secs(5), append).await.unwrap_err();
    assert_eq!((error.kind, asked.get()), (ErrorKind::Unavailable, 1));
}
