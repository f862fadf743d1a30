//! The meaning of process and permission: who may see, change and baseline what, and why.
//!
//! An [`Organisation`] is an immutable value made of facts. [`decide`] answers every question of access
//! against it; commands ask it before they answer with events; `Organisation::after` makes the next
//! organisation. There is no clock, no chance and no IO here (docs/decisions/0001-one-pure-decision.md).

#![warn(missing_docs)]

mod access_group;
mod act;
mod answer;
mod application_items;
mod carried;
mod catalogue;
mod changed_fact;
mod changed_key;
mod command;
mod configuration;
mod day;
mod decision;
mod edit_attributes;
mod event;
mod hierarchy;
mod id;
mod import;
mod index;
mod item;
mod json_mistake;
mod lease;
mod licence_pool;
mod numbered;
mod organisation;
mod precondition;
mod process;
mod process_area;
mod process_copy;
mod process_template;
mod question;
mod question_line;
mod reference;
mod registry;
mod rules;
mod search;
mod server_address;
mod settings;
mod spelling;
mod table;
pub mod text;
mod timeline;
mod user;
mod view;
mod vocabulary;
mod what_if;

pub use access_group::*;
pub use act::{Act, Acted, Proposal, Refusal};
pub use answer::{AnswerText, ItemText, WhoMay};
pub use application_items::*;
pub use carried::Carried;
pub use catalogue::*;
pub use changed_fact::{ChangeVerb, ChangedFact, changed_facts};
pub use changed_key::{ChangedKey, changed_keys, value_in_words};
pub use command::*;
pub use configuration::*;
pub use day::{BadDay, Day};
pub use decision::*;
pub use edit_attributes::{AttributeChanges, EditedAttributes, edit_attributes};
pub use event::{Change, CorruptRow, Event, EventRow, Holds};
pub use hierarchy::*;
pub use id::Id;
pub use import::{ImportFacts, ImportPlan};
pub use item::Item;
pub use json_mistake::in_words_of_json;
pub use lease::{Leases, LicenceUse};
pub use licence_pool::{LicencePool, Pool, Supply};
pub use numbered::Numbered;
pub use organisation::Organisation;
pub use precondition::{
    Approval, BadInstant, Instant, Precondition, PreconditionEntry, Preconditions, Unmet,
    without_void_approvals,
};
pub use process::*;
pub use process_area::*;
pub use process_copy::*;
pub use process_template::*;
pub use question::*;
pub use question_line::{LONGEST_LINE, QuestionLine, QuestionLines, write_answer_line};
pub use reference::{BadQuestion, BadReference, QuestionText, is_uri};
pub use registry::*;
pub use rules::{Rule, TemplatePart, Violation, bad_name, violations};
pub use search::{BadCriterion, Place, SearchCriteria, Sort, SoughtWords, TeamAreaBy};
pub use server_address::{WEB_ADDRESS, is_web_address, server_address, server_and_part};
pub use settings::*;
pub use timeline::{Iteration, Now, Timeline};
pub use user::*;
pub use view::*;
pub use vocabulary::*;
pub use what_if::{WhatIf, what_if};
