//! What is taken over of another server's process has an end (docs/cross-server.md#copies-of-a-provider):
//! everything that names a project area which uses it reads the copy, and each version of it stays in the
//! journal.

use std::collections::HashSet;

use super::{Check, Rule};
use crate::process_area::{AreaId, ProcessArea, ProcessCopy};

/// So many roles, entries, preconditions and iteration types are taken over, of each.
const MOST: usize = 10_000;
/// So many bytes of what is carried are, as JSON.
const LARGEST_CARRIED: usize = 256 << 10;

impl Check<'_> {
    pub(super) fn bounded_copy(&mut self, id: AreaId, area: &ProcessArea, copy: &ProcessCopy) {
        let organisation = self.organisation;
        for (what, count) in [
            ("roles", organisation.roles(id).len()),
            ("permission entries", organisation.permissions(id).count()),
            ("preconditions", organisation.preconditions(id).len()),
            ("iteration types", copy.iteration_types.len()),
        ] {
            let (most, area) = (MOST, area.name.clone());
            self.require(count <= MOST, || Rule::CopyTooLarge { area, count, what, most });
        }
        let count = serde_json::to_vec(&area.carried).map_or(usize::MAX, |text| text.len());
        self.require(count <= LARGEST_CARRIED, || Rule::CopyTooLarge {
            area: area.name.clone(),
            count,
            what: "bytes of texts and types",
            most: LARGEST_CARRIED,
        });
        let mut types = HashSet::new();
        if let Some(twice) = copy.iteration_types.iter().find(|id| !types.insert(id.as_str())) {
            let (iteration_type, of) = (twice.clone(), area.name.clone());
            self.fail(Rule::IterationTypeTwice { iteration_type, of });
        }
    }
}
