//! Searching components and configurations (docs/global-configurations.md#search).
//!
//! `base` tells which names, tags and attributes there are; everything else is read from the facts as they
//! are. `found` puts both together, `view/search.rs` knows what the criteria name and what the asker sees.

mod base;
mod bits;
mod criteria;
mod found;
mod groups;
mod naming;
mod postings;

pub use base::SoughtWords;
pub(crate) use base::{Named, Searched, attribute_term, tag_term, word_term, words};
pub(crate) use bits::Bits;
pub use criteria::{BadCriterion, SearchCriteria, Sort, TeamAreaBy};
pub use found::Place;
pub(crate) use found::{Order, Part, Wanted, found, page};
pub(crate) use groups::{Groups, Lists, SMALL};
pub(crate) use naming::{is_word, with_criteria};
