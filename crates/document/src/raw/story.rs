//! What a story expects.

use governance::{Basis, Gate};

use crate::reading::Text;
use crate::span::Spanned;

noun! {
    /// A question and what its answer must contain (docs/organisation-document.md#stories). What is expected
    /// to be `null` is a `None` with a place.
    Expectation {
        user: Text,
        operation: Text,
        item: Text;
        actions: Vec<Text>,
        /// The new parent of what is moved.
        to: Text,
        /// The old side of a replacement.
        replace: Text,
        /// The new side of a replacement.
        by: Text,
        allowed: Spanned<bool>,
        gate: Spanned<Option<Gate>>,
        basis: Spanned<Option<Basis>>,
        area: Spanned<Option<governance::text::Name>>,
        missing: Vec<Text>;
    }
}

words!(Gate, Gate::ALL, Gate::word);
words!(Basis, [Self::Role, Self::Override, Self::Group, Self::Owner, Self::Read], Basis::word);
