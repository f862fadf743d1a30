//! What tests need from npm, kept with what was compiled until other versions are wanted.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// Where npm has put what the `package.json` of a folder of the tests wants.
pub(crate) fn install(of: &str) -> PathBuf {
    // One at a time: two tests may want the same.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(|broken| broken.into_inner());
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server").join(of);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("npm-{of}"));
    let (lock, done) = ("package-lock.json", folder.join("installed.json"));
    let wanted = std::fs::read_to_string(from.join(lock)).unwrap();
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return folder;
    }
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["package.json", lock] {
        std::fs::copy(from.join(file), folder.join(file)).unwrap();
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]).current_dir(&folder);
    let output = npm.output().expect("npm is there: the Debian package npm");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::write(done, wanted).unwrap();
    folder
}
