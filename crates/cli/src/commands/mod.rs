//! A file for each family of commands.

mod agree;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod configuration;
pub(crate) mod context;
mod criteria;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod edit_attributes;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod hierarchy;
mod import_target;
pub(crate) mod migrate;
pub(crate) mod openapi;
pub(crate) mod plan;
mod plan_text;
pub(crate) mod recover_administrator;
pub(crate) mod restore;
pub(crate) mod reverse;
pub(crate) mod search;
pub(crate) mod serve;
mod shifts;
pub(crate) mod test;
pub(crate) mod verify;

pub(crate) use import_target::overtaken;
