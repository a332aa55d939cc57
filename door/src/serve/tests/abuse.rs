//! Peers that misuse HTTP, with raw frames over real sockets: each is cut, and a healthy client goes on.

use super::*;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `POST http://x/` in HPACK: three entries of the static table and a literal.
const REQUEST: &[u8] = &[0x83, 0x86, 0x84, 0x41, 1, b'x'];

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A peer that opens HTTP/2, says `opening` and then `unit` over and over; how many of them until it is cut, `None`
/// when it is not within ten seconds.
async fn frames_until_cut(server: &Server, opening: Vec<u8>, unit: fn(u32) -> Vec<u8>) -> Option<u32> {
    let (mut read, mut write) = connect(server).await.into_split();
    let mut sent = 0;
    let talk = async {
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        let opening = [preface, frame(SETTINGS, 0, 0, b""), opening].concat();
        write.write_all(&opening).await?;
        loop {
            write.write_all(&unit(sent)).await?;
            sent += 1;
            tokio::task::yield_now().await;
        }
        #[expect(unreachable_code, reason = "it names the type of the error")]
        Ok::<(), std::io::Error>(())
    };
    let mut answers = Vec::new();
    let env = Env::system();
    let is_cut = tokio::select! {
        // Either way of noticing will do.
        _ = talk => true,
        _ = read.read_to_end(&mut answers) => true,
        () = env.sleep(Duration::from_secs(10)) => false,
    };
    is_cut.then_some(sent)
}

/// Asks over and over until `stop`; the slowest answer.
async fn ask_until(server: &Server, stop: watch::Receiver<bool>) -> Duration {
    let env = Env::system();
    let client = Client::new(&server.address().to_string(), env.clone()).unwrap();
    let mut slowest = Duration::ZERO;
    while !*stop.borrow() {
        let began = env.monotonic();
        let answer = client.send(Request::post("/").body(Full::default()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        slowest = slowest.max(env.monotonic() - began);
    }
    slowest
}

type Abuse = (&'static str, Vec<u8>, fn(u32) -> Vec<u8>);

fn abuses() -> [Abuse; 7] {
    [
        ("rapid reset", vec![], |number| {
            let stream = number * 2 + 1;
            let open = frame(HEADERS, END_HEADERS, stream, REQUEST);
            [open, frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())].concat()
        }),
        ("PING", vec![], |number| frame(PING, 0, 0, &u64::from(number).to_be_bytes())),
        ("SETTINGS", vec![], |_| frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0])),
        ("PRIORITY", vec![], |_| frame(PRIORITY, 0, 1, &[0, 0, 0, 3, 7])),
        ("empty DATA", frame(HEADERS, END_HEADERS, 1, REQUEST), |_| frame(DATA, 0, 1, b"")),
        ("CONTINUATION", frame(HEADERS, 0, 1, REQUEST), |_| {
            frame(CONTINUATION, 0, 1, b"\x00\x01a\x7f\xff\x1e")
        }),
        ("small CONTINUATION", frame(HEADERS, 0, 1, REQUEST), |_| frame(CONTINUATION, 0, 1, b"\x82")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_are_cut_and_a_healthy_client_goes_on() {
    let server = start(Config::default(), Duration::ZERO).await;
    let (stop, stopped) = watch::channel(false);
    let flood = async {
        for (name, opening, unit) in abuses() {
            let frames = frames_until_cut(&server, opening, unit).await;
            assert!(frames.is_some(), "a flood of {name} was not cut");
        }
        stop.send_replace(true);
    };
    let ((), slowest) = tokio::join!(flood, ask_until(&server, stopped));
    assert!(slowest < Duration::from_secs(1), "a healthy client waited for {slowest:?}");
}

#[tokio::test]
async fn a_header_bomb_is_refused() {
    let server = start(Config::default(), Duration::ZERO).await;
    // One entry of 3,000 bytes in the dynamic table (HPACK literal with indexing, length 127 + 2,873), then named again.
    let mut block = [REQUEST, b"\x40\x01a\x7f\xb9\x16"].concat();
    block.extend([b'b'; 3_000]);
    block.extend([0xbe; 1_000]);
    let mut stream = connect(&server).await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    let request = frame(HEADERS, END_HEADERS | END_STREAM, 1, &block);
    stream.write_all(&[preface, frame(SETTINGS, 0, 0, b""), request].concat()).await.unwrap();
    let mut answer = vec![0; 4096];
    let mut bytes = 0;
    let asked = async {
        // Status 431 as text, or GOAWAY with the reason for what is far above the limit.
        let says = |answer: &[u8], word: &[u8]| answer.windows(word.len()).any(|text| text == word);
        while !says(&answer[..bytes], b"431") && !says(&answer[..bytes], b"header_list_way_too_large") {
            let read = stream.read(&mut answer[bytes..]).await.unwrap();
            assert!(read > 0, "closed after {:?}", &answer[..bytes]);
            bytes += read;
        }
    };
    tokio::time::timeout(Duration::from_secs(3), asked).await.expect("a refusal");
}

#[tokio::test]
async fn idle_sockets_do_not_keep_others_out() {
    let config =
        Config { connections_max: 50, handshake_timeout: Duration::from_millis(300), ..Config::default() };
    let server = start(config, Duration::ZERO).await;
    let mut idle = Vec::new();
    for _ in 0..50 {
        idle.push(connect(&server).await);
    }
    let client = Client::new(&server.address().to_string(), Env::system()).unwrap();
    let ask = async || client.send(Request::post("/").body(Full::default()).unwrap()).await;
    for stream in &mut idle {
        assert_eq!(read_to_end(stream).await.as_deref(), Some(""));
    }
    assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
}
