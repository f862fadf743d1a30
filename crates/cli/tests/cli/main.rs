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
mod licences;
mod logging;
mod logs;
mod motor;
mod operating;
mod packaging;
mod recovering;
mod remote;
mod remote_hierarchy;
mod stopping;
mod support;
mod usage;
mod verifying;
