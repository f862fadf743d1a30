//! Where a route answers something else than the rule, and why.

mod api;
mod pages;

use super::Who::{self, Guest, Nobody, Reader, Stranger};

/// Routes that answer somebody otherwise, for a reason.
pub(super) struct Exemption {
    who: &'static [Who],
    pub(super) status: u16,
    pub(super) gate: Option<&'static str>,
    pub(super) because: &'static str,
    routes: &'static [&'static str],
}

impl Exemption {
    pub(super) fn is_for(&self, who: Who, route: &str) -> bool {
        self.who.contains(&who) && self.routes.contains(&route)
    }
}

pub(super) fn all() -> impl Iterator<Item = &'static Exemption> {
    api::EXEMPTIONS.iter().chain(pages::EXEMPTIONS)
}

/// Each of them by itself.
pub(super) fn each() -> impl Iterator<Item = (Who, &'static str)> {
    let of =
        |it: &'static Exemption| it.who.iter().flat_map(|who| it.routes.iter().map(|route| (*who, *route)));
    all().flat_map(of)
}

const fn exempt(
    who: &'static [Who],
    status: u16,
    because: &'static str,
    routes: &'static [&'static str],
) -> Exemption {
    Exemption { who, status, gate: None, because, routes }
}

/// Refused as a matter of repository groups: nothing that could be hidden is asked for.
const fn by_group(because: &'static str, who: &'static [Who], routes: &'static [&'static str]) -> Exemption {
    Exemption { who, status: 403, gate: Some("REPOSITORY_GROUP"), because, routes }
}

const ALL: &[Who] = &[Nobody, Stranger, Reader, Guest];
const SIGNED_IN: &[Who] = &[Stranger, Reader, Guest];
