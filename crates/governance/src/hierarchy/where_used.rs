//! Where a configuration is used: what contains it.

use std::collections::BTreeMap;

use crate::configuration::ConfigurationId;
use crate::organisation::Organisation;

/// Something that contains a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// What contains it.
    pub configuration: ConfigurationId,
    /// In how many steps at least: 1 is directly.
    pub steps: u32,
}

impl Organisation {
    /// What contains a configuration in at most so many steps, by number.
    pub fn where_used(&self, contained: ConfigurationId, most: u32) -> Vec<Use> {
        let mut found: BTreeMap<ConfigurationId, u32> = BTreeMap::new();
        let mut level = vec![contained];
        let mut steps = 0;
        while !level.is_empty() && steps < most {
            steps += 1;
            let mut next = Vec::new();
            for above in level.iter().flat_map(|id| self.containers(*id)) {
                found.entry(above).or_insert_with(|| {
                    next.push(above);
                    steps
                });
            }
            level = next;
        }
        found.into_iter().map(|(configuration, steps)| Use { configuration, steps }).collect()
    }
}
