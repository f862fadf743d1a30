//! Pages in a real browser, as people use them: with and without scripts, by mouse and by keyboard.

mod access;
mod area_edits;
mod configurations;
mod cost;
pub(crate) mod friends;
mod people;
mod process;
mod process_rest;
mod timelines;
mod types;

use crate::running::{Running, password};
use crate::web_driver::{Browser, Scripts};

pub(crate) const DESKTOP: (u32, u32) = (1440, 900);
pub(crate) const PHONE: (u32, u32) = (390, 844);

/// A browser in which somebody has signed in.
pub(crate) async fn signed_in(server: &Running, who: &str, size: (u32, u32), scripts: Scripts) -> Browser {
    let browser = Browser::start(size, scripts).await;
    browser.open(&format!("{}/sign-in", server.base)).await;
    browser.reads("h1", "Sign in").await;
    browser.type_into("#user", who).await;
    browser.type_into("#password", &password(who)).await;
    browser.click("main form:first-of-type button.primary").await;
    browser.reads(".bar", "").await;
    browser.is_at("/").await;
    browser
}

/// The number of a project area, and that of its first team area.
pub(crate) fn areas(server: &Running, name: &str) -> (u32, u32) {
    let found = server.organisation.project_areas().find(|(_, area, _)| *area.name == *name);
    let (project, ..) = found.expect("it is in the story");
    let team = server.organisation.team_areas(project).next();
    (project.number(), team.map_or(0, |team| team.number()))
}
