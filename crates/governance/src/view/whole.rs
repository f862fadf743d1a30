//! What a view shows of a whole organisation, and of two of them.

use std::sync::Arc;

use super::View;
use crate::act::{Act as _, Refusal};
use crate::command::Command;
use crate::decision::{Lineage, Shift, Told, compare_told};
use crate::import::may_exchange;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::what_if::carried_out;

impl View {
    /// The organisation itself, to be exported or changed by an import.
    ///
    /// # Errors
    /// The refusal, to whoever does not manage the server.
    pub fn whole(&self) -> Result<&Organisation, Refusal> {
        may_exchange(&self.present, self.asker, self.leases)?;
        Ok(&self.organisation)
    }

    /// Whether both are views of the same organisation, at the same moment.
    pub fn is_of_the_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.organisation, &other.organisation)
    }

    /// Who gains and who loses what from this moment to another one, as far as the asker sees the items and
    /// may ask about the people.
    pub fn shifts_to(&self, other: &Self) -> Vec<Shift> {
        self.shifts(&other.organisation, Lineage::Same)
    }

    /// The same, to an organisation that a document describes.
    pub fn shifts_to_document(&self, document: &Organisation) -> Vec<Shift> {
        self.shifts(document, Lineage::Apart)
    }

    /// Who would gain and who would lose what by commands that are only thought of, whoever may give them.
    ///
    /// # Errors
    /// When a command cannot be carried out as things are. Why is told to those who may give it: it may tell
    /// of what others do not see.
    pub fn what_if(&self, commands: &[Command]) -> Result<Vec<Shift>, Refusal> {
        let done =
            carried_out(&self.organisation, self.asker, commands).map_err(|refusal| match refusal {
                Refusal::Rules(_) | Refusal::Precondition(_) => {
                    match Command::together(commands).act(&self.present, self.asker, self.leases) {
                        Err(refused) if refused.gate().is_some() => {
                            let said =
                                "this cannot be done as things are; why is told to those who may do it";
                            Refusal::Precondition(said.to_owned())
                        }
                        _ => refusal,
                    }
                }
                other => other,
            })?;
        Ok(self.shifts(&done.after, Lineage::Same))
    }

    fn shifts(&self, after: &Organisation, lineage: Lineage) -> Vec<Shift> {
        let told = |item: Item| {
            if !self.sees(item) {
                Told::Nobody
            } else if self.may_ask_about(None, item).is_ok() {
                Told::Everybody
            } else {
                Told::One(self.asker)
            }
        };
        compare_told(&self.organisation, after, lineage, told)
    }
}
