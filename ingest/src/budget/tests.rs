//! Waiting, refusal, turns, and that everything comes back.

use futures::FutureExt;

use super::*;

const MIB: u64 = 1024 * 1024;

fn budget() -> (Arc<Budget>, Gauge) {
    let gauge = Gauge::default();
    (Budget::new(4 * MIB, gauge.clone(), Env::system()), gauge)
}

fn open(budget: &Arc<Budget>, wait_max: Duration) -> Charge {
    budget.open(&Tenant::default_tenant(), wait_max)
}

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).unwrap()
}

#[tokio::test]
async fn what_is_held_is_shown_and_given_back() {
    let (budget, gauge) = budget();
    let mut charge = open(&budget, Duration::ZERO);
    charge.raise_to(10).await.unwrap();
    assert_eq!((charge.held, gauge.get()), (CHARGE_STEP_BYTES, CHARGE_STEP_BYTES as i64));
    charge.raise_to(3 * MIB).await.unwrap();
    charge.lower_to(MIB);
    assert_eq!((charge.held, gauge.get()), (MIB, MIB as i64));
    drop(charge);
    assert_eq!((gauge.get(), budget.room.taken()), (0, 0));
}

#[tokio::test]
async fn the_last_bytes_can_be_had() {
    let (budget, _) = budget();
    let mut charge = open(&budget, Duration::ZERO);
    charge.raise_to(4 * MIB - 1).await.unwrap();
    charge.raise_to(4 * MIB).await.unwrap();
    assert!(charge.raise_to(4 * MIB + 1).await.is_err());
}

#[tokio::test]
async fn a_request_waits_until_another_is_done() {
    let (budget, gauge) = budget();
    let mut first = open(&budget, Duration::ZERO);
    first.raise_to(4 * MIB).await.unwrap();
    let mut second = open(&budget, Duration::from_secs(5));
    let (raised, ()) = tokio::join!(second.raise_to(MIB), async {
        Env::system().sleep(Duration::from_millis(20)).await;
        drop(first);
    });
    raised.unwrap();
    drop(second);
    assert_eq!(gauge.get(), 0);
}

#[tokio::test]
async fn a_request_that_waited_too_long_is_refused_with_a_delay() {
    let (budget, gauge) = budget();
    let mut first = open(&budget, Duration::ZERO);
    first.raise_to(4 * MIB).await.unwrap();
    let mut second = open(&budget, Duration::from_millis(20));
    let error = second.raise_to(1).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    // What it waited counts against its next wait.
    assert!(second.wait_left() < Duration::from_millis(5), "{:?}", second.wait_left());
    drop((first, second));
    assert_eq!(gauge.get(), 0);
}

#[tokio::test]
async fn tenants_take_turns() {
    let (budget, _) = budget();
    let mut hog = open(&budget, Duration::ZERO);
    hog.raise_to(4 * MIB).await.unwrap();
    let served = parking_lot::Mutex::new(Vec::new());
    let wait = |name: &'static str| {
        let (budget, served) = (&budget, &served);
        async move {
            let mut charge = budget.open(&tenant(name), Duration::from_secs(5));
            charge.raise_to(4 * MIB).await.unwrap();
            served.lock().push(name);
        }
    };
    let greedy = futures::future::join_all((0..5).map(|_| wait("greedy")));
    let ((), _, ()) = tokio::join!(
        async {
            Env::system().sleep(Duration::from_millis(20)).await;
            drop(hog);
        },
        greedy,
        wait("modest"),
    );
    assert_eq!(served.lock()[..2], ["greedy", "modest"], "{:?}", served.lock());
}

#[tokio::test]
async fn who_leaves_does_not_hold_up_the_others_and_takes_nothing_along() {
    let (budget, gauge) = budget();
    let mut first = open(&budget, Duration::ZERO);
    first.raise_to(3 * MIB).await.unwrap();
    let (mut large, mut small) =
        (open(&budget, Duration::from_millis(20)), open(&budget, Duration::from_secs(5)));
    let (refused, raised) = tokio::join!(large.raise_to(4 * MIB), small.raise_to(MIB));
    assert!(refused.is_err());
    raised.unwrap();

    // A grant that was sent to one who left before taking it.
    let mut gone = open(&budget, Duration::from_secs(5));
    let mut waiting = Box::pin(gone.raise_to(MIB));
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(small);
    drop(waiting);
    drop((first, large, gone));
    assert_eq!((gauge.get(), budget.room.taken()), (0, 0));
}
