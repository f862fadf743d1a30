//! `verify`: what somebody altered behind the server's back is named.

use crate::databases::{DataFolder, Place};
use crate::support::{ELEVEN, Ran, TUNING};

#[track_caller]
fn came_to(ran: &Ran, status: i32, said: &str) {
    assert_eq!(ran.status, status, "{ran:?}");
    assert!(ran.stdout.contains(said) || ran.stderr.contains(said), "{said} in {ran:?}");
}

fn filled(place: &impl Place) {
    assert_eq!(place.run("import", &[TUNING, "--yes"]).status, 0);
    assert_eq!(place.run("import", &[ELEVEN, "--yes"]).status, 0);
}

#[test]
fn a_journal_that_nobody_has_touched_is_as_it_was_written_and_its_hash_can_be_noted() {
    let place = DataFolder::new();
    came_to(&place.run("verify", &[]), 2, "there is no database");
    filled(&place);
    let ran = place.run("verify", &[]);
    came_to(&ran, 0, "The journal is as it was written up to revision 2.\nNote it elsewhere: 2:");
    let noted = ran.stdout.trim_end().rsplit(' ').next().unwrap();
    came_to(&place.run("verify", &["--noted", noted, "--json"]), 0, "\"intact\": true");
    let other = format!("2:{}", "0".repeat(64));
    came_to(
        &place.run("verify", &["--noted", &other]),
        1,
        "Revision 2 was altered: its hash is not the one that was noted",
    );
    came_to(
        &place.run("verify", &["--noted", "two"]),
        2,
        "expected a revision, a colon, and the 64 hexadecimal digits",
    );
}

#[test]
fn the_first_revision_that_was_altered_is_named() {
    let place = DataFolder::new();
    filled(&place);
    let [_, folder] = place.arguments();
    let file = std::path::Path::new(&folder).join("bailiwick.db");
    let mut bytes = std::fs::read(&file).unwrap();
    // What the second entry says that was imported; other bytes of the same number in its place.
    let text = b"eleven-users.yaml";
    let found: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(text)).collect();
    assert!(!found.is_empty());
    for at in found {
        bytes[at..at + 6].copy_from_slice(b"twelve");
    }
    std::fs::write(&file, bytes).unwrap();
    let ran = place.run("verify", &[]);
    came_to(&ran, 1, "as it was written up to revision 1.");
    came_to(&ran, 1, "Revision 2 was altered: its entry or its events are not those that were written.");
}
