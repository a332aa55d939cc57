//! Answers that get lost, and a server that is killed meanwhile: clients that send the same bytes again are counted once,
//! and what clients that batch anew leave behind is known.

mod proxy;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;
use ingest::{Exporter, RetryPolicy};
use parking_lot::Mutex;
use proto::capture::{self, Rewrite};
use proto::{Tenant, TimeRange};
use query::Engine;
use storage::env::Env;
use storage::{SpanInstant, Storage};
use tokio::sync::watch;

use self::proxy::Proxy;
use crate::pipeline::{block_on, fixture, plain_spans};
use crate::server::{Server, folder};

const DROP_PERCENT: u64 = 30;
/// A client that batches anew puts so many requests into one, at most.
const JOINED_MAX: usize = 8;
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a drill is.
struct Drill {
    /// Lives of the server, each ended by kill -9.
    lives: u32,
    life: Duration,
    /// Clients of either kind.
    clients: u64,
    flush_interval: &'static str,
}

/// What the clients of one kind sent.
#[derive(Clone)]
struct Sending {
    body: Arc<Vec<u8>>,
    next: Arc<AtomicU64>,
    attempts: Arc<AtomicU64>,
    acknowledged: Arc<Mutex<Vec<u64>>>,
}

/// Spans there are, of one kind of clients.
#[derive(Debug, PartialEq, Eq)]
struct Count {
    /// Of acknowledged requests.
    acknowledged: u64,
    /// Acknowledged and not there.
    lost: u64,
    /// Beyond the first of each.
    duplicates: u64,
}

impl Sending {
    /// Requests whose ids begin with `first`.
    fn new(body: &[u8], first: u64) -> Self {
        Self {
            body: Arc::new(body.to_vec()),
            next: Arc::new(AtomicU64::new(first)),
            attempts: Arc::default(),
            acknowledged: Arc::default(),
        }
    }

    fn next(&self) -> (u64, Vec<u8>) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut body = self.body.to_vec();
        let mut trace_id_xor = [0; 16];
        trace_id_xor[..8].copy_from_slice(&number.to_be_bytes());
        let rewrite = Rewrite { trace_id_xor, span_id_xor: number.to_be_bytes(), time_shift_ns: 0 };
        capture::rewrite(&mut body, &rewrite).expect("a captured request");
        (number, body)
    }

    /// Sends each request, with the same bytes, until it is acknowledged.
    async fn repeat(self, url: String, stopped: watch::Receiver<bool>) {
        let policy = RetryPolicy { backoff: Duration::from_millis(20), ..RetryPolicy::patient(PATIENCE) };
        let exporter = Exporter::connect(&url, policy, Env::system()).await.expect("it connects");
        while !*stopped.borrow() {
            let (number, body) = self.next();
            let ack = exporter.export(&body).await.expect("in the end it is acknowledged");
            self.attempts.fetch_add(ack.attempts.into(), Ordering::Relaxed);
            self.acknowledged.lock().push(number);
        }
    }

    /// Sends what was not acknowledged again, together with what has come since or in another order.
    async fn batch_anew(self, url: String, stopped: watch::Receiver<bool>) {
        let exporter = Exporter::connect(&url, RetryPolicy::single_attempt(), Env::system()).await;
        let exporter = exporter.expect("it connects");
        let mut waiting: Vec<(u64, Vec<u8>)> = Vec::new();
        while !(*stopped.borrow() && waiting.is_empty()) {
            if waiting.len() < JOINED_MAX && !*stopped.borrow() {
                waiting.push(self.next());
            } else {
                waiting.rotate_left(1);
            }
            let body: Vec<u8> = waiting.iter().flat_map(|(_, body)| body.iter().copied()).collect();
            self.attempts.fetch_add(1, Ordering::Relaxed);
            match exporter.export(&body).await {
                Ok(_) => self.acknowledged.lock().extend(waiting.drain(..).map(|(number, _)| number)),
                Err(_) => Env::system().sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// Compares with how often each span was found, by number and span.
    fn count(&self, found: &Found, per_request: u64, numbers: std::ops::Range<u64>) -> Count {
        let (mut rows, mut spans) = (0, HashMap::<u64, u64>::new());
        for ((number, _), times) in found.iter().filter(|((number, _), _)| numbers.contains(number)) {
            rows += times;
            *spans.entry(*number).or_default() += 1;
        }
        let acknowledged = self.acknowledged.lock();
        let there = |number: &u64| spans.get(number).copied().unwrap_or_default();
        Count {
            acknowledged: acknowledged.len() as u64 * per_request,
            lost: acknowledged.iter().map(|number| per_request - there(number)).sum(),
            duplicates: rows - spans.values().sum::<u64>(),
        }
    }
}

#[test]
fn lost_answers_and_kills_leave_each_repeated_request_once() {
    run(&Drill { lives: 4, life: Duration::from_millis(1_500), clients: 2, flush_interval: "400ms" });
}

#[test]
#[ignore = "minutes: make drill-retries"]
fn lost_answers_and_kills_for_minutes() {
    run(&Drill { lives: 20, life: Duration::from_secs(4), clients: 8, flush_interval: "1s" });
}

#[expect(clippy::print_stdout, reason = "the figures are what the long one is for")]
fn run(drill: &Drill) {
    let folder = folder();
    let body = fixture("calm").into_iter().filter(|request| request.len() > 2_000).min_by_key(Vec::len);
    let body = body.expect("a request");
    let per_request = plain_spans(std::slice::from_ref(&body)).len() as u64;
    let trace_ids: Vec<_> =
        plain_spans(std::slice::from_ref(&body)).iter().map(|plain| plain.span.trace_id.0).collect();
    let middle = 1 << 40;
    let (repeated, batched) = (Sending::new(&body, 1), Sending::new(&body, middle));
    let proxy = block_on(send(drill, folder.path(), &repeated, &batched));
    let looks = block_on(look(&folder.path().join("data"), &trace_ids));
    let found = [&looks.replayed, &looks.flushed, &looks.compacted];
    let repeated_counts = found.map(|found| repeated.count(found, per_request, 1..middle));
    let batched_counts = found.map(|found| batched.count(found, per_request, middle..u64::MAX));
    let doubtful = looks.possible_duplicates;
    println!(
        "{} lives; {} of {} answers lost; the same bytes again ({} attempts): {:?}; batched anew ({} attempts): {:?}, \
         after a flush {:?}, after compaction to {} files {:?}; possible_duplicates {doubtful}",
        drill.lives,
        proxy.dropped(),
        proxy.answers(),
        repeated.attempts.load(Ordering::Relaxed),
        repeated_counts[0],
        batched.attempts.load(Ordering::Relaxed),
        batched_counts[0],
        batched_counts[1],
        looks.files,
        batched_counts[2],
    );
    assert!(proxy.dropped() > 10, "answers lost: {}", proxy.dropped());
    for count in &repeated_counts {
        assert!(count.acknowledged > 100, "{count:?}");
        assert_eq!((count.lost, count.duplicates), (0, 0));
    }
    assert!(batched_counts.iter().all(|count| count.lost == 0), "{batched_counts:?}");
    // An hour that ends meanwhile leaves a file for each.
    assert!(batched_counts[2].duplicates == 0 || looks.files > 1, "{:?}", batched_counts[2]);
    assert!(doubtful || batched_counts[0].duplicates == 0, "duplicates, and no word of it");
}

/// Sends through lost answers and killed servers. What is left is a folder nobody has stopped properly.
async fn send(drill: &Drill, folder: &Path, repeated: &Sending, batched: &Sending) -> Proxy {
    let flush_interval = format!("storage.flush_interval={}", drill.flush_interval);
    let start = || Server::start(folder, &["--set", &flush_interval]);
    let mut server = start();
    let proxy = Proxy::start(server.grpc, DROP_PERCENT).await;
    let url = format!("http://{}", proxy.address);
    let stop = watch::Sender::new(false);
    let mut clients = Vec::new();
    for _ in 0..drill.clients {
        clients.push(Env::system().spawn(repeated.clone().repeat(url.clone(), stop.subscribe())));
        clients.push(Env::system().spawn(batched.clone().batch_anew(url.clone(), stop.subscribe())));
    }
    for _ in 1..drill.lives {
        Env::system().sleep(drill.life).await;
        server.stop("KILL");
        server = start();
        proxy.point_to(server.grpc);
    }
    Env::system().sleep(drill.life).await;
    stop.send_replace(true);
    for client in clients {
        client.await.expect("a client ends");
    }
    server.stop("KILL");
    proxy
}

/// How often each span is there.
type Found = HashMap<(u64, u64), u64>;

/// What is found in a folder, step by step.
struct Looks {
    replayed: Found,
    flushed: Found,
    compacted: Found,
    /// Files of the table at the end.
    files: usize,
    /// Whether an answer says that spans may be there more than once, before the flush.
    possible_duplicates: bool,
}

async fn look(data: &Path, trace_ids: &[[u8; 16]]) -> Looks {
    let config = storage::Config {
        url: data.display().to_string(),
        flush_interval: Duration::from_secs(3600),
        retention: Duration::from_secs(100 * 365 * 24 * 3600),
        ..storage::Config::default()
    };
    let storage = Storage::open(config, Env::system(), Arc::new(ingest::decode_requests)).await;
    let storage = storage.expect("it opens after a kill");
    storage.replayed().await.expect("it is replayed");
    let selection = storage.snapshot().select(&Tenant::default(), TimeRange::ALL, SpanInstant::Any);
    let replayed = spans(&storage, trace_ids).await;
    storage.flush().await.expect("a flush");
    let flushed = spans(&storage, trace_ids).await;
    while storage.compact().await.expect("a merge").is_some() {}
    let compacted = spans(&storage, trace_ids).await;
    let files = storage.snapshot().table.files.len();
    storage.stop().await;
    let possible_duplicates = selection.completeness.possible_duplicates;
    Looks { replayed, flushed, compacted, files, possible_duplicates }
}

/// How often each span is there, by the number of its request and its own.
async fn spans(storage: &Arc<Storage>, trace_ids: &[[u8; 16]]) -> Found {
    let config = query::Config {
        timeout: Duration::from_secs(300),
        sql_rows_max: 100_000_000,
        ..query::Config::default()
    };
    let engine = Engine::new(config, Arc::clone(storage)).expect("an engine");
    let text = "SELECT trace_id, span_id, count(*) FROM spans GROUP BY trace_id, span_id";
    let answer = engine.sql(Tenant::default(), text.to_owned()).await.expect("the ids");
    let word = |bytes: &[u8]| u64::from_be_bytes(bytes[..8].try_into().expect("8 bytes"));
    // What is left of an id without its number tells whose it was.
    let number_of: HashMap<u64, u64> = trace_ids.iter().map(|id| (word(&id[8..]), word(id))).collect();
    let mut found = HashMap::new();
    for batch in &answer.batches {
        let id = |column: usize, row: usize| batch.column(column).as_fixed_size_binary().value(row);
        let counts = batch.column(2).as_primitive::<Int64Type>().values();
        for (row, count) in counts.iter().enumerate() {
            let number = word(id(0, row)) ^ number_of[&word(&id(0, row)[8..])];
            found.insert((number, word(id(1, row))), count.unsigned_abs());
        }
    }
    found
}
