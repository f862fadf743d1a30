//! Registries elsewhere: who people are, and which groups they are in, is told by a directory or a provider
//! of identities (docs/process.md#registries).

mod person;

pub use person::GroupMapping;
pub(crate) use person::{NotLetIn, let_in};
