//! Organisations built by commands alone, and what becomes of them.

mod applications;
mod baselines;
mod configurations;
mod hierarchies;
mod people;
mod process;
mod process_copies;
mod templates;
mod vocabulary;

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::*;
use crate::act::{Act, Acted};
use crate::carried::Carried;
use crate::catalogue::{ActionPattern, Application, LicenceSet, LicenceType, OperationId};
use crate::configuration::{ConfigurationId, Contribution};
use crate::event::Change;
use crate::item::Item;
use crate::process::{Cardinality, Permission, PermissionKey, Role, Slot};
use crate::process_area::{AreaId, ReadAccess};
use crate::text::Name;
use crate::user::{GroupSet, RepositoryGroup};

/// An organisation that commands have made.
struct World {
    now: Organisation,
}

thread_local! {
    /// The commands that have been carried out on this thread, by name.
    static CARRIED_OUT: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

impl World {
    /// With `root` alone, who administers it.
    fn new() -> Self {
        let mut root = user("root");
        root.licences = licences();
        root.groups = GroupSet::of(&[RepositoryGroup::JazzAdmins]);
        let first = Event::User(Change { key: UserId::new(0), before: None, after: Some(root.into()) });
        Self { now: Organisation::default().after([&first]) }
    }

    /// Somebody gives a command; what it comes to counts from then on.
    fn by(&mut self, who: &str, command: impl Into<Command>) -> Acted {
        let command = command.into();
        let by = self.user(who);
        let acted = match command.act(&self.now, by, LicenceSet::NONE) {
            Ok(acted) => acted,
            Err(refusal) => panic!("{who}: {command:?}: {refusal}: {refusal:?}"),
        };
        assert!(self.now.agrees_with(&acted.events), "{command:?}");
        assert_eq!(command.propose(&self.now, by).unwrap().events, acted.events);
        let text = serde_json::to_string(&command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), command, "{text}");
        saw(&command);
        self.now = self.now.after(&acted.events);
        acted
    }

    fn root(&mut self, command: impl Into<Command>) -> Acted {
        self.by("root", command)
    }

    /// Somebody gives a command and is refused with this text; nothing is left behind.
    fn refuses(&self, who: &str, command: impl Into<Command>, with: &str) {
        let command = command.into();
        let refusal = command.act(&self.now, self.user(who), LicenceSet::NONE).unwrap_err();
        assert!(refusal.to_string().contains(with), "{command:?}: {refusal}: {refusal:?}");
    }

    fn user(&self, id: &str) -> UserId {
        self.now.user_by_id(id).unwrap()
    }
    fn area(&self, text: &str) -> AreaId {
        self.now.area_at(text).unwrap()
    }
    fn item(&self, text: &str) -> Item {
        self.now.item_at(text).unwrap()
    }
    /// `Motor/stream:Motor 1.0` of the Electric Vehicle.
    fn configuration(&self, text: &str) -> ConfigurationId {
        match self.item(&format!("gc:Electric Vehicle#{text}")) {
            Item::Configuration(id) => id,
            other => panic!("{other:?}"),
        }
    }

    fn person(&mut self, id: &str) {
        let mut user = user(id);
        user.licences = licences();
        self.root(Create { new: user });
    }
    fn member(&mut self, area: &str, id: &str, roles: &[&str]) -> Acted {
        let member = self.as_member(area, id, roles);
        self.root(member)
    }
    fn as_member(&self, area: &str, id: &str, roles: &[&str]) -> SetMember {
        let roles = roles.iter().map(|it| Name::from(*it)).collect();
        SetMember { area: self.area(area), user: self.user(id), roles }
    }
    fn team(&mut self, parent: &str, name: &str) {
        let team = self.new_team(parent, name);
        self.root(team);
    }
    fn new_team(&self, parent: &str, name: &str) -> CreateTeamArea {
        CreateTeamArea {
            parent: self.area(parent),
            name: name.into(),
            role_inheritance: None,
            timeline: None,
            carried: Carried::NOTHING,
        }
    }
    fn permission(&mut self, area: &str, role: &str, operation: &str, actions: &[&str]) {
        let permission = self.entry(area, role, operation, actions);
        self.root(permission);
    }
    fn entry(&self, area: &str, role: &str, operation: &str, actions: &[&str]) -> SetPermission {
        let (key, permission) = entry(role, operation, actions);
        SetPermission { area: self.area(area), key, permission }
    }
}

fn saw(command: &Command) {
    let text = format!("{command:?}");
    CARRIED_OUT.with_borrow_mut(|seen| seen.insert(text.split('(').next().unwrap().to_owned()));
    match command {
        Command::Together(together) => together.commands.iter().for_each(saw),
        Command::Save(save) => save.changes.iter().for_each(saw),
        _ => {}
    }
}

fn licences() -> LicenceSet {
    LicenceType::from_id("elm-practitioner").into_iter().collect()
}

fn user(id: &str) -> User {
    User::new(id, id)
}

fn role(id: &str) -> Role {
    Role { id: id.into(), name: id.into(), cardinality: Cardinality::Many, carried: Carried::NOTHING }
}

fn entry(role: &str, operation: &str, actions: &[&str]) -> (PermissionKey, Permission) {
    let operation = OperationId::from_name(operation).unwrap();
    let actions = actions.iter().map(|it| ActionPattern::parse(operation, it).unwrap()).collect();
    let key = PermissionKey { role: role.into(), operation, slot: Slot::Always };
    (key, Permission { actions, is_final: false })
}

fn project_area(application: Application, name: &str, roles: &[&str]) -> CreateProjectArea {
    let new = CreateProjectArea::new(application, name.into(), ReadAccess::Everyone);
    CreateProjectArea { roles: roles.iter().map(|id| role(id)).collect(), ..new }
}

/// Electric Vehicle with its Tuning Team: Bob leads there, Tia contributes, Lena leads in the project area.
fn electric_vehicle() -> World {
    let mut world = World::new();
    for id in ["ada", "bob", "tia", "lena"] {
        world.person(id);
    }
    let mut area = project_area(Application::Gc, "Electric Vehicle", &["lead", "contributor", "tagger"]);
    area.administrators = vec![world.user("ada")];
    area.permissions = ["gc.save-component", "gc.save-stream", "gc.save-baseline", "gc.save-staging-stream"]
        .map(|operation| entry("lead", operation, &["*"]))
        .into_iter()
        .chain([
            entry("contributor", "gc.save-stream", &["modify-attributes"]),
            entry("tagger", "gc.manage-tags", &["*"]),
            entry("default", "gc.save-personal-stream", &["create", "modify"]),
        ])
        .collect();
    world.root(area);
    world.team("gc/Electric Vehicle", "Tuning Team");
    world.member("gc/Electric Vehicle", "lena", &["lead"]);
    world.member("gc/Electric Vehicle/Tuning Team", "bob", &["lead"]);
    world.member("gc/Electric Vehicle/Tuning Team", "tia", &["contributor"]);
    for name in ["Motor", "Vehicle"] {
        let project_area = world.area("gc/Electric Vehicle");
        world.by("lena", CreateComponent { project_area, name: name.into(), carried: Carried::NOTHING });
    }
    world
}

impl World {
    fn make(&self, kind: NewConfiguration, source: &str, name: &str) -> CreateConfiguration {
        CreateConfiguration {
            source: self.configuration(source),
            kind,
            name: name.into(),
            carried: Carried::NOTHING,
            in_place_in: None,
        }
    }
    fn add(&self, parent: &str, contribution: &str) -> AddContribution {
        AddContribution {
            parent: self.configuration(parent),
            contribution: Contribution::Configuration(self.configuration(contribution)),
            at: None,
        }
    }
}

#[test]
fn every_command_is_carried_out_by_these_tests() {
    configurations::a_component_begins_unassigned_with_an_initial_stream_and_baseline_that_inherit();
    configurations::a_new_configuration_copies_the_setting_of_its_source();
    configurations::who_is_given_a_stream_may_baseline_it_and_the_former_lead_may_not();
    configurations::a_personal_stream_belongs_to_its_maker_and_has_no_team_area();
    configurations::a_cycle_is_refused_and_its_path_named();
    configurations::what_a_new_contribution_must_be();
    configurations::a_baseline_contains_baselines_only_and_a_commit_makes_one();
    configurations::bob_puts_his_new_stream_in_the_place_of_his_old_one_by_the_second_path();
    configurations::a_component_takes_its_configurations_along_and_needs_the_permission_for_each();
    configurations::a_used_team_area_is_archived_only_with_a_replacement();
    hierarchies::a_configuration_is_replaced_wherever_a_hierarchy_contains_it_by_the_second_path_too();
    hierarchies::what_stands_beside_its_replacement_is_removed();
    hierarchies::frozen_containers_are_named_and_nothing_is_replaced();
    hierarchies::a_branch_has_a_stream_of_everything_and_the_settings_of_each_source();
    hierarchies::nothing_is_branched_from_a_personal_stream_and_each_is_named();
    people::the_last_active_member_of_jazz_admins_cannot_be_lost();
    people::ids_that_differ_by_case_or_form_alone_cannot_both_exist();
    people::a_person_changes_their_own_name_and_mail_and_nothing_else();
    people::a_person_of_a_registry_is_taken_over_and_for_nobody_else();
    people::the_internal_licence_is_neither_assigned_nor_pooled();
    people::settings_are_for_who_manages_the_server();
    people::an_access_group_that_something_uses_cannot_be_deleted();
    people::whoever_accepts_an_invitation_has_its_roles_besides_their_own_by_the_rights_of_the_inviter();
    process::a_role_of_cardinality_one_has_one_member_in_an_area();
    process::a_role_is_removed_only_when_nothing_uses_it();
    process::a_role_id_is_in_use_once_on_the_way_down();
    process::tags_are_not_carried_into_team_areas();
    process::administrators_save_the_process_and_others_do_not();
    process::team_areas_nest_without_cycles();
    process::a_timeline_that_something_names_stays();
    process::a_shared_process_stays_shared_while_it_is_used();
    process::whoever_uses_a_process_keeps_what_is_their_own_or_drops_it();
    templates::templates_are_for_who_manages_them_and_one_of_a_name();
    templates::a_template_made_of_a_consumer_has_what_it_uses_and_nothing_of_its_timelines();
    process::commands_together_are_judged_one_after_the_other_and_leave_nothing_behind_when_one_is_refused();
    process::a_save_is_judged_by_what_its_author_may_before_it();
    process::a_project_area_begins_with_all_that_its_maker_says();
    vocabulary::a_tag_is_renamed_and_deleted_wherever_it_is_with_what_is_nested_in_it();
    vocabulary::types_are_taken_from_another_project_area();
    vocabulary::shared_queries_are_kept_changed_and_removed_by_those_who_may();
    applications::a_work_item_is_changed_where_its_category_leads();
    applications::a_restricted_category_needs_a_team_area_at_or_above_it();
    applications::private_needs_a_user_as_its_owner_and_team_private_a_team_area();
    applications::a_test_artefact_is_governed_by_its_team_area();
    applications::a_requirement_that_changes_hands_by_being_moved_needs_the_permission_to_give_it_away();
    baselines::a_hierarchy_is_baselined_bottom_up_and_only_what_changed();
    baselines::what_is_refused_leaves_staging_streams_that_a_second_run_finishes();
    baselines::an_approval_ends_when_what_was_approved_changes();
    baselines::all_that_is_demanded_of_a_baseline_is_told_at_once();
    let all = Command::NAMES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(CARRIED_OUT.with_borrow(Clone::clone), all);
}
