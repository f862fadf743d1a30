//! The data folder: who may look into it, whose its files are, and the free space.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::Found;

/// Less than this is used up by one import.
const LITTLE: u64 = 256 << 20;
const MEBIBYTE: u64 = 1 << 20;

pub(super) fn examine(database: &Path, all: &mut Vec<Found>) {
    let folder = match database.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let checks = [
        ("permissions", permissions as fn(&Path, &Path) -> io::Result<Found>),
        ("owner", owner),
        ("free space", free_space),
    ];
    for (check, examine) in checks {
        all.push(examine(folder, database).unwrap_or_else(|error| {
            let found = format!("`{}` cannot be looked at: {error}", folder.display());
            Found::wrong(check, found, "run it as the user that runs the server")
        }));
    }
}

/// There are password hashes in it.
fn permissions(folder: &Path, database: &Path) -> io::Result<Found> {
    const CHECK: &str = "permissions";
    /// To enter the folder and to read the file: the group's bits, or everybody's.
    const OTHERS: [(u32, u32); 2] = [(0o010, 0o040), (0o001, 0o004)];
    let (of_folder, of_file) = (fs::metadata(folder)?.mode(), fs::metadata(database)?.mode());
    let is_open = OTHERS.into_iter().any(|(enter, read)| of_folder & enter != 0 && of_file & read != 0);
    let shown = folder.display();
    Ok(if is_open {
        let remedy = format!("run `chmod go= {shown}`");
        Found::wrong(CHECK, format!("others than its owner can read the database in `{shown}`"), remedy)
    } else {
        Found::ok(CHECK, format!("`{shown}` is for its owner alone"))
    })
}

/// A command that was run as another user may have left files that the server cannot write.
fn owner(folder: &Path, database: &Path) -> io::Result<Found> {
    const CHECK: &str = "owner";
    let owner = fs::metadata(folder)?.uid();
    let strangers = files(database).into_iter().filter(|(_, metadata)| metadata.uid() != owner);
    let strangers: Vec<_> = strangers.map(|(path, _)| format!("`{}`", path.display())).collect();
    Ok(if strangers.is_empty() {
        Found::ok(CHECK, "the files of the database belong to the folder's owner")
    } else {
        let remedy = format!("run `chown --reference={0} {0}/*`", folder.display());
        Found::wrong(CHECK, format!("not the folder's owner's: {}", strangers.join(", ")), remedy)
    })
}

fn files(database: &Path) -> Vec<(PathBuf, Metadata)> {
    let with = |end: &str| {
        let mut path = database.as_os_str().to_owned();
        path.push(end);
        let path = PathBuf::from(path);
        // Some are there only while a server runs.
        fs::metadata(&path).ok().map(|metadata| (path, metadata))
    };
    ["", "-wal", "-shm", ".lock"].into_iter().filter_map(with).collect()
}

fn free_space(folder: &Path, database: &Path) -> io::Result<Found> {
    const CHECK: &str = "free space";
    let system = rustix::fs::statvfs(folder)?;
    let free = system.f_bavail * system.f_frsize;
    let size = files(database).iter().map(|(_, metadata)| metadata.len()).sum::<u64>();
    let found = format!("{} MiB are free; the database has {} MiB", free / MEBIBYTE, size.div_ceil(MEBIBYTE));
    Ok(if free < LITTLE {
        Found::wrong(CHECK, found, "make room: changes are refused when the disk is full")
    } else if free < size {
        Found::advice(CHECK, found, "make room: an import may need as much again")
    } else {
        Found::ok(CHECK, found)
    })
}
