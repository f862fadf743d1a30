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
mod logging;
mod motor;
mod operating;
mod packaging;
mod recovering;
mod remote;
mod requests;
mod stopping;
mod support;
mod usage;
mod verifying;
