//! A throw-away PostgreSQL for tests and benchmarks.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::packages;

/// The variables by which tests and benchmark find a server.
pub(crate) const FOR_TESTS: &str = "BAILIWICK_TEST_POSTGRES";
pub(crate) const FOR_BENCH: &str = "BAILIWICK_BENCH_POSTGRES";

/// A PostgreSQL that a command can be told about. One that we started ends with this value.
pub(crate) struct Server {
    variable: &'static str,
    url: String,
    _keeper: Option<Keeper>,
}

impl Server {
    /// The server that the environment variable names, otherwise one of our own.
    pub(crate) fn given_or_started(variable: &'static str) -> Result<Server> {
        if let Some(url) = given(variable) {
            return Ok(Server { variable, url, _keeper: None });
        }
        let bin =
            programs().context("PostgreSQL is not installed: on Debian, `apt-get install postgresql`")?;
        let port = free_port()?;
        // What the benchmark compares with is as durable as we are.
        let kind = if variable == FOR_BENCH { "durable" } else { "swift" };
        let keeper = Keeper::start(&bin, port, kind)?;
        Ok(Server {
            variable,
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            _keeper: Some(keeper),
        })
    }

    /// Names the server in the command's environment.
    pub(crate) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env(self.variable, &self.url)
    }
}

/// The shell that runs `postgres.sh`. Its standard input is the server's life: it ends with this value, and
/// since the kernel closes it too, also when this process is interrupted or killed.
struct Keeper(Child);

impl Keeper {
    fn start(bin: &Path, port: u16, kind: &str) -> Result<Keeper> {
        let mut command = shell_of_server_user()?;
        command.args(["-c", include_str!("postgres.sh"), "postgres.sh"]);
        command.arg(bin).args([&port.to_string(), kind]);
        // Its own process group: Ctrl-C ends us, our end ends the server, in this order.
        command.process_group(0).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot run `sh`")?;
        let output = child.stdout.take();
        let keeper = Keeper(child);
        ensure!(ready(output)?, "PostgreSQL in `{}` did not start: its messages are above", bin.display());
        Ok(keeper)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        if let Err(error) = self.0.wait() {
            eprintln!("PostgreSQL may still run: {error}");
        }
    }
}

fn ready(output: Option<ChildStdout>) -> Result<bool> {
    let mut line = String::new();
    if let Some(output) = output {
        BufReader::new(output).read_line(&mut line)?;
    }
    Ok(line == "ready\n")
}

/// PostgreSQL refuses to run as root; the user that its package made runs it then, who cannot write into a
/// temporary folder of root's own.
fn shell_of_server_user() -> Result<Command> {
    if !packages::root()? {
        return Ok(Command::new("sh"));
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "sh"]).env_remove("TMPDIR");
    Ok(command)
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

fn given(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|url| !url.is_empty())
}

/// Is there a server for us, or what it takes to start one?
pub(crate) fn available() -> bool {
    programs().is_some() || [FOR_TESTS, FOR_BENCH].into_iter().any(|variable| given(variable).is_some())
}

/// The folder of `initdb` and `pg_ctl`: Debian keeps them off the path, one folder a version.
fn programs() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = installed.map(|entry| entry.path()).max_by_key(version).map(|folder| folder.join("bin"));
    configured().into_iter().chain(newest).find(|bin| bin.join("initdb").is_file())
}

/// `pg_config` belongs to the client library, so that it may name a folder where there is no server.
fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim_end()))
}
