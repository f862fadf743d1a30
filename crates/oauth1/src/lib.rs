//! OAuth 1.0a (RFC 5849): signing requests, and verifying those that others have signed.
//!
//! Nothing here reads a clock, draws a number, or keeps anything: instants, nonces and secrets are arguments,
//! and what must be remembered is the caller's. On the side of a provider the types lead the way:
//!
//! 1. [`Signed::read`] finds the protocol parameters of a [`Request`]; they are claims and no more. They
//!    name the consumer and the token whose secrets the caller looks up.
//! 2. [`Signed::verify`] checks timestamp and signature, and answers an [`Unspent`] request.
//! 3. [`Unspent::spend`] takes what the caller's memory of nonces says, and answers the [`Authentic`]
//!    request.
//!
//! A consumer signs by [`Credentials::authorization`]. PLAINTEXT and RSA-SHA1 are not there
//! (docs/cross-server.md).
#![warn(missing_docs)]

mod base_string;
mod encoding;
mod problem;
mod request;
mod sign;
mod signature;
mod verify;

pub use problem::Problem;
pub use request::{Body, Request};
pub use sign::{Credentials, Outgoing, Token};
pub use signature::SignatureMethod;
pub use verify::{Authentic, Secrets, Signed, Unspent};
