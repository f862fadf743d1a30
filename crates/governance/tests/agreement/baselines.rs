//! Laws of baselining a hierarchy (docs/global-configurations.md#baselining-a-hierarchy).

use std::collections::HashSet;

use governance::{
    Act as _, BaselineHierarchy, BaselineOutcome, Change, Command, Component, ConfigurationId,
    ConfigurationKind, Contribution, Event, LocalOutcome, NamePattern, Organisation, ProcessArea, Refusal,
    UserId,
};
use sample::{HIERARCHY_ROOT, organisation_with_hierarchy, random_organisation};

/// Without any application that keeps a local stream.
fn command(root: ConfigurationId) -> BaselineHierarchy {
    BaselineHierarchy { root, names: NamePattern::new("{name} B"), locals: Default::default() }
}

/// With applications that do as they are asked.
fn with_locals(organisation: &Organisation, root: ConfigurationId) -> BaselineHierarchy {
    let all = organisation.all_contributions().flat_map(|(_, list)| list);
    let locals = all.filter_map(|contribution| match contribution {
        Contribution::Local(uri) => {
            let baseline = uri.replace("stream", "baseline").into();
            Some((uri.clone(), LocalOutcome::Baseline(baseline)))
        }
        Contribution::Configuration(_) => None,
    });
    BaselineHierarchy { locals: locals.collect(), ..command(root) }
}

fn is_baseline(organisation: &Organisation, id: ConfigurationId) -> bool {
    matches!(organisation.configuration(id).unwrap().kind, ConfigurationKind::Baseline(_))
}

/// The same with every area and component active.
fn without_archive(organisation: &Organisation) -> Organisation {
    let areas = organisation.areas().filter(|(_, it)| it.archived).map(|(key, it)| {
        let after = ProcessArea { archived: false, ..it.clone() };
        Event::Area(Change { key, before: Some(it.clone().into()), after: Some(after.into()) })
    });
    let components = organisation.components().filter(|(_, it)| it.archived).map(|(key, it)| {
        let after = Component { archived: false, ..it.clone() };
        Event::Component(Change { key, before: Some(it.clone()), after: Some(after) })
    });
    organisation.after(&areas.chain(components).collect::<Vec<_>>())
}

/// What is made comes to stand below the root's, is of baselines if it is one, and leaves nothing to do.
fn check(
    organisation: &Organisation,
    by: UserId,
    command: &BaselineHierarchy,
    told: &str,
) -> Option<Organisation> {
    let plan = command.plan(organisation, by, organisation.leasable());
    let acted = match Command::from(command.clone()).act(organisation, by, organisation.leasable()) {
        Ok(acted) => acted,
        Err(Refusal::Nothing) => {
            assert!(!plan.changes, "{told}");
            return None;
        }
        // What is not seen is not planned, which is for views to see to.
        Err(refusal) if refusal.is_not_found() => return None,
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
    for event in &acted.events {
        let Event::Configuration(Change { key, before: None, after: Some(made) }) = event else { continue };
        let Some(stream) = made.source.filter(|_| is_baseline(&after, *key)) else { continue };
        assert!(!after.has_changed_since_its_baseline(stream), "{told}: {stream:?} was baselined just now");
    }
    let refused =
        plan.count(BaselineOutcome::Refused) > 0 || plan.lines.iter().any(|it| !it.refusals.is_empty());
    assert!(refused || is_baseline(&after, plan.root.unwrap()), "{told}: {plan:?}");
    let again = Command::from(command.clone()).act(&after, by, after.leasable());
    // Where all that is left is refused, that is told.
    assert!(again.is_err(), "{told}: a second run finds nothing to do");
    Some(after)
}

#[test]
fn after_a_run_another_finds_nothing_to_do_and_nothing_is_half_made() {
    let (mut made, mut staged) = (0, 0);
    for seed in 0..60 {
        let organisation = random_organisation(seed);
        let active = organisation.users().filter(|(_, user)| !user.archived);
        let users: Vec<UserId> = active.map(|(id, _)| id).collect();
        for (root, _) in organisation.configurations() {
            for by in &users {
                let told = format!("seed {seed}, {by:?}, {root:?}");
                let Some(after) = check(&organisation, *by, &command(root), &told) else { continue };
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
    let organisation = without_archive(&Organisation::default().after(&events));
    let by = organisation.users().next().unwrap().0;
    let streams = organisation.hierarchy(HIERARCHY_ROOT).unwrap();
    let command = with_locals(&organisation, HIERARCHY_ROOT);
    let after = check(&organisation, by, &command, "large").expect("everything is new");
    let plan = command.plan(&organisation, by, organisation.leasable());
    assert_eq!(plan.refusals().next(), None);
    let root = command.plan(&after, by, after.leasable()).root.unwrap();
    let baselines = after.hierarchy(root).unwrap();
    assert_eq!(baselines.len(), streams.len());
    assert_eq!((baselines.contributions(), baselines.depth()), (streams.contributions(), streams.depth()));
    assert!(baselines.configurations().iter().all(|id| is_baseline(&after, *id)));
    // Whoever is given less since then is another than its baseline, and nobody else.
    let content = after.contributions(HIERARCHY_ROOT);
    let (before, less) = (content.to_vec(), content[1..].to_vec());
    let change = Change { key: HIERARCHY_ROOT, before: Some(before.into()), after: Some(less.into()) };
    let after = after.after(&[Event::Contributions(change)]);
    let changed = |id: &&ConfigurationId| after.has_changed_since_its_baseline(**id);
    assert_eq!(streams.configurations().iter().filter(changed).collect::<Vec<_>>(), [&HIERARCHY_ROOT]);
}
