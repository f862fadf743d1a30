//! What health says that nobody may do, nobody does by a role.

use std::collections::BTreeSet;

use governance::{
    Ask, Basis, Finding, Organisation, Question, Severity, decide, health, repository_administrators,
};
use sample::{random_changes, random_organisation, random_questions};

const SEEDS: std::ops::Range<u64> = 0..40;

/// Organisations as they are imported, and after changes that leave roles to nobody.
fn organisations() -> impl Iterator<Item = (u64, Organisation)> {
    SEEDS.flat_map(|seed| {
        let imported = random_organisation(seed);
        let changed =
            random_changes(&imported, seed, 30).iter().fold(imported.clone(), |it, events| it.after(events));
        [(seed, imported), (seed, changed)]
    })
}

#[test]
fn no_role_allows_what_nobody_may_do() {
    let (mut told, mut asked) = (0, 0);
    for (seed, organisation) in organisations() {
        let nobodys: BTreeSet<_> = health(&organisation)
            .into_iter()
            .filter_map(|finding| match finding {
                Finding::OperationOfNobody(project, operation) => Some((project, operation)),
                _ => None,
            })
            .collect();
        told += nobodys.len();
        for question in random_questions(&organisation, seed, 400) {
            let (Ask::Perform(operation, ..), Some(project)) =
                (&question.ask, organisation.project_of_item(question.item))
            else {
                continue;
            };
            if nobodys.contains(&(project, *operation)) {
                asked += 1;
                for (user, _) in organisation.users() {
                    let question = Question { user: Some(user), ..question.clone() };
                    let allowed = decide(&organisation, &question);
                    assert!(
                        allowed.is_err() || allowed.is_ok_and(|it| it.basis == Basis::Override),
                        "seed {seed}: {question:?}"
                    );
                }
            }
        }
    }
    assert!(told > 20 && asked > 20, "{told} {asked}");
}

#[test]
fn a_role_that_nobody_holds_is_assigned_to_nobody_active() {
    let mut told = 0;
    for (seed, organisation) in organisations() {
        for finding in health(&organisation) {
            match finding {
                Finding::RoleHeldByNobody(area, role) => {
                    told += 1;
                    for below in organisation.subtree(area) {
                        for (user, roles) in organisation.members(below) {
                            let active = organisation.user(user).is_some_and(|user| !user.archived);
                            assert!(!(active && roles.contains(&role)), "seed {seed}: {role}");
                        }
                    }
                }
                Finding::NoAdministrator(area) => {
                    let active = |user| organisation.user(user).is_some_and(|user| !user.archived);
                    assert!(!organisation.administrators(area).any(active), "seed {seed}");
                }
                _ => {}
            }
        }
    }
    assert!(told > 20, "{told}");
}

#[test]
fn an_empty_organisation_lacks_an_administrator_and_nothing_else() {
    let organisation = Organisation::default();
    assert_eq!(repository_administrators(&organisation).count(), 0);
    assert_eq!(health(&organisation), [Finding::NoRepositoryAdministrator]);
    assert_eq!(Finding::NoRepositoryAdministrator.severity(), Severity::Wrong);
}
