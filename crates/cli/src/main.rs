//! The `bailiwick` command line (docs/command-line.md).

mod commands;
mod database;
mod failure;
mod lines;
mod organisation_source;
mod output;
mod progress;
mod question;
mod remote;
mod table;
mod yaml;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{
    access_request, backup, check, compare, completions, component, config, configuration, consumer, context,
    contribution, demo, doctor, edit_attributes, explain, export, friend, hierarchy, invitation, licenses,
    log, migrate, openapi, plan, process, recover_administrator, restore, reverse, search, serve,
    shared_query, tag, team_area, test, types, users, verify,
};
use crate::output::Output;

/// Who may do what, and why: decisions from organisation documents, and the server that keeps an organisation
#[derive(Debug, Parser)]
#[command(name = "bailiwick", version, arg_required_else_help = true)]
#[command(
    after_help = "Exit status: 0 done, 1 a refused decision, a failed expectation or a plan that would \
                        change something, 2 bad input.\n\nTo begin with: bailiwick demo"
)]
struct Cli {
    #[command(flatten)]
    output: Output,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Explain(explain::Explain),
    Test(test::Test),
    WhoCan(reverse::WhoCan),
    WhatCan(reverse::WhatCan),
    Search(search::Search),
    EditAttributes(edit_attributes::EditAttributes),
    Compare(compare::Compare),
    Hierarchy(hierarchy::Hierarchy),
    Plan(plan::Plan),
    #[command(visible_alias = "apply")]
    Import(plan::Import),
    Export(export::Export),
    Serve(serve::Serve),
    Config(config::Config),
    Component(component::Component),
    Configuration(configuration::Configuration),
    Contribution(contribution::Contribution),
    Tag(tag::Tag),
    SharedQuery(shared_query::SharedQuery),
    Types(types::Types),
    TeamArea(team_area::TeamArea),
    Process(process::Process),
    Users(users::Users),
    Journal(log::Journal),
    Refusals(log::Refusals),
    Invitation(invitation::Invitation),
    AccessRequest(access_request::AccessRequest),
    Friend(friend::Friend),
    Consumer(consumer::Consumer),
    Context(context::Context),
    Licenses(licenses::Licenses),
    Demo(demo::Demo),
    Migrate(migrate::Migrate),
    Backup(backup::Backup),
    Restore(restore::Restore),
    RecoverAdministrator(recover_administrator::RecoverAdministrator),
    Doctor(doctor::Doctor),
    Verify(verify::Verify),
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApi),
    Completions(completions::Completions),
}

/// What a command came to; see docs/command-line.md#exit-statuses. An error is status 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Done,
    /// A refused decision, a failed expectation, or a plan that would change something.
    Not,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => Self::SUCCESS,
            Status::Not => Self::from(1),
        }
    }
}

fn main() -> ExitCode {
    let Cli { output, command } = Cli::parse();
    let done = match command {
        Command::Check(check) => check.run(output),
        Command::Explain(explain) => explain.run(output),
        Command::Test(test) => test.run(output),
        Command::WhoCan(who_can) => who_can.run(output),
        Command::WhatCan(what_can) => what_can.run(output),
        Command::Search(search) => search.run(output),
        Command::EditAttributes(edit) => edit.run(output),
        Command::Compare(compare) => compare.run(output),
        Command::Hierarchy(hierarchy) => hierarchy.run(output),
        Command::Plan(plan) => plan.run(output),
        Command::Import(import) => import.run(output),
        Command::Export(export) => export.run(output),
        Command::Serve(serve) => serve.run(),
        Command::Config(config) => config.run(output),
        Command::Component(component) => component.run(output),
        Command::Configuration(configuration) => configuration.run(output),
        Command::Contribution(contribution) => contribution.run(output),
        Command::Tag(tag) => tag.run(output),
        Command::SharedQuery(query) => query.run(output),
        Command::Types(types) => types.run(output),
        Command::TeamArea(team_area) => team_area.run(output),
        Command::Process(process) => process.run(output),
        Command::Users(users) => users.run(output),
        Command::Journal(journal) => journal.run(output),
        Command::Refusals(refusals) => refusals.run(output),
        Command::Invitation(invitation) => invitation.run(output),
        Command::AccessRequest(request) => request.run(output),
        Command::Friend(friend) => friend.run(output),
        Command::Consumer(consumer) => consumer.run(output),
        Command::Context(context) => context.run(output),
        Command::Licenses(licenses) => licenses.run(output),
        Command::Demo(demo) => demo.run(),
        Command::Migrate(migrate) => migrate.run(output),
        Command::Backup(backup) => backup.run(output),
        Command::Restore(restore) => restore.run(output),
        Command::RecoverAdministrator(recover) => recover.run(),
        Command::Doctor(doctor) => doctor.run(output),
        Command::Verify(verify) => verify.run(output),
        Command::OpenApi(openapi) => openapi.run(),
        Command::Completions(completions) => completions.run(),
    };
    match done {
        Ok(status) => status.into(),
        Err(error) => {
            failure::tell(&error);
            ExitCode::from(2)
        }
    }
}
