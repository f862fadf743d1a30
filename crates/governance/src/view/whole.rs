//! What a view shows of a whole organisation, and of two of them.

use std::sync::Arc;

use super::View;
use crate::act::{Act as _, Refusal};
use crate::command::Command;
use crate::decision::{Impact, Lineage, Shift, Told, compare_items, compare_told, impact_told, touched};
use crate::edit_attributes::{AttributeChanges, EditedAttributes, edit_attributes};
use crate::event::Event;
use crate::import::may_exchange;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::rules::Rule;
use crate::what_if::{CarriedOut, carried_out};

impl View {
    /// The organisation itself, to be exported or changed by an import.
    ///
    /// # Errors
    /// The refusal, to whoever does not manage the server.
    pub fn whole(&self) -> Result<&Organisation, Refusal> {
        may_exchange(&self.present, self.asker, self.own_leases())?;
        Ok(&self.organisation)
    }

    /// Whether both are views of the same organisation, at the same moment.
    pub fn is_of_the_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.organisation, &other.organisation)
    }

    /// Who gains and who loses what from this moment to another one, as far as the asker sees the items and
    /// may ask about the people. `None`: it is too much to be listed, or `go_on`, which is asked now and then,
    /// has put an end to it.
    pub fn shifts_to(&self, other: &Self, go_on: impl FnMut() -> bool) -> Option<Vec<Shift>> {
        self.shifts(&other.organisation, Lineage::Same, go_on)
    }

    /// The same, to an organisation that a document describes.
    pub fn shifts_to_document(
        &self,
        document: &Organisation,
        go_on: impl FnMut() -> bool,
    ) -> Option<Vec<Shift>> {
        self.shifts(document, Lineage::Apart, go_on)
    }

    /// Who would gain and who would lose what by commands that are only thought of, whoever may give them.
    /// `None` as for [`Self::shifts_to`].
    ///
    /// # Errors
    /// When a command cannot be carried out as things are. Why is told to those who may give it: it may tell
    /// of what others do not see.
    pub fn what_if(
        &self,
        commands: &[Command],
        mut go_on: impl FnMut() -> bool,
    ) -> Result<Option<Vec<Shift>>, Refusal> {
        let done = self.thought_of(commands)?;
        // What commands touch is often little of a large organisation.
        let told = |item| self.told(item);
        Ok(match touched(&self.organisation, &done.events) {
            Some(items) => {
                let items = items.into_iter();
                let shifts = compare_items(&self.organisation, &done.after, items, told, &mut go_on);
                shifts.and_then(|shifts| shifts.listed())
            }
            None => self.shifts(&done.after, Lineage::Same, go_on),
        })
    }

    pub(super) fn thought_of(&self, commands: &[Command]) -> Result<CarriedOut, Refusal> {
        let in_the_way = |refusal: &Refusal| matches!(refusal, Refusal::Rules(_) | Refusal::Precondition(_));
        let refusal = match carried_out(&self.organisation, self.asker, commands, |_, _, _| true) {
            Err(refusal) if in_the_way(&refusal) => refusal,
            done => return done,
        };
        match Command::together(commands).act(&self.present, self.asker, self.own_leases()) {
            Err(refused) if refused.gate().is_some() => {}
            _ => return Err(refusal),
        }
        // Nor do they learn that a name or number is taken by what they do not see.
        let holds = |after: &Organisation, event: &Event, rule: &Rule| {
            let taken = matches!(rule, Rule::NameTaken { .. } | Rule::NumberTaken { .. });
            let seen = |item| self.item_at(&after.reference(item)).is_some();
            !taken || event.item().is_none_or(seen)
        };
        carried_out(&self.organisation, self.asker, commands, holds).map_err(|refusal| {
            let said = "this cannot be done as things are; why is told to those who may do it";
            if in_the_way(&refusal) { Refusal::Precondition(said.to_owned()) } else { refusal }
        })
    }

    /// What would become of setting the same on many items, if the asker did it now.
    pub fn edit_attributes(&self, items: &[Item], changes: &AttributeChanges) -> EditedAttributes {
        let leases = self.leases.for_user(Some(self.asker));
        edit_attributes(&self.organisation, self.asker, leases, items, changes)
    }

    /// Who would gain and who would lose by events, as far as the asker sees the items and may ask about the
    /// people.
    pub fn impact_of(&self, events: &[Event], go_on: impl FnMut() -> bool) -> Impact {
        let after = self.organisation.after(events);
        impact_told(&self.organisation, &after, events, |item| self.told(item), go_on)
    }

    fn shifts(
        &self,
        after: &Organisation,
        lineage: Lineage,
        go_on: impl FnMut() -> bool,
    ) -> Option<Vec<Shift>> {
        compare_told(&self.organisation, after, lineage, |item| self.told(item), go_on)
    }

    fn told(&self, item: Item) -> Told {
        if !self.sees(item) {
            Told::Nobody
        } else if self.may_ask_about(None, item).is_ok() {
            Told::Everybody
        } else {
            Told::One(self.asker)
        }
    }
}
