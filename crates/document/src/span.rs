//! Where in which file something stands.

use std::fmt;
use std::ops::Deref;

/// A place in one of the files that were read together; lines and columns count from 1, columns in
/// characters.
///
/// With the depth of nesting a place names exactly one node (a mapping and its first key begin at the same
/// character), so the path to it can be found again when a [`Report`](crate::Report) is made and need not be
/// carried about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Which of the sources, by its place among them.
    pub file: u16,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    pub(crate) depth: u8,
}

impl Span {
    /// The depth of what is no node: a place in the text alone.
    const NOWHERE: u8 = u8::MAX;

    /// The greatest depth of a node.
    pub(crate) const DEEPEST: u8 = Self::NOWHERE - 1;

    /// A place in the text that is no node of the document.
    pub(crate) fn text(file: u16, line: u32, column: u32) -> Self {
        Self { file, line, column, depth: Self::NOWHERE }
    }

    /// Whether the node at `other` can be the one here or one inside it.
    pub(crate) fn leads_to(self, other: Self) -> bool {
        self == other || self.depth < other.depth
    }

    /// Whether a path leads to it.
    pub(crate) fn is_node(self) -> bool {
        self.depth != Self::NOWHERE
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A value and the place where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
