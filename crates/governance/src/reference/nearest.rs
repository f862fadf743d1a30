//! What somebody may have meant who misspelt a reference. For those who may know everything: it tells what
//! exists.

use crate::catalogue::Application;
use crate::configuration::ConfigurationId;
use crate::decision::all_items;
use crate::item::Item;
use crate::organisation::Organisation;
use crate::process_area::AreaId;
use crate::text::{decode, encode, nearest};

impl Organisation {
    /// The user id most like this one, if one is near.
    pub fn nearest_user(&self, id: &str) -> Option<&str> {
        nearest(id, self.users().map(|(_, user)| &*user.id))
    }

    /// The reference of the item most like this one, if one is near: its project area is looked for first,
    /// then its component, then itself.
    pub fn nearest_reference(&self, text: &str) -> Option<String> {
        let (application, rest) = text.split_once(':')?;
        let application = Application::from_id(application)?;
        let (project, local) = rest.split_at(rest.find(['#', '@']).unwrap_or(rest.len()));
        let (project, name) = self.nearest_project_area(application, &decode(project).ok()?)?;
        let top = format!("{application}:{}", encode(name));
        if local.is_empty() {
            return Some(top);
        }
        if let Some(path) = local.strip_prefix('@') {
            let teams = self.subtree(project).into_iter().map(Item::Area);
            return self.nearest_of(&format!("{top}@"), path, teams);
        }
        let (kind, name) = local.strip_prefix('#')?.split_once(':')?;
        if let (Application::Gc, Some((component, word))) = (application, kind.split_once('/')) {
            let (component, configurations) = self.nearest_component(project, &decode(component).ok()?)?;
            let prefix = format!("{top}#{}/{word}:", encode(component));
            return self.nearest_of(&prefix, name, configurations.iter().copied().map(Item::Configuration));
        }
        let here = all_items(self).filter(|item| self.project_of_item(*item) == Some(project));
        self.nearest_of(&format!("{top}#{kind}:"), name, here)
    }

    fn nearest_project_area(&self, application: Application, name: &str) -> Option<(AreaId, &str)> {
        let of_it = self.project_areas().filter(|(.., it)| it.application == application);
        let all: Vec<(AreaId, &str)> = of_it.map(|(id, area, _)| (id, &*area.name)).collect();
        let near = nearest(name, all.iter().map(|(_, name)| *name))?;
        all.into_iter().find(|(_, name)| *name == near)
    }

    fn nearest_component(&self, project: AreaId, name: &str) -> Option<(&str, &[ConfigurationId])> {
        let here = || self.components().filter(|(_, it)| it.project_area == project);
        let near = nearest(name, here().map(|(_, it)| &*it.name))?;
        here().find(|(_, it)| *it.name == *near).map(|(id, it)| (&*it.name, self.configurations_of(id)))
    }

    /// The one among some items whose reference goes on most like this, after what they have in common.
    fn nearest_of(&self, prefix: &str, name: &str, items: impl Iterator<Item = Item>) -> Option<String> {
        // One number is not like another.
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let references: Vec<String> = items.map(|item| self.reference(item)).collect();
        let names = references.iter().filter_map(|reference| reference.strip_prefix(prefix));
        nearest(name, names).map(|near| format!("{prefix}{near}"))
    }
}
