//! The built-in process templates (docs/process.md#process-templates), as files of the repository.

use crate::{Limits, Problems, Source, raw, read};

const FILES: [(&str, &str); 5] = [
    ("scrum.yaml", include_str!("../../../templates/scrum.yaml")),
    ("quality-management.yaml", include_str!("../../../templates/quality-management.yaml")),
    ("requirements.yaml", include_str!("../../../templates/requirements.yaml")),
    ("global-configuration.yaml", include_str!("../../../templates/global-configuration.yaml")),
    ("unconfigured.yaml", include_str!("../../../templates/unconfigured.yaml")),
];

/// The five templates. The tests know that they are without problems.
pub fn built_in_templates() -> Vec<raw::Template> {
    let sources = FILES.map(|(name, text)| Source { name: name.into(), text: text.as_bytes() });
    read(&sources, &Limits::default(), &mut Problems::default()).templates
}
