//! Waiting, refusal, and that everything comes back.

use super::*;

const MIB: u64 = 1024 * 1024;

fn budget(wait: Duration) -> (Arc<Budget>, Gauge) {
    let gauge = Gauge::default();
    (Budget::new(4 * MIB, wait, gauge.clone(), Env::system()), gauge)
}

#[tokio::test]
async fn what_is_held_is_shown_and_given_back() {
    let (budget, gauge) = budget(Duration::ZERO);
    let mut charge = budget.open();
    charge.raise_to(10).await.unwrap();
    assert_eq!((charge.bytes(), gauge.get()), (CHARGE_STEP_BYTES, CHARGE_STEP_BYTES as i64));
    charge.raise_to(3 * MIB).await.unwrap();
    charge.lower_to(MIB);
    assert_eq!((charge.bytes(), gauge.get()), (MIB, MIB as i64));
    drop(charge);
    assert_eq!(gauge.get(), 0);
    assert_eq!(budget.room.available_permits() as u64, 4 * MIB);
}

#[tokio::test]
async fn the_last_bytes_can_be_had() {
    let (budget, _) = budget(Duration::ZERO);
    let mut charge = budget.open();
    charge.raise_to(4 * MIB - 1).await.unwrap();
    charge.raise_to(4 * MIB).await.unwrap();
    assert!(charge.raise_to(4 * MIB + 1).await.is_err());
}

#[tokio::test]
async fn a_request_waits_until_another_is_done() {
    let (budget, _) = budget(Duration::from_secs(5));
    let mut first = budget.open();
    first.raise_to(4 * MIB).await.unwrap();
    let mut second = budget.open();
    let (raised, ()) = tokio::join!(second.raise_to(MIB), async {
        Env::system().sleep(Duration::from_millis(20)).await;
        drop(first);
    });
    raised.unwrap();
}

#[tokio::test]
async fn a_request_that_waited_too_long_is_refused_with_a_delay() {
    let (budget, _) = budget(Duration::from_millis(20));
    let mut first = budget.open();
    first.raise_to(4 * MIB).await.unwrap();
    let mut second = budget.open();
    let error = second.raise_to(1).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    // What it waited counts against its next wait.
    assert!(second.wait_left < Duration::from_millis(5), "{:?}", second.wait_left);
}
