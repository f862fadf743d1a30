//! A file for each family of commands.

mod agree;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod component;
pub(crate) mod config;
pub(crate) mod configuration;
pub(crate) mod context;
pub(crate) mod contribution;
mod criteria;
mod csv;
pub(crate) mod demo;
mod described;
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
mod representation;
pub(crate) mod restore;
pub(crate) mod reverse;
pub(crate) mod search;
pub(crate) mod serve;
mod shifts;
pub(crate) mod tag;
pub(crate) mod test;
pub(crate) mod users;
pub(crate) mod verify;

pub(crate) use import_target::overtaken;
