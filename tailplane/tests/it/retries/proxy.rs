//! A proxy that loses answers: the server has acknowledged, and its client sees the connection break.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use storage::env::Env;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

const FRAME_HEADER_BYTES: usize = 9;
const HEADERS: u8 = 1;
const END_STREAM: u8 = 1;
const CHUNK_BYTES: usize = 16 << 10;

/// Listens on a port of its own, passes everything on, and breaks a share of the connections when an answer comes back
/// on them, instead of handing it over.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    /// Where clients connect.
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    server: Mutex<SocketAddr>,
    drop_percent: u64,
    dice: Mutex<u64>,
    answers: AtomicU64,
    dropped: AtomicU64,
}

impl Proxy {
    /// In front of the gRPC port `server`.
    pub(crate) async fn start(server: SocketAddr, drop_percent: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            server: Mutex::new(server),
            drop_percent,
            dice: Mutex::new(0x9e37_79b9_7f4a_7c15),
            answers: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        });
        let (accepting, tasks) = (Arc::clone(&shared), Env::system());
        Env::system().spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let shared = Arc::clone(&accepting);
                tasks.spawn(async move {
                    // Whatever ends a connection ends both sides of it.
                    let _ended = shared.pass(client).await;
                });
            }
        });
        Self { address, shared }
    }

    /// The server has moved.
    pub(crate) fn point_to(&self, server: SocketAddr) {
        *self.shared.server.lock() = server;
    }

    /// Answers that came from the server.
    pub(crate) fn answers(&self) -> u64 {
        self.shared.answers.load(Ordering::Relaxed)
    }

    /// Answers that its clients never saw.
    pub(crate) fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

impl Shared {
    async fn pass(&self, client: TcpStream) -> std::io::Result<()> {
        let server = *self.server.lock();
        let server = TcpStream::connect(server).await?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (mut from_client, to_client) = client.into_split();
        let (from_server, mut to_server) = server.into_split();
        tokio::select! {
            sent = copy(&mut from_client, &mut to_server) => sent.map(drop),
            answered = self.pass_answers(from_server, to_client) => answered,
        }
    }

    /// Hands over whole HTTP/2 frames, until the end of an answer is one to lose.
    async fn pass_answers(
        &self,
        mut server: OwnedReadHalf,
        mut client: OwnedWriteHalf,
    ) -> std::io::Result<()> {
        let (mut buffer, mut chunk) = (Vec::new(), vec![0; CHUNK_BYTES]);
        loop {
            let read = server.read(&mut chunk).await?;
            if read == 0 {
                return Ok(());
            }
            buffer.extend_from_slice(&chunk[..read]);
            let mut whole = 0;
            while let Some(frame) = buffer.get(whole..).and_then(first_frame) {
                if frame[3] == HEADERS && frame[4] & END_STREAM != 0 && self.loses() {
                    return Ok(());
                }
                whole += frame.len();
            }
            client.write_all(&buffer[..whole]).await?;
            buffer.drain(..whole);
        }
    }

    fn loses(&self) -> bool {
        self.answers.fetch_add(1, Ordering::Relaxed);
        let mut dice = self.dice.lock();
        *dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let loses = (*dice >> 33) % 100 < self.drop_percent;
        if loses {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        loses
    }
}

/// The first frame of `bytes`, if it is all there.
fn first_frame(bytes: &[u8]) -> Option<&[u8]> {
    let header = bytes.get(..FRAME_HEADER_BYTES)?;
    let length = usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2]);
    bytes.get(..FRAME_HEADER_BYTES + length)
}
