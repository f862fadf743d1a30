//! The rows of the targets, a file for those that belong together.

pub(crate) mod beside;
pub(crate) mod change;
pub(crate) mod check;
pub(crate) mod list;
pub(crate) mod process;
