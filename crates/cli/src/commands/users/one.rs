//! `users create`, `edit` and so on: one user at a time, and the sessions and access tokens of one.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::Status;
use crate::commands::agree::agree;
use crate::commands::representation::{list, show, write, write_list};
use crate::output::Output;
use crate::remote::{Remote, ServerArgs, at};

#[derive(Debug, Subcommand)]
pub(super) enum One {
    /// List users
    List {
        #[command(flatten)]
        server: ServerArgs,
        /// Only those who have this in their id, name or mail address
        #[arg(long)]
        text: Option<String>,
        /// Only members of this repository group
        #[arg(long)]
        group: Option<String>,
        /// Archived ones, in place of the others
        #[arg(long)]
        archived: bool,
        /// Only those of whom their registry does not tell any more
        #[arg(long)]
        vanished: bool,
        /// At most so many
        #[arg(long, value_name = "NUMBER")]
        limit: Option<usize>,
    },
    /// Show a user
    Show(Named),
    /// Make a user
    Create(Create),
    /// Change name, mail address, repository groups, licences or registry of a user
    Edit(Edit),
    /// Archive a user: licences, sessions, access tokens and leases end
    Archive(Named),
    /// Take a user out of the archive
    Unarchive(Named),
    /// Erase name and mail address of an archived user, for good and in the past, too
    Erase {
        #[command(flatten)]
        user: Named,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Make a link, told once, with which a user sets a password; also for one who has forgotten theirs
    PasswordLink(Named),
    /// Let somebody try again who has failed too often to sign in
    Release(Named),
    /// List the sessions of a user
    Sessions(Named),
    /// End a session of a user, or all of them
    EndSessions {
        #[command(flatten)]
        user: Named,
        /// The id of a session; without it, all of them
        session: Option<String>,
    },
    /// List the access tokens of a user
    Tokens(Named),
    /// Revoke an access token of a user
    RevokeToken {
        #[command(flatten)]
        user: Named,
        /// The id of the token
        token: String,
    },
    /// List the consumers that act for a user, who has approved them
    Consumers(Named),
    /// End what a consumer does for a user
    EndConsumer {
        #[command(flatten)]
        user: Named,
        /// The consumer's key
        consumer: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Named {
    #[command(flatten)]
    server: ServerArgs,
    /// The user's id
    user: String,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    #[command(flatten)]
    user: Named,
    /// The name for people; without it, the id
    #[arg(long)]
    name: Option<String>,
    /// The mail address
    #[arg(long, value_name = "ADDRESS")]
    mail: Option<String>,
    /// A repository group, more than one is possible; without any, JazzUsers
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// A licence that is assigned, more than one is possible
    #[arg(long = "license", value_name = "TYPE")]
    licenses: Vec<String>,
    /// The registry elsewhere that tells of the user, and keeps the password
    #[arg(long)]
    registry: Option<String>,
    /// A user for background work between servers, who never signs in
    #[arg(long)]
    functional: bool,
}

impl Create {
    fn body(self) -> (Named, Value) {
        let Self { user, name, mail, groups, licenses, registry, functional } = self;
        let mut body = json!({"id": user.user, "licenses": licenses, "functional": functional});
        for (key, text) in [("name", name), ("mail", mail), ("registry", registry)] {
            if let Some(text) = text {
                body[key] = text.into();
            }
        }
        if !groups.is_empty() {
            body["groups"] = groups.into();
        }
        (user, body)
    }
}

#[derive(Debug, Args)]
pub(super) struct Edit {
    #[command(flatten)]
    user: Named,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// The name for people
    #[arg(long)]
    name: Option<String>,
    /// The mail address; an empty one takes it away
    #[arg(long, value_name = "ADDRESS")]
    mail: Option<String>,
    /// A repository group to be a member of
    #[arg(long, value_name = "GROUP")]
    add_group: Vec<String>,
    /// A repository group not to be a member of any more
    #[arg(long, value_name = "GROUP")]
    remove_group: Vec<String>,
    /// A licence to assign
    #[arg(long, value_name = "TYPE")]
    add_license: Vec<String>,
    /// A licence to take away
    #[arg(long, value_name = "TYPE")]
    remove_license: Vec<String>,
    /// The registry elsewhere that tells of the user, and keeps the password; empty: the built-in one
    #[arg(long)]
    registry: Option<String>,
}

impl Changes {
    /// The keys that change of what is there.
    fn keys(self, remote: &Remote, now: &Value) -> anyhow::Result<Value> {
        let Self { name, mail, add_group, remove_group, add_license, remove_license, registry } = self;
        let mut keys = Map::new();
        keys.extend(name.map(|name| ("name".to_owned(), name.into())));
        let text = |text: String| if text.is_empty() { Value::Null } else { text.into() };
        keys.extend(mail.map(|mail| ("mail".to_owned(), text(mail))));
        keys.extend(registry.map(|registry| ("registry".to_owned(), text(registry))));
        for (key, add, remove) in
            [("groups", add_group, remove_group), ("licenses", add_license, remove_license)]
        {
            if !add.is_empty() || !remove.is_empty() {
                let mut words: Vec<String> = remote.part(now, key)?;
                words.retain(|word| !remove.contains(word));
                for new in add {
                    if !words.contains(&new) {
                        words.push(new);
                    }
                }
                keys.insert(key.to_owned(), words.into());
            }
        }
        Ok(Value::Object(keys))
    }
}

impl Named {
    fn address(&self) -> String {
        at(["users", &self.user])
    }
    fn of(&self, what: &str) -> String {
        at(["users", &self.user, what])
    }
    /// Does something that needs no more to be said.
    fn act(&self, verb: &str) -> anyhow::Result<Value> {
        self.server.connect()?.post(&self.of(verb), &json!({}))
    }
    fn list(
        &self,
        what: &str,
        columns: &'static [&'static str],
        empty: &str,
        output: Output,
    ) -> anyhow::Result<()> {
        list(&self.server, &self.of(what), columns, empty, output)
    }
}

impl One {
    pub(super) fn run(self, output: Output) -> anyhow::Result<Status> {
        match self {
            Self::List { server, text, group, archived, vanished, limit } => {
                let mut filter = vec![("archived", archived.to_string())];
                filter.extend(text.map(|text| ("text", text)));
                filter.extend(group.map(|group| ("group", group)));
                filter.extend(vanished.then(|| ("vanished", "true".to_owned())));
                let users = server.connect()?.first_things("users", &filter, limit.unwrap_or(usize::MAX))?;
                let columns = &["id", "name", "mail", "groups", "licenses", "registry"];
                write_list(&users, columns, "There is no such user.", output)?;
            }
            Self::Show(user) => show(&user.server, &user.address(), output)?,
            Self::Create(create) => {
                let (user, body) = create.body();
                write(&user.server.connect()?.post("users", &body)?, output)?;
            }
            Self::Edit(Edit { user, changes }) => {
                let remote = user.server.connect()?;
                write(&remote.change(&user.address(), |now| changes.keys(&remote, now))?, output)?;
            }
            Self::Archive(user) => write(&user.act("archive")?, output)?,
            Self::Unarchive(user) => write(&user.act("unarchive")?, output)?,
            Self::Erase { user, yes } => {
                if !yes {
                    let question = format!("Erase name and mail address of {} for good?", user.user);
                    agree(&question, "nothing was erased", "erase")?;
                }
                write(&user.act("erase")?, output)?;
            }
            Self::PasswordLink(user) => write(&user.act("password-link")?, output)?,
            Self::Release(user) => {
                user.act("release")?;
                write(&json!({"released": user.user}), output)?;
            }
            Self::Sessions(user) => {
                let columns = &["id", "created", "last_used", "expires", "address", "registry"];
                user.list("sessions", columns, "There is no session of this user.", output)?;
            }
            Self::EndSessions { user, session: None } => {
                user.server.connect()?.unmark(&user.of("sessions"))?;
                write(&json!({"user": user.user, "ended": "all sessions"}), output)?;
            }
            Self::EndSessions { user, session: Some(session) } => {
                user.server.connect()?.unmark(&at(["users", &user.user, "sessions", &session]))?;
                write(&json!({"user": user.user, "ended": session}), output)?;
            }
            Self::Tokens(user) => {
                let columns = &["id", "name", "scopes", "created", "expires", "last_used"];
                user.list("tokens", columns, "There is no access token of this user.", output)?;
            }
            Self::RevokeToken { user, token } => {
                user.server.connect()?.unmark(&at(["users", &user.user, "tokens", &token]))?;
                write(&json!({"user": user.user, "revoked": token}), output)?;
            }
            Self::Consumers(user) => {
                let columns = &["key", "name", "root_services", "since", "until"];
                user.list("consumers", columns, "No consumer acts for this user.", output)?;
            }
            Self::EndConsumer { user, consumer } => {
                user.server.connect()?.unmark(&at(["users", &user.user, "consumers", &consumer]))?;
                write(&json!({"user": user.user, "ended": consumer}), output)?;
            }
        }
        Ok(Status::Done)
    }
}
