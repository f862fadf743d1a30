//! The rows of the targets, a file for those that belong together.

pub(crate) mod baseline;
pub(crate) mod beside;
pub(crate) mod change;
pub(crate) mod check;
pub(crate) mod consumers;
pub(crate) mod hierarchy;
pub(crate) mod http;
pub(crate) mod list;
pub(crate) mod mixed;
pub(crate) mod page;
pub(crate) mod process;
pub(crate) mod search;
