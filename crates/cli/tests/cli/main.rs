//! The binary as people and programs meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backups;
mod beside;
mod check;
mod configuring;
mod databases;
mod decisions;
mod demo;
mod doctor;
mod durability;
mod guide;
mod killed_runs;
mod leading;
mod licences;
mod logging;
mod logs;
mod motor;
mod one_user;
mod operating;
mod packaging;
mod people;
mod recovering;
mod remote;
mod remote_hierarchy;
mod requests;
mod sharing;
mod sharing_guide;
mod sharing_kept;
#[path = "../../../server/tests/server/directory/slapd.rs"]
#[expect(dead_code, reason = "the tests of the server use more of it")]
mod slapd;
mod stopping;
mod support;
mod usage;
mod verifying;
