//! Organisations, questions and changes out of a seed, for the laws and the benchmark. The same seed gives
//! the same, on every machine: a failure is repeated by its seed.

mod applicable;
mod chance;
mod change;
mod draft;
mod mix;
mod question;
mod sized;
mod vocabulary;

pub use applicable::{applicable, applies};
pub use chance::Chance;
pub use change::{random_change, random_changes};
pub use draft::{random_events, random_organisation};
pub use mix::{Mix, mixed_questions, question_text};
pub use question::{items, random_questions, random_questions_of};
pub use sized::{HIERARCHY_ROOT, Size, organisation_of_size, organisation_with_hierarchy};
