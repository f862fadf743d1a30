//! A real server on a free port, asked over HTTP; a real browser. One binary: each further one is linked
//! anew.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod access_requests;
mod api;
mod api_again;
mod api_bulk;
mod api_items;
mod api_process;
mod api_templates;
mod authzen_client;
mod bad_input;
mod baselines;
mod browser;
mod caller;
mod certification;
mod decision_api;
mod described;
mod discretion;
mod documents;
mod edge;
mod editing;
mod evaluation;
mod every_route;
mod explaining;
mod guessing;
mod health;
mod hierarchies;
mod interop;
mod invitations;
mod limits;
mod mail;
mod metrics;
mod office;
mod page;
mod python;
mod questions;
mod raw;
mod running;
mod search;
mod sign_in;
mod tls;
mod tokens;
mod vocabulary;
mod web_driver;
mod whole_document;
