//! Secrets that servers share, from files: never from the command line, where others could read them.

use std::io::Read as _;
use std::path::Path;

use crate::failure::Failure;
use crate::organisation_source::cannot_read;

const LONGEST: u64 = 4096;

/// The secret in a file, without the line's end; `-` is standard input.
pub(super) fn read_secret(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(LONGEST).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text))
    };
    read.map_err(|cause| cannot_read(path, &cause))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => {
            let cause = format!("`{}` holds no secret", path.display());
            Err(Failure::new(cause, "a secret is one line of text, of 12 characters or more").into())
        }
        secret => Ok(secret.to_owned()),
    }
}
