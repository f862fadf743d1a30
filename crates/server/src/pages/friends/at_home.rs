//! What waits on the home page for those who look after the connections with other servers, and who invite.

use askama::Template;
use askama::filters::HtmlSafe;
use governance::{Item, View};
use std::collections::BTreeMap;

use super::friend_path;
use crate::chance::now;
use crate::consumers;
use crate::friends;
use crate::invitation::may_invite;
use crate::pages::frame::Link;
use crate::pages::item_page::item_page;
use crate::pages::part::{Icon, Mark, Said, Time};
use crate::pages::process::used_elsewhere;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;
use store::{Consumer, Friend, KeyState};

/// Lines of the list of what waits.
#[derive(Default, Template)]
#[template(path = "friends/at_home.html")]
pub(crate) struct Waiting {
    /// Keys that nobody has decided about.
    keys: usize,
    /// Approved keys that act as nobody.
    idle: usize,
    /// Friends that fail.
    failing: Vec<FailingFriend>,
    /// Copies of processes that are not followed, and why.
    copies: Vec<(Mark, &'static str)>,
    /// Areas to which invitations are open, and how many.
    invitations: Vec<(Mark, usize)>,
}

impl HtmlSafe for Waiting {}

/// A friend that fails.
struct FailingFriend {
    friend: Link,
    /// What cannot be done.
    words: &'static str,
    said: String,
    since: Time,
}

impl Waiting {
    pub(crate) async fn of(server: &Server, visitor: &Visitor) -> Result<Self, Problem> {
        // What waits for somebody else is theirs.
        if visitor.previewed().is_some() {
            return Ok(Self::default());
        }
        let view = visitor.view();
        let consumers = match view.may_manage_consumers() {
            Ok(()) => consumers::list(server, &visitor.caller).await?,
            Err(_) => Vec::new(),
        };
        let acts_as_nobody = |it: &&Consumer| {
            let user = it.functional_user.filter(|user| server.is_active(*user));
            it.state == KeyState::Authorized && user.is_none()
        };
        let looks_after = view.may_manage_friends().is_ok();
        let friends = if looks_after { friends::list(server, &visitor.caller).await? } else { Vec::new() };
        let copies = used_elsewhere(view)
            .filter(|used| looks_after || view.may_modify_process(used.area).is_ok())
            .filter_map(|used| Some((used.mark(view), used.trouble(server, view)?)));
        Ok(Self {
            keys: consumers.iter().filter(|it| it.state == KeyState::Provisional).count(),
            idle: consumers.iter().filter(acts_as_nobody).count(),
            failing: friends.iter().filter_map(|friend| failing(server, friend)).collect(),
            copies: copies.collect(),
            invitations: invitations(server, view).await?,
        })
    }
}

fn failing(server: &Server, friend: &Friend) -> Option<FailingFriend> {
    let (direction, failure) = server.failing.of(&friend.name)?;
    Some(FailingFriend {
        friend: Link::new(friend_path(&friend.name), friend.name.clone()),
        words: direction.in_vain(),
        said: failure.said,
        since: failure.since.into(),
    })
}

async fn invitations(server: &Server, view: &View) -> Result<Vec<(Mark, usize)>, Problem> {
    let mut counted = BTreeMap::new();
    for invitation in server.office.store().open_invitations(now()).await? {
        *counted.entry(invitation.area).or_insert(0) += 1;
    }
    let seen = counted.into_iter().filter(|(area, _)| may_invite(view, *area)).filter_map(|(area, many)| {
        let found = view.see(area)?;
        let kind = if found.team().is_some() { "team-area" } else { "project-area" };
        let page = format!("{}/members", item_page(view, Item::Area(area)));
        Some((Mark::new(kind, found.name.to_string()).at(page), many))
    });
    Ok(seen.collect())
}
