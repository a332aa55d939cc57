//! Random lives of a log against a list.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

use super::sim_disk::Dice;
use super::{SimDisk, append, config, data, open, record};
use crate::wal::{Content, Record, WalConfig};

#[derive(Debug, Clone)]
enum Step {
    Append(usize),
    Boundary,
    /// Trims this many percent of the records.
    Trim(u64),
    Stop,
    Kill,
    CutPower(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        10 => (0_usize..5000).prop_map(Step::Append),
        1 => (10_000_usize..60_000).prop_map(Step::Append),
        1 => Just(Step::Boundary),
        2 => (0_u64..=100).prop_map(Step::Trim),
        1 => Just(Step::Stop),
        1 => Just(Step::Kill),
        1 => any::<u64>().prop_map(Step::CutPower),
    ]
}

async fn replay_equals(
    disk: &SimDisk,
    config: &WalConfig,
    model: &[Record],
    trimmed: u64,
) -> super::Wal<u64> {
    let (wal, recovery, _) = open(disk, config.clone()).unwrap();
    assert_eq!(wal.next_sequence(), model.len() as u64 + 1);
    let replayed: Vec<_> = recovery.records(trimmed).unwrap().map(Result::unwrap).collect();
    assert_eq!(replayed, model[trimmed as usize..]);
    wal
}

async fn run(steps: Vec<Step>) {
    let (disk, config) = (SimDisk::default(), WalConfig { bytes_max: 4 << 20, ..config() });
    let (mut model, mut trimmed) = (Vec::<Record>::new(), 0);
    let mut wal = replay_equals(&disk, &config, &model, 0).await;
    for step in steps {
        let sequence = model.len() as u64 + 1;
        match step {
            Step::Append(bytes) => {
                assert_eq!(append(&wal, sequence, bytes).await.unwrap(), sequence);
                model.push(record(sequence, data(sequence, bytes)));
            }
            Step::Boundary => {
                let description = Bytes::from(sequence.to_string());
                assert_eq!(wal.append_boundary(description.clone()).await.unwrap(), sequence);
                model.push(record(sequence, Content::FlushBoundary { description }));
            }
            Step::Trim(percent) => {
                trimmed = trimmed.max(model.len() as u64 * percent / 100);
                wal.trim(trimmed).unwrap();
            }
            Step::Stop => {
                wal.stop().await;
                wal = replay_equals(&disk, &config, &model, trimmed).await;
            }
            Step::Kill | Step::CutPower(_) => {
                match step {
                    Step::CutPower(seed) => disk.cut_power(&mut Dice(seed)),
                    _ => disk.kill(),
                }
                wal.stop().await;
                wal = replay_equals(&disk, &config, &model, trimmed).await;
            }
        }
    }
    wal.stop().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_life_keeps_what_it_acknowledged(steps in vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(steps));
    }
}
