//! What the applications keep in a project area: seven nouns, each with the same routes.

use governance::{
    Archive, AreaId, Command, Create, Created, Delete, Edit, Edited, Event, Id, Seen, Subject, Unarchive,
    View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::ProjectAreaPath;
use super::body::Nothing;
use super::item::path;
use super::refused::of_refusal;
use super::resolve::found;
use super::route::{Api, Body, Parameters, Rows, Verb};
use crate::problem::Problem;

/// A noun that a project area keeps for its application.
pub(super) trait Kept: Seen + Edited + Created {
    /// As it is read.
    type Shown: Serialize + JsonSchema + 'static;
    /// As it is sent to be made.
    type New: Body;
    /// The keys that are to change.
    type Keys: Body;

    fn place(&self) -> Place<'_>;
    /// What can be archived, and deleted unless it never is.
    fn subject(id: Id<Self>) -> Subject;
    fn show(&self, view: &View, id: Id<Self>) -> Self::Shown;
    fn make(view: &View, project_area: AreaId, new: Self::New) -> Result<Self, Problem>;
    fn keys(&self, view: &View, keys: Self::Keys) -> Result<Vec<Self::Key>, Problem>;
}

/// What lists choose by.
pub(super) struct Place<'a> {
    pub(super) project_area: AreaId,
    pub(super) archived: bool,
    /// Its name or title.
    pub(super) name: &'a str,
}

/// Declares the routes of a noun and what addresses it.
macro_rules! kept {
    ($noun:ty, $collection:literal, $path:ident { $(#[$doc:meta])* $key:ident },
        $a:literal, $many:literal $(, $delete:literal)?) => {
        /// Which one.
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        struct $path {
            $(#[$doc])*
            $key: String,
        }
        impl AsRef<str> for $path {
            fn as_ref(&self) -> &str {
                &self.$key
            }
        }
        pub(super) fn routes(api: &mut super::route::Api) {
            const AT: &str = concat!("/", $collection, "/{", stringify!($key), "}");
            let texts = super::kept::Texts {
                below: concat!("/project-areas/{project_area}/", $collection),
                at: AT,
                archive: (
                    concat!("/", $collection, "/{", stringify!($key), "}/archive"),
                    concat!("Archive ", $a, "."),
                ),
                unarchive: (
                    concat!("/", $collection, "/{", stringify!($key), "}/unarchive"),
                    concat!("Take ", $a, " out of the archive."),
                ),
                list: concat!("List the ", $many, " of a project area."),
                create: concat!("Make ", $a, "."),
                read: concat!("Read ", $a, "."),
                change: concat!("Change ", $a, "."),
            };
            super::kept::routes::<$noun, $path>(api, &texts);
            $(api.change(super::route::Verb::Delete, AT, $delete, super::kept::delete::<$noun, $path>);)?
        }
    };
}

pub(super) use kept;

/// The paths of a noun, and what is said of each.
pub(super) struct Texts {
    pub(super) below: &'static str,
    pub(super) at: &'static str,
    pub(super) archive: (&'static str, &'static str),
    pub(super) unarchive: (&'static str, &'static str),
    pub(super) list: &'static str,
    pub(super) create: &'static str,
    pub(super) read: &'static str,
    pub(super) change: &'static str,
}

/// Registers what all have in common.
pub(super) fn routes<N, P>(api: &mut Api, texts: &Texts)
where
    N: Kept,
    P: Parameters + AsRef<str>,
    Create<N>: Into<Command>,
    Edit<N>: Into<Command>,
{
    api.list(texts.below, texts.list, list::<N>);
    api.create((texts.below, texts.at), texts.create, create::<N>, created::<N>);
    api.read(texts.at, texts.read, read::<N, P>);
    api.change(Verb::Patch, texts.at, texts.change, change::<N, P>);
    api.act(texts.archive.0, texts.archive.1, archive::<N, P>);
    api.act(texts.unarchive.0, texts.unarchive.1, unarchive::<N, P>);
}

/// Which ones of a project area.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KeptFilter {
    /// The project area's number or its reference, such as `ccm:Development`.
    project_area: String,
    /// Only archived ones, or only others.
    archived: Option<bool>,
    /// Only those whose name or title has this text in it.
    text: Option<String>,
}

fn list<N: Kept>(view: &View, filter: KeptFilter, first: u64) -> Result<Rows<'_, N::Shown>, Problem> {
    let project_area = found(view.find_project_area(&filter.project_area))?;
    let text = filter.text.map(|text| text.to_lowercase());
    let first = u32::try_from(first).unwrap_or(u32::MAX);
    let ours = move |noun: &N| {
        let place = noun.place();
        place.project_area == project_area
            && filter.archived.is_none_or(|archived| place.archived == archived)
            && text.as_ref().is_none_or(|text| place.name.to_lowercase().contains(text))
    };
    let mut here = view.each::<N>(first).filter(move |(_, noun)| ours(noun)).peekable();
    // A licence is for all of a kind.
    if let Some((id, _)) = here.peek() {
        licensed::<N>(view, *id)?;
    }
    Ok(Box::new(here.map(|(id, noun)| (id.number().into(), noun.show(view, id)))))
}

fn licensed<N: Kept>(view: &View, id: Id<N>) -> Result<(), Problem> {
    let read = <N as Edited>::item(id).map_or(Ok(()), |item| view.licensed_to_read(item));
    read.map_err(|refusal| of_refusal(view, refusal))
}

fn find<N: Kept>(view: &View, path: &impl AsRef<str>) -> Result<Id<N>, Problem> {
    found(view.find(path.as_ref()))
}

fn read<N: Kept, P: AsRef<str>>(view: &View, path: P) -> Result<N::Shown, Problem> {
    let id = find::<N>(view, &path)?;
    let noun = found(view.see(id))?;
    licensed(view, id)?;
    Ok(noun.show(view, id))
}

fn create<N: Kept>(view: &View, path: ProjectAreaPath, new: N::New) -> Result<Command, Problem>
where
    Create<N>: Into<Command>,
{
    let project_area = path.find(view)?;
    Ok(Create { new: N::make(view, project_area, new)? }.into())
}

/// The path of what was made.
fn created<N: Kept>(view: &View, events: &[Event]) -> Option<String> {
    path(view, <N as Edited>::item(events.iter().find_map(N::made)?)?)
}

fn change<N: Kept, P: AsRef<str>>(view: &View, path: P, keys: N::Keys) -> Result<Command, Problem>
where
    Edit<N>: Into<Command>,
{
    let id = find::<N>(view, &path)?;
    Ok(Edit { id, set: found(view.see(id))?.keys(view, keys)? }.into())
}

fn archive<N: Kept, P: AsRef<str>>(view: &View, path: P, _: Nothing) -> Result<Command, Problem> {
    Ok(Archive::of(N::subject(find(view, &path)?)).into())
}

fn unarchive<N: Kept, P: AsRef<str>>(view: &View, path: P, _: Nothing) -> Result<Command, Problem> {
    Ok(Unarchive { subject: N::subject(find(view, &path)?) }.into())
}

pub(super) fn delete<N: Kept, P: AsRef<str>>(view: &View, path: P, _: Nothing) -> Result<Command, Problem> {
    Ok(Delete { subject: N::subject(find(view, &path)?) }.into())
}
