//! The engines compared with, over the same organisation and questions.

#[cfg(feature = "cedar")]
pub(crate) mod cedar;
pub(crate) mod compared;
pub(crate) mod database;
#[cfg(feature = "cedar")]
mod grant;
pub(crate) mod query;
pub(crate) mod reverse;
pub(crate) mod tables;
