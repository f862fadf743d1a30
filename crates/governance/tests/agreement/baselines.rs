//! Laws of baselining a hierarchy (docs/global-configurations.md#baselining-a-hierarchy).

use std::collections::HashSet;

use governance::{
    Act as _, BaselineHierarchy, BaselineNames, BaselineOutcome, Command, ConfigurationId, ConfigurationKind,
    Contribution, Event, Organisation, Refusal, UserId,
};
use sample::{HIERARCHY_ROOT, organisation_with_hierarchy, random_organisation};

fn command(root: ConfigurationId) -> BaselineHierarchy {
    BaselineHierarchy { root, names: BaselineNames::new("{name} B"), locals: Default::default() }
}

fn is_baseline(organisation: &Organisation, id: ConfigurationId) -> bool {
    matches!(organisation.configuration(id).unwrap().kind, ConfigurationKind::Baseline(_))
}

/// What is made comes to stand below the root's, is of baselines if it is one, and leaves nothing to do.
fn check(organisation: &Organisation, by: UserId, root: ConfigurationId, told: &str) -> Option<Organisation> {
    let command = command(root);
    let plan = command.plan(organisation, by, organisation.leasable());
    let acted = match Command::from(command.clone()).act(organisation, by, organisation.leasable()) {
        Ok(acted) => acted,
        Err(Refusal::Nothing) => {
            assert!(!plan.changes, "{told}");
            return None;
        }
        Err(refusal) => {
            assert!(plan.root.is_none(), "{told}: {refusal}: {plan:?}");
            return None;
        }
    };
    let after = organisation.after(&acted.events);
    let hierarchy = after.hierarchy(plan.root.unwrap()).unwrap();
    let below: HashSet<_> = hierarchy.configurations().iter().copied().collect();
    for event in &acted.events {
        let Event::Configuration(change) = event else { continue };
        assert!(below.contains(&change.key), "{told}: nothing is made that the root does not contain");
    }
    for id in below.iter().filter(|id| is_baseline(&after, **id)) {
        for contribution in after.contributions(*id) {
            let Contribution::Configuration(child) = contribution else { continue };
            assert!(is_baseline(&after, *child), "{told}: a baseline contains baselines only");
        }
    }
    let refused =
        plan.count(BaselineOutcome::Refused) > 0 || plan.lines.iter().any(|it| !it.refusals.is_empty());
    assert!(refused || is_baseline(&after, plan.root.unwrap()), "{told}: {plan:?}");
    let again = Command::from(command).act(&after, by, after.leasable());
    assert_eq!(again.unwrap_err(), Refusal::Nothing, "{told}: a second run finds nothing to do");
    Some(after)
}

#[test]
fn after_a_run_another_finds_nothing_to_do_and_nothing_is_half_made() {
    let (mut made, mut staged) = (0, 0);
    for seed in 0..60 {
        let organisation = random_organisation(seed);
        let users: Vec<UserId> = organisation.users().map(|(id, _)| id).collect();
        for (root, _) in organisation.configurations() {
            for by in &users {
                let told = format!("seed {seed}, {by:?}, {root:?}");
                let Some(after) = check(&organisation, *by, root, &told) else { continue };
                made += 1;
                let new = after.configurations().filter(|(id, _)| organisation.configuration(*id).is_none());
                staged += usize::from(new.into_iter().any(|(id, _)| !is_baseline(&after, id)));
            }
        }
    }
    assert!(made > 50 && staged > 5, "{made} {staged}");
}

#[test]
fn a_hierarchy_of_ten_thousand_contributions_and_thirty_levels_is_baselined_as_one_change() {
    let events: Vec<Event> = organisation_with_hierarchy(10_000, 7).collect();
    let organisation = Organisation::default().after(&events);
    let by = organisation.users().next().unwrap().0;
    let streams = organisation.hierarchy(HIERARCHY_ROOT).unwrap();
    let after = check(&organisation, by, HIERARCHY_ROOT, "large").expect("everything is new");
    let root = command(HIERARCHY_ROOT).plan(&after, by, after.leasable()).root.unwrap();
    let baselines = after.hierarchy(root).unwrap();
    assert_eq!(baselines.len(), streams.len());
    assert_eq!((baselines.contributions(), baselines.depth()), (streams.contributions(), streams.depth()));
    assert!(baselines.configurations().iter().all(|id| is_baseline(&after, *id)));
}
