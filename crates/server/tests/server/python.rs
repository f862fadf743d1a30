//! Programs in Python that tests bring along; they are kept with what was compiled, until other versions are
//! wanted.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The Python of an environment that has what the file of requirements lists.
pub(crate) fn environment(name: &str, requirements: &str) -> PathBuf {
    // Tests of one process make it once.
    static MAKING: Mutex<()> = Mutex::new(());
    let _turn = MAKING.lock();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let (python, versions) = (folder.join("bin/python"), folder.join("installed.txt"));
    let wanted = std::fs::read_to_string(requirements).unwrap();
    if std::fs::read_to_string(&versions).is_ok_and(|installed| installed == wanted) {
        return python;
    }
    let run = |command: &mut Command| {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
    let install =
        ["-m", "pip", "install", "--quiet", "--no-input", "--no-deps", "--requirement", requirements];
    run(Command::new(&python).args(install));
    std::fs::write(versions, wanted).unwrap();
    python
}
