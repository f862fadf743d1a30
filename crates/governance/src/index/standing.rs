//! What decisions read of a user: flags, licences, and where they stand in which area.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smallvec::SmallVec;

use super::Index;
use crate::catalogue::LicenceSet;
use crate::event::Facts;
use crate::process_area::AreaId;
use crate::user::{GroupSet, RepositoryGroup, UserId};

/// What decisions read of a user.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Person {
    pub(crate) active: bool,
    pub(crate) groups: GroupSet,
    pub(crate) licences: LicenceSet,
    /// By project area, then area. Most people stand in three areas at most.
    pub(crate) standings: SmallVec<[Standing; 3]>,
}

/// What a user is in one area.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) project: AreaId,
    pub(crate) area: AreaId,
    pub(crate) member: bool,
    pub(crate) administrator: bool,
    /// In the access list of the project area.
    pub(crate) listed: bool,
    /// The roles assigned in the area.
    pub(crate) roles: RoleSet,
}

/// Who has a role in an area.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RoleHolders {
    /// The role alone.
    pub(crate) role: RoleSet,
    pub(crate) users: Arc<[UserId]>,
}

/// A set of the roles of one project area, by their ordinals there. Few project areas have more than 64: it
/// is two words, and decisions follow no pointer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RoleSet {
    first: u64,
    /// From ordinal 64 on; never empty.
    rest: Option<Box<RoleSet>>,
}

impl RoleSet {
    /// Everyone's role alone, which has ordinal 0.
    pub(crate) fn everyone() -> Self {
        Self { first: 1, rest: None }
    }
    pub(crate) fn contains(&self, ordinal: usize) -> bool {
        match &self.rest {
            _ if ordinal < 64 => self.first & 1 << ordinal != 0,
            Some(rest) => rest.contains(ordinal - 64),
            None => false,
        }
    }
    pub(crate) fn insert(&mut self, ordinal: usize) {
        if ordinal < 64 {
            self.first |= 1 << ordinal;
        } else {
            self.rest.get_or_insert_default().insert(ordinal - 64);
        }
    }
    pub(crate) fn extend(&mut self, other: &Self) {
        self.first |= other.first;
        if let Some(rest) = &other.rest {
            self.rest.get_or_insert_default().extend(rest);
        }
    }
    /// Whether one of these, given as words of 64, is in it.
    pub(crate) fn intersects(&self, words: &[u64]) -> bool {
        let Some((first, words)) = words.split_first() else { return false };
        self.first & first != 0 || self.rest.as_ref().is_some_and(|rest| rest.intersects(words))
    }
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let rest = || self.rest.as_ref().zip(other.rest.as_ref());
        self.first & other.first != 0 || rest().is_some_and(|(one, other)| one.meets(other))
    }
}

impl Person {
    pub(crate) fn is_jazz_admin(&self) -> bool {
        self.groups.contains(RepositoryGroup::JazzAdmins)
    }
    pub(crate) fn is_jazz_project_admin(&self) -> bool {
        self.groups.contains(RepositoryGroup::JazzProjectAdmins)
    }
    /// Where the user stands in one project area.
    pub(crate) fn standings_in(&self, project: AreaId) -> &[Standing] {
        let all = &*self.standings;
        // Most people stand in a handful of areas; a walk is quicker than a search there.
        let first = if all.len() < 16 {
            all.iter().position(|it| it.project >= project).unwrap_or(all.len())
        } else {
            all.partition_point(|it| it.project < project)
        };
        let rest = &all[first..];
        let count = if rest.len() < 16 {
            rest.iter().position(|it| it.project != project).unwrap_or(rest.len())
        } else {
            rest.partition_point(|it| it.project == project)
        };
        &rest[..count]
    }
}

impl Index {
    pub(super) fn refresh_people(
        &mut self,
        facts: &Facts,
        users: &BTreeSet<UserId>,
        standings: &BTreeSet<(AreaId, UserId)>,
    ) {
        for id in users {
            let Some(user) = facts.users.get(*id) else {
                self.people.put(*id, None);
                self.jazz_admins.remove(id);
                self.jazz_project_admins.remove(id);
                continue;
            };
            let person = self.people.row(*id);
            person.active = !user.archived;
            person.groups = user.groups;
            person.licences = user.held();
            for (group, set) in [
                (RepositoryGroup::JazzAdmins, &mut self.jazz_admins),
                (RepositoryGroup::JazzProjectAdmins, &mut self.jazz_project_admins),
            ] {
                if user.groups.contains(group) {
                    set.insert(*id)
                } else {
                    set.remove(id)
                };
            }
        }
        let touched: BTreeSet<AreaId> = standings.iter().map(|(area, _)| *area).collect();
        for area in touched {
            let Some(law) = self.law(area) else {
                self.role_holders.put(area, None);
                continue;
            };
            let mut holders: BTreeMap<usize, Vec<UserId>> = BTreeMap::new();
            let of_area = (area, UserId::new(0))..=(area, UserId::new(u32::MAX));
            for ((_, user), roles) in facts.members.range(of_area) {
                for ordinal in roles.iter().filter_map(|id| law.ordinal(id)) {
                    holders.entry(ordinal).or_default().push(*user);
                }
            }
            let holders: Arc<[RoleHolders]> = holders
                .into_iter()
                .map(|(ordinal, users)| {
                    let mut role = RoleSet::default();
                    role.insert(ordinal);
                    RoleHolders { role, users: users.into() }
                })
                .collect();
            self.role_holders.put(area, (!holders.is_empty()).then_some(holders));
        }
        for &(area, user) in standings {
            if facts.users.contains(user) {
                let standing = self.standing(facts, area, user);
                let person = self.people.row(user);
                let all = &mut person.standings;
                all.retain(|it| it.area != area);
                if let Some(standing) = standing {
                    let at = all.partition_point(|it| (it.project, it.area) < (standing.project, area));
                    all.insert(at, standing);
                }
            }
        }
    }

    fn standing(&self, facts: &Facts, area: AreaId, user: UserId) -> Option<Standing> {
        let law = self.law(area)?;
        let roles = facts.members.get(&(area, user));
        let administrator = facts.administrators.contains_key(&(area, user));
        let listed = facts.access_list.contains_key(&(area, user));
        (roles.is_some() || administrator || listed).then(|| {
            let mut set = RoleSet::default();
            for ordinal in roles.iter().flat_map(|roles| roles.iter()).filter_map(|id| law.ordinal(id)) {
                set.insert(ordinal);
            }
            Standing {
                project: law.project,
                area,
                member: roles.is_some(),
                administrator,
                listed,
                roles: set,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_beyond_the_sixty_fourth_counts_like_any_other() {
        let of = |ordinals: &[usize]| {
            let mut set = RoleSet::default();
            ordinals.iter().for_each(|it| set.insert(*it));
            set
        };
        let set = of(&[3, 64, 130]);
        assert!(
            [3, 64, 130].into_iter().all(|it| set.contains(it))
                && ![4, 63, 65, 200].iter().any(|it| set.contains(*it))
        );
        assert!(set.intersects(&[0, 0, 1 << 2]) && !set.intersects(&[1, 2]) && !set.intersects(&[]));
        assert!(set.meets(&of(&[130])) && !set.meets(&of(&[129])));
        let mut both = of(&[3]);
        both.extend(&of(&[64, 130]));
        assert_eq!(both, set);
    }
}
