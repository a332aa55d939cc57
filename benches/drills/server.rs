//! The server's binary as a process: started on a folder, killed, started again.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How a server is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The binary.
    pub binary: PathBuf,
    /// `storage.url`.
    pub data: PathBuf,
    /// Where its log goes, appended.
    pub log: PathBuf,
    /// Further settings, `key=value`.
    pub settings: Vec<String>,
    /// OTLP/gRPC, OTLP/HTTP and web addresses; port 0 takes any free one.
    pub listen: [SocketAddr; 3],
}

/// A process that may not listen yet; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    log: PathBuf,
}

/// Where a server listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// OTLP/gRPC.
    pub grpc: SocketAddr,
    /// API and page.
    pub web: SocketAddr,
}

impl Launch {
    /// On free ports of this machine.
    #[must_use]
    pub fn new(binary: PathBuf, data: PathBuf, log: PathBuf) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { binary, data, log, settings: Vec::new(), listen: [any; 3] }
    }

    /// Flushes so often that faults hit them.
    #[must_use]
    pub fn flushing_often(mut self) -> Self {
        self.settings.extend(["storage.flush_interval=200ms", "storage.flush_bytes=1MiB"].map(str::to_owned));
        self
    }

    /// Starts it and does not wait.
    ///
    /// # Errors
    /// When the binary cannot be run.
    pub fn spawn(&self) -> anyhow::Result<Server> {
        let mut command = Command::new(&self.binary);
        command.stdin(Stdio::null());
        self.spawn_command(command)
    }

    /// Starts `command`, which runs the binary with the arguments it is given.
    ///
    /// # Errors
    /// When it cannot be run.
    pub fn spawn_command(&self, mut command: Command) -> anyhow::Result<Server> {
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TAILPLANE__")) {
            command.env_remove(name);
        }
        command.arg("serve").arg("--set").arg(format!("storage.url={}", self.data.display()));
        let keys = ["ingest.grpc_listen", "ingest.http_listen", "web.listen"];
        let listen = keys.iter().zip(self.listen).map(|(key, address)| format!("{key}={address}"));
        for setting in listen.chain(self.settings.iter().cloned()) {
            command.args(["--set", &setting]);
        }
        command.stdout(Stdio::piped()).stderr(self.log_file()?);
        let child =
            command.spawn().with_context(|| format!("cannot run the server {}", self.binary.display()))?;
        Ok(Server { child, log: self.log.clone() })
    }

    /// Where its log goes.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn log_file(&self) -> anyhow::Result<File> {
        let opened = OpenOptions::new().create(true).append(true).open(&self.log);
        opened.with_context(|| format!("cannot write {}", self.log.display()))
    }
}

impl Server {
    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Reads its output until it is ready; blocks.
    ///
    /// # Errors
    /// When it ends before, with the end of its log.
    pub fn wait_ready(&mut self) -> anyhow::Result<Addresses> {
        let stdout = self.child.stdout.as_mut().context("its output was read already")?;
        let mut lines = BufReader::new(stdout).lines();
        let (mut grpc, mut web) = (None, None);
        while let Some(line) = lines.next().transpose()? {
            if let Some(address) = line.strip_prefix("listening ingest.grpc_listen ") {
                grpc = Some(address.parse()?);
            } else if let Some(address) = line.strip_prefix("listening web.listen ") {
                web = Some(address.parse()?);
            } else if line.starts_with("ready ") {
                let (grpc, web) = grpc.zip(web).context("ready without addresses")?;
                return Ok(Addresses { grpc, web });
            }
        }
        bail!("the server ended before it was ready; the end of its log:\n{}", self.log_end())
    }

    /// Sends it `signal`.
    ///
    /// # Errors
    /// When it is gone.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        send_signal(self.pid(), signal)
    }

    /// Sends it `signal` and waits for its end; blocks.
    ///
    /// # Errors
    /// When it is gone.
    pub fn stop(mut self, signal: Signal) -> anyhow::Result<ExitStatus> {
        self.signal(signal)?;
        Ok(self.child.wait()?)
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// When that cannot be known.
    pub fn is_running(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// The last lines of its log.
    #[must_use]
    pub fn log_end(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Sends `signal` to the server with that process id.
///
/// # Errors
/// When it is gone.
pub fn send_signal(pid: u32, signal: Signal) -> anyhow::Result<()> {
    Ok(kill(Pid::from_raw(i32::try_from(pid)?), signal)?)
}
