//! Registries elsewhere: who people are, and which groups they are in, is told by a directory or a provider
//! of identities (docs/process.md#registries).

mod distinguished_name;
mod ldap;
mod oidc;
mod person;
mod sync;

pub(crate) use distinguished_name::normal_name;
pub(crate) use ldap::{Bound, Directory, Unreachable};
pub(crate) use oidc::{CameBack, NotShown, Provider, Providers, next_of};
pub use person::{GroupMapping, MappedGroup};
pub(crate) use person::{NotLetIn, let_in};
pub(crate) use sync::{By, NotSynced, preview, scheduled, sync};
