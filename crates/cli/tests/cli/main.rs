//! The binary as people and programs meet it.

mod check;
mod databases;
mod decisions;
mod demo;
mod support;
mod usage;
