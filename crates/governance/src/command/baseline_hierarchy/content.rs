//! What a configuration contains after what is below it is settled.

use std::collections::HashSet;

use super::pass::{Pass, Standing};
use super::report::LocalBaseline;
use super::{LocalOutcome, says_baseline};
use crate::configuration::{Configuration, ConfigurationId, Contribution};

impl Pass<'_> {
    /// What it contains after what is below, each once; and whether that is baselines only.
    pub(super) fn content(
        &mut self,
        id: ConfigurationId,
        parent: &Configuration,
    ) -> (Vec<Contribution>, bool) {
        let organisation = self.organisation;
        let local_name = self.wanted_name(parent);
        let mut complete = true;
        let mut content = Vec::with_capacity(organisation.contributions(id).len());
        for contribution in organisation.contributions(id) {
            content.push(match contribution {
                Contribution::Configuration(child) => match self.standings.get(child) {
                    Some(Standing::Baseline(baseline)) => Contribution::Configuration(*baseline),
                    Some(Standing::Staging(staging)) => {
                        complete = false;
                        Contribution::Configuration(*staging)
                    }
                    Some(Standing::Itself) | None => {
                        complete = false;
                        contribution.clone()
                    }
                },
                Contribution::Local(uri) => {
                    if self.asked_locals.insert(uri) {
                        let name = local_name.clone();
                        self.locals.push(LocalBaseline { uri: uri.clone(), name });
                    }
                    let refused = match self.command.locals.get(uri) {
                        Some(LocalOutcome::Baseline(baseline)) => Ok(baseline),
                        Some(LocalOutcome::Refused(why)) => Err(why.clone()),
                        None if says_baseline(uri) => Ok(uri),
                        None => Err(format!("no application on this server keeps `{uri}`")),
                    };
                    match refused {
                        Ok(baseline) => Contribution::Local(baseline.clone()),
                        Err(why) => {
                            complete = false;
                            self.refusals.locals.insert(uri.clone(), why);
                            contribution.clone()
                        }
                    }
                }
            });
        }
        // A stream and the baseline that stands for it come to the same.
        let mut seen = HashSet::with_capacity(content.len());
        content.retain(|it| seen.insert(it.clone()));
        (content, complete)
    }
}
