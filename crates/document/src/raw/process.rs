//! Roles, permissions, timelines, and the templates that bring them.

use governance::{Application, Cardinality};

use super::FormatVersion;
use crate::overlay::Keyed;
use crate::reading::{Prose, Text};
use crate::span::Spanned;

noun! {
    /// A process template: a document of its own kind.
    Template {
        template: Text,
        application: Spanned<TemplateApplication>;
        bailiwick: Spanned<FormatVersion>,
        roles: Keyed<Role>,
        permissions: Vec<Permission>,
        preconditions: Vec<Precondition>,
        iteration_types: Vec<Text>;
        description: Text,
        attribute_types: Any,
        link_types: Any,
        denial_texts: Any,
        work_item_types: List,
        artefact_types: List,
        test_artefact_types: List,
        test_categories: List
    }
}

identified!(Template, |it| ("", &it.template));

/// Whose project areas can begin with a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateApplication {
    /// Every application's.
    Any,
    /// One application's.
    Only(Application),
}

impl TemplateApplication {
    const ALL: [Self; 5] = {
        let [gc, ccm, qm, rm] = Application::ALL;
        [Self::Only(gc), Self::Only(ccm), Self::Only(qm), Self::Only(rm), Self::Any]
    };

    /// `gc`, `ccm`, `qm`, `rm` or `any`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Only(application) => application.id(),
        }
    }
}

words!(TemplateApplication, TemplateApplication::ALL, TemplateApplication::word);
words!(Application, Application::ALL, Application::id);

noun! {
    /// A role.
    Role {
        id: Text;
        name: Prose,
        cardinality: Spanned<Cardinality>;
        description: Text
    }
}

identified!(Role, |it| ("", &it.id));

words!(Cardinality, [Self::One, Self::Many], |it| match it {
    Self::One => "one",
    Self::Many => "many",
});

noun! {
    /// An entry: what a role may do.
    Permission {
        role: Text,
        operation: Text,
        actions: Vec<Text>;
        is_final["final"]: Spanned<bool>,
        at: Spanned<Slot>;
    }
}

noun! {
    /// What a role must fulfil besides.
    Precondition {
        role: Text,
        operation: Text,
        require: Vec<Spanned<Requirement>>;
        is_final["final"]: Spanned<bool>,
        at: Spanned<Slot>;
    }
}

choice! {
    /// What can be demanded.
    Requirement {
        NoSkew = "no-skew",
        NoArchivedContributions = "no-archived-contributions";
        Approval["approval"]: Text,
        Attributes["attributes"]: Vec<Text>,
    }
}

choice! {
    /// When an entry holds; without it, always.
    Slot {
        ;
        Iteration["iteration"]: Text,
        Timeline["timeline"]: Text,
        IterationType["iteration_type"]: Text,
    }
}

noun! {
    /// A timeline.
    Timeline {
        name: Text;
        project: Spanned<bool>,
        current: Text,
        iterations: Keyed<Iteration>;
        description: Text,
        working_days: Any,
        start: Text,
        end: Text
    }
}

identified!(Timeline, |it| ("", &it.name));

noun! {
    /// An iteration.
    Iteration {
        id: Text;
        iteration_type["type"]: Text,
        iterations: Keyed<Iteration>;
        description: Text,
        name: Text,
        start: Text,
        end: Text,
        has_release: Truth
    }
}

identified!(Iteration, |it| ("", &it.id));
