//! The stories of the repository hold.

use document::{Limits, Source, load, run_story};

/// Every story of the repository: a file each, data of every layer's tests.
const STORIES: [(&str, &str); 5] = [
    ("approvals.yaml", include_str!("../../../stories/gcm/approvals.yaml")),
    ("hierarchies.yaml", include_str!("../../../stories/gcm/hierarchies.yaml")),
    ("tags.yaml", include_str!("../../../stories/gcm/tags.yaml")),
    ("tuning-team.yaml", include_str!("../../../stories/gcm/tuning-team.yaml")),
    ("eleven-users.yaml", include_str!("../../../stories/development/eleven-users.yaml")),
];

#[test]
fn every_expectation_of_every_story_holds() {
    for (name, text) in STORIES {
        let sources = [Source { name: name.into(), text: text.as_bytes() }];
        let loaded = load(&sources, &Limits::default()).unwrap_or_else(|report| panic!("{report}"));
        assert!(!loaded.expectations.is_empty());
        for outcome in run_story(&loaded.organisation, &loaded.expectations) {
            assert_eq!(
                outcome.failures,
                Vec::<String>::new(),
                "{name}, {}: {}",
                outcome.span,
                outcome.question
            );
        }
    }
}
