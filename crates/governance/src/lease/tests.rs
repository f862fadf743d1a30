use super::*;
use crate::catalogue::OperationId;
use crate::day::Day;
use crate::event::{Change, Event};
use crate::item::Item;
use crate::licence_pool::LicencePool;
use crate::question::{Ask, With};
use crate::user::User;

const ANN: UserId = UserId::new(0);
const BEA: UserId = UserId::new(1);

fn licence(id: &str) -> LicenceType {
    LicenceType::from_id(id).unwrap()
}

fn seats(id: &str) -> Pool {
    Pool::Seats(licence(id))
}

/// Ann, to whom these are assigned, and these pools.
fn organisation(assigned: &[&str], pools: &[(&str, LicencePool)]) -> Organisation {
    let licences = assigned.iter().map(|id| licence(id)).collect();
    let ann = User { licences, ..User::new("ann", "Ann") };
    let ann = Event::User(Change { key: ANN, before: None, after: Some(ann.into()) });
    let pools = pools.iter().map(|(id, pool)| {
        Event::LicencePool(Change { key: licence(id), before: None, after: Some(pool.clone()) })
    });
    let events: Vec<_> = pools.chain([ann]).collect();
    Organisation::default().after(&events)
}

fn asks(operations: &[&str]) -> Vec<Question> {
    let ask = |name: &&str| {
        let operation = OperationId::from_name(name).unwrap();
        let ask = Ask::Perform(operation, Default::default(), With::Nothing);
        Question { user: Some(ANN), ask, item: Item::Repository, leases: LicenceSet::NONE }
    };
    operations.iter().map(ask).collect()
}

const TODAY: &str = "2026-11-26";

/// What Ann uses for operations, while others have leased this.
fn uses(
    organisation: &Organisation,
    leased: &[(UserId, &str, Pool)],
    operations: &[&str],
) -> Result<Vec<String>, &'static str> {
    let supply = organisation.supply_on(Day::parse(TODAY).unwrap());
    let lasting = leased.iter().map(|(user, id, pool)| (*user, licence(id), *pool));
    let used = Leases::of(&supply, lasting).used(organisation, ANN, &asks(operations));
    let text = |used: LicenceUse| match used {
        LicenceUse::Authorised(licence) => format!("authorised {}", licence.id()),
        LicenceUse::Leased(licence) => format!("leased {}", licence.id()),
        LicenceUse::Taken(licence, pool) => format!("{} from {}", licence.id(), pool.id()),
    };
    let used = used.map_err(|refusal| refusal.gate().map_or("", Gate::word))?;
    Ok(used.into_iter().map(text).collect())
}

const DEVELOPER: (&str, LicencePool) =
    ("ewm-developer", LicencePool { seats: 1, authorised: None, tokens: None, expires: None });
const STAKEHOLDER: (&str, LicencePool) =
    ("ewm-stakeholder", LicencePool { seats: 1, authorised: None, tokens: None, expires: None });
const SAVE: &[&str] = &["ccm.save-work-item"];

fn tokens(id: &'static str, tokens: u32) -> (&'static str, LicencePool) {
    (id, LicencePool { tokens: Some(tokens), ..LicencePool::default() })
}

#[track_caller]
fn check(used: Result<Vec<String>, &str>, expected: Result<&[&str], &str>) {
    assert_eq!(used, expected.map(|it| it.iter().map(|it| (*it).to_owned()).collect()));
}

#[test]
fn what_is_assigned_is_used_before_a_lease_and_a_lease_before_a_new_one() {
    let pools = [DEVELOPER, STAKEHOLDER];
    let leased = [(ANN, "ewm-developer", seats("ewm-developer"))];
    check(
        uses(&organisation(&["elm-practitioner"], &pools), &leased, SAVE),
        Ok(&["authorised elm-practitioner"]),
    );
    let organisation = organisation(&[], &pools);
    check(uses(&organisation, &leased, SAVE), Ok(&["leased ewm-developer"]));
    check(uses(&organisation, &[], SAVE), Ok(&["ewm-stakeholder from ewm-stakeholder"]));
    let others = [(BEA, "ewm-stakeholder", seats("ewm-stakeholder"))];
    check(uses(&organisation, &others, SAVE), Ok(&["ewm-developer from ewm-developer"]));
    let others = [others[0], (BEA, "ewm-developer", seats("ewm-developer"))];
    check(uses(&organisation, &others, SAVE), Err("LICENSE"));
}

#[test]
fn a_seat_that_is_taken_for_one_question_serves_the_next() {
    let organisation = organisation(&[], &[DEVELOPER]);
    let asked = ["ccm.save-work-item", "ccm.save-plan", "process.save-team-area"];
    check(uses(&organisation, &[], &asked), Ok(&["ewm-developer from ewm-developer"]));
    check(uses(&organisation, &[], &["process.save-team-area"]), Ok(&[]));
}

#[test]
fn tokens_are_shared_by_the_types_that_may_be_leased_by_them() {
    let organisation =
        organisation(&[], &[tokens("ewm-developer", 10), tokens("etm-quality-professional", 5)]);
    check(uses(&organisation, &[], &["ccm.save-plan"]), Ok(&["ewm-developer from tokens"]));
    check(uses(&organisation, &[], &["qm.save-test-plan"]), Ok(&["etm-quality-professional from tokens"]));
    let others = [(BEA, "ewm-developer", Pool::Tokens)];
    check(uses(&organisation, &others, &["qm.save-test-plan"]), Err("LICENSE"));
    // 15 are enough for either of them and not for both.
    check(uses(&organisation, &[], &["ccm.save-plan", "qm.save-test-plan"]), Err("LICENSE"));
}

#[test]
fn a_seat_of_a_type_is_taken_before_tokens() {
    let pool = LicencePool { tokens: Some(8), ..LicencePool::of_seats(1) };
    let organisation = organisation(&[], &[("ewm-developer", pool)]);
    check(uses(&organisation, &[], SAVE), Ok(&["ewm-developer from ewm-developer"]));
    let others = [(BEA, "ewm-developer", seats("ewm-developer"))];
    check(uses(&organisation, &others, SAVE), Ok(&["ewm-developer from tokens"]));
}

#[test]
fn a_pool_is_leased_up_to_its_last_day_and_its_leases_end_with_it() {
    let until = |day: &str| LicencePool { expires: Day::parse(day), ..LicencePool::of_seats(1) };
    let lasting = organisation(&[], &[("ewm-developer", until(TODAY))]);
    check(uses(&lasting, &[], SAVE), Ok(&["ewm-developer from ewm-developer"]));
    let expired = organisation(&[], &[("ewm-developer", until("2026-11-25"))]);
    let leased = [(ANN, "ewm-developer", seats("ewm-developer"))];
    check(uses(&expired, &leased, SAVE), Err("LICENSE"));
    assert!(expired.leasable().contains(licence("ewm-developer")), "documents are asked without a clock");
}

#[test]
fn a_denial_is_one_of_the_cheapest_pool_that_would_have_done() {
    let organisation = organisation(&[], &[DEVELOPER, STAKEHOLDER, tokens("elm-contributor", 9)]);
    let supply = organisation.supply_on(Day::parse(TODAY).unwrap());
    let denied = |operation: &str, gate: Gate| {
        let question = Box::new(asks(&[operation]).remove(0));
        let refused = Refused { gate, area: None, missing: Default::default() };
        supply.denied(&Refusal::Decision { question, refused }).into_iter().map(Pool::id).collect::<Vec<_>>()
    };
    assert_eq!(denied("ccm.save-work-item", Gate::License), ["ewm-stakeholder"]);
    assert_eq!(denied("ccm.save-plan", Gate::License), ["tokens"]);
    assert_eq!(denied("rm.save-artifact", Gate::License), [""; 0]);
    assert_eq!(denied("ccm.save-plan", Gate::Permission), [""; 0]);
}

#[test]
fn whoever_has_leased_the_last_seat_may_go_on_and_others_may_not_begin() {
    let organisation = organisation(&[], &[DEVELOPER]);
    let supply = organisation.supply_on(Day::parse(TODAY).unwrap());
    let leases = Leases::of(&supply, [(BEA, licence("ewm-developer"), seats("ewm-developer"))]);
    let has = |user| leases.for_user(user).contains(licence("ewm-developer"));
    assert!(has(Some(BEA)) && !has(Some(ANN)) && !has(None));
}
