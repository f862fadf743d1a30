//! The binary as people and programs meet it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backups;
mod beside;
mod check;
mod configuring;
mod databases;
mod decisions;
mod demo;
mod durability;
mod guide;
mod recovering;
mod remote;
mod support;
mod usage;
