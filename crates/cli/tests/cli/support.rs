//! Running the binary.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) const TUNING: &str = "stories/gcm/tuning-team.yaml";
pub(crate) const ELEVEN: &str = "stories/development/eleven-users.yaml";
pub(crate) const MOTOR: &str = "gc:Electric Vehicle#Motor/stream:Motor 1.0";
pub(crate) const MODIFY: &str = "gc.save-stream/modify-attributes";

/// The binary, run where the examples of the documentation are.
pub(crate) fn bailiwick() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick"));
    command.current_dir(repository()).env_remove("NO_COLOR").stdin(Stdio::null());
    // Whoever runs the tests may have servers of their own.
    command
        .env_remove("BAILIWICK_SERVER")
        .env_remove("BAILIWICK_TOKEN")
        .env("XDG_CONFIG_HOME", "/dev/null/none");
    command
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(crate) fn run<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Ran {
    bailiwick().args(arguments).output().unwrap().into()
}

/// Runs it with something on its standard input.
pub(crate) fn run_with(arguments: &[&str], stdin: &[u8]) -> Ran {
    let mut child = Process(spawn(bailiwick().args(arguments)));
    let mut input = child.0.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    let writer = std::thread::spawn(move || {
        // It may stop reading before the end.
        let _ = input.write_all(&stdin);
    });
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let mut errors = child.0.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        errors.read_to_string(&mut stderr).unwrap();
        stderr
    });
    child.0.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    writer.join().unwrap();
    let status = child.0.wait().unwrap().code().unwrap();
    Ran { status, stdout, stderr: reader.join().unwrap() }
}

fn spawn(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// A process that does not outlive its test.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(spawn(command))
    }

    /// What it came to, at its end.
    pub(crate) fn output(mut self) -> Output {
        let mut output = Output { status: Default::default(), stdout: Vec::new(), stderr: Vec::new() };
        self.0.stdout.take().unwrap().read_to_end(&mut output.stdout).unwrap();
        self.0.stderr.take().unwrap().read_to_end(&mut output.stderr).unwrap();
        output.status = self.0.wait().unwrap();
        output
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder of its own for a test, with files in it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// A request to a server on this machine; its status and what it says.
pub(crate) fn http(address: &str, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}
