//! What messages say. They are written when they are sent: what is over by then is told to nobody, and what
//! somebody does not see neither.

use governance::{UserId, View};
use lettre::message::Mailbox;
use store::{AccessRequest, Invitation, Mail, MailKind, RequestOutcome, StoreError};

use super::transport::Letter;
use crate::api::minute;
use crate::chance::now;
use crate::router::Server;
use crate::secret::{self, TokenHash};
use crate::{access_request, invitation};

/// Why there is nothing to send any more.
type Over = &'static str;

const OVER: Over = "what it would tell of is over";
const NO_ADDRESS: Over = "there is no mail address to send it to";

/// The message, unless there is nothing to tell any more.
pub(super) async fn of(server: &Server, mail: &Mail) -> Result<Result<Letter, Over>, StoreError> {
    let store = server.office.store();
    let Some(view) = server.signs_in(mail.user).then(|| server.office.view(mail.user)).flatten() else {
        return Ok(Err(OVER));
    };
    let base = server.config.base_uri.as_ref().map_or("", |base| base.as_str().trim_end_matches('/'));
    Ok(match mail.kind {
        MailKind::Invitation => match store.invitation(&mail.about).await? {
            Some(found) if invitation::is_open(&found) => {
                // The token of the message before this one, should it have arrived, is good no more.
                let secret = secret::fresh();
                match store.renew_invitation(&found.id, TokenHash::of(&secret).as_str(), now()).await? {
                    true => invites(&view.0, &found, &format!("{base}{}", invitation::path(&secret))),
                    false => Err(OVER),
                }
            }
            Some(_) | None => Err(OVER),
        },
        MailKind::AccessRequested => match store.access_request(&mail.about).await? {
            Some(request) if access_request::is_open(&request) => asks(&view.0, mail.user, &request, base),
            Some(_) | None => Err(OVER),
        },
        MailKind::AccessDecided => match store.access_request(&mail.about).await? {
            Some(request) => tells(&view.0, mail.user, &request, base),
            None => Err(OVER),
        },
    })
}

fn invites(view: &View, found: &Invitation, link: &str) -> Result<Letter, Over> {
    let to = mailbox(found.mail.as_deref())?;
    let told = invitation::told(view, found);
    let (by, area, roles) = (&view.asker().name, &told.area, told.with_roles());
    let until = minute(found.expires);
    Ok(Letter {
        to,
        subject: format!("Invitation to {area}"),
        text: format!(
            "{by} invites you to {area}{roles}.\n\nTo accept, open this link. It is good for one use, until \
             {until}:\n\n{link}\n\nIf you do not know what this is about, do nothing.\n"
        ),
    })
}

fn asks(view: &View, to: UserId, request: &AccessRequest, base: &str) -> Result<Letter, Over> {
    let told = view.wish_in_words(&request.wish).filter(|_| view.may_grant(&request.wish)).ok_or(OVER)?;
    let by = view.user(request.wish.user()).map(|user| user.name.to_string()).unwrap_or_default();
    let (changes, reason) = (told.changes.join("\n  and "), &request.reason);
    Ok(Letter {
        to: mailbox_of(view, to)?,
        subject: format!("{by} asks for access"),
        text: format!(
            "{by} was refused:\n\n  {}\n\nand asks for this:\n\n  {changes}\n\nbecause:\n\n  {}\n\nAccept or \
             decline it here:\n\n{base}/access-requests\n",
            told.question,
            reason.replace('\n', "\n  "),
        ),
    })
}

fn tells(view: &View, to: UserId, request: &AccessRequest, base: &str) -> Result<Letter, Over> {
    let told = view.wish_in_words(&request.wish).ok_or(OVER)?;
    let end = request.end.as_ref().ok_or(OVER)?;
    let by = view.user(end.by).map(|user| user.name.to_string()).unwrap_or_default();
    let what = match end.how {
        RequestOutcome::Accepted(_) => format!("{by} has granted what you asked for"),
        RequestOutcome::Needless => "You may already do what you asked for".to_owned(),
        RequestOutcome::Declined => format!("{by} has declined what you asked for"),
        RequestOutcome::Withdrawn => return Err(OVER),
    };
    let note = end.note.as_ref().map(|note| format!("\n\nThey say:\n\n  {}", note.replace('\n', "\n  ")));
    Ok(Letter {
        to: mailbox_of(view, to)?,
        subject: what.clone(),
        text: format!(
            "{what}:\n\n  {}{}\n\n{base}/access-requests\n",
            told.changes.join("\n  and "),
            note.unwrap_or_default(),
        ),
    })
}

fn mailbox_of(view: &View, user: UserId) -> Result<Mailbox, Over> {
    mailbox(view.user(user).and_then(|user| user.mail.as_deref()))
}

/// An address, by the same rules as when the invitation was written: a mailbox with a name has others.
fn mailbox(mail: Option<&str>) -> Result<Mailbox, Over> {
    let address = mail.and_then(|mail| mail.parse().ok());
    address.map(|email| Mailbox::new(None, email)).ok_or(NO_ADDRESS)
}
