//! A served binary on free ports, in a folder of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use tempfile::TempDir;

use crate::command::tailplane;

/// A running `tailplane serve`; killed when dropped.
pub(crate) struct Server {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// OTLP/gRPC.
    pub(crate) grpc: SocketAddr,
    /// OTLP/HTTP.
    pub(crate) http: SocketAddr,
    /// API and page.
    pub(crate) web: SocketAddr,
}

impl Server {
    /// Starts it over `folder` and waits until every address is printed.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        let log = File::create(folder.join("stderr.log")).expect("a log file");
        let mut child = tailplane()
            .arg("serve")
            .args(["--set", "ingest.grpc_listen=127.0.0.1:0", "--set", "ingest.http_listen=127.0.0.1:0"])
            .args(["--set", "web.listen=127.0.0.1:0"])
            .arg("--set")
            .arg(format!("storage.url={}", folder.join("data").display()))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut address = |key: &str| {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("it prints");
            let text = line.strip_prefix(&format!("listening {key} ")).unwrap_or_default();
            let log = || std::fs::read_to_string(folder.join("stderr.log")).unwrap_or_default();
            assert!(!text.is_empty(), "no address for {key} in {line:?}; the log:\n{}", log());
            text.trim_end().parse().expect("an address")
        };
        let [grpc, http, web] = ["ingest.grpc_listen", "ingest.http_listen", "web.listen"].map(&mut address);
        Self { child, stdout, grpc, http, web }
    }

    /// The next line it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it prints");
        line
    }

    /// Asks it to end with `signal`, such as `TERM`, and waits.
    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        let killed = Command::new("kill").arg(format!("-{signal}")).arg(self.child.id().to_string()).status();
        assert!(killed.expect("kill runs").success());
        self.child.wait().expect("it ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// An empty folder, removed when dropped.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}
