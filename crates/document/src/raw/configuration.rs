//! Global configurations.

use crate::overlay::Keyed;
use crate::reading::Text;
use crate::span::Spanned;

noun! {
    /// A component.
    Component {
        name: Text;
        /// `unassigned` or a path.
        team_area: Text,
        configurations: Keyed<Configuration>,
        archived: Spanned<bool>;
        description: Text,
        tags: Texts,
        attributes: Map,
        links: Any
    }
}

identified!(Component, |it| ("", &it.name));

noun! {
    /// A configuration.
    Configuration {
        kind: Spanned<ConfigurationKind>,
        name: Text;
        /// Whether it is the component's initial stream or baseline, under another name than the usual.
        initial: Spanned<bool>,
        /// `kind:name` within the component.
        from: Text,
        /// The user whose personal stream it is.
        owner: Text,
        /// `inherit`, `unassigned` or a path.
        team_area: Text,
        archived: Spanned<bool>,
        /// Who has approved it as it is.
        approvals: Vec<Approval>;
        description: Text,
        tags: Texts,
        attributes: Map,
        links: Any
    }
}

noun! {
    /// An approval of a stream or staging stream.
    Approval {
        user: Text,
        revision: Spanned<u64>,
        at: Text;
        ;
    }
}

identified!(Configuration, |it| (it.kind.word(), &it.name));

/// The kind of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigurationKind {
    /// Mutable.
    Stream,
    /// Frozen.
    Baseline,
    /// A baseline being assembled.
    Staging,
    /// Somebody's own working stream.
    Personal,
}

impl ConfigurationKind {
    const ALL: [Self; 4] = [Self::Stream, Self::Baseline, Self::Staging, Self::Personal];

    /// `stream`, `baseline`, `staging` or `personal`.
    pub fn word(self) -> &'static str {
        let [stream, baseline, staging, personal] = governance::ConfigurationKind::WORDS;
        match self {
            Self::Stream => stream,
            Self::Baseline => baseline,
            Self::Staging => staging,
            Self::Personal => personal,
        }
    }
}

words!(ConfigurationKind, ConfigurationKind::ALL, ConfigurationKind::word);

noun! {
    /// What one configuration is made of, in order: `Component/kind:Name`, or a URI.
    Contributions {
        to: Text;
        configurations: Vec<Text>;
    }
}

identified!(Contributions, |it| ("", &it.to));
