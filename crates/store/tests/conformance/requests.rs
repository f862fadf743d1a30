//! Invitations and access requests end once, whoever is faster; mail is tried by one until it is sent.

use governance::{AreaId, UserId, Wish};
use store::{
    AccessRequest, Delivery, Invitation, InvitationEnd, InvitationOutcome, Mail, MailKind, Moment,
    RequestEnd, RequestOutcome, Revision, Tried,
};

use crate::database::Database;

const MINUTE: i64 = 60_000_000;

fn invitation(id: &str) -> Invitation {
    Invitation {
        id: id.to_owned(),
        area: AreaId::new(4),
        roles: vec!["contributor".to_owned()],
        mail: Some("zoë@example.org".to_owned()),
        by: UserId::new(2),
        created: Moment::new(10),
        expires: Moment::new(1_000 * MINUTE),
        end: None,
    }
}

async fn an_invitation_is_accepted_once(database: Database) {
    let store = database.open().await;
    store.add_invitation(&invitation("a"), Some("hash")).await.unwrap();
    store.add_invitation(&invitation("b"), Some("other hash")).await.unwrap();
    assert_eq!(store.invitation_by_token("hash").await.unwrap(), Some(invitation("a")));
    assert_eq!(store.invitation_by_token("hush").await.unwrap(), None);
    assert_eq!(store.invitations_to(AreaId::new(4)).await.unwrap(), [invitation("a"), invitation("b")]);
    assert_eq!(store.invitations_to(AreaId::new(5)).await.unwrap(), []);
    let open = async |now| store.open_invitations(Moment::new(now)).await.unwrap();
    assert_eq!(open(20).await, [invitation("a"), invitation("b")]);
    assert_eq!(open(1_000 * MINUTE).await, []);
    assert_eq!(store.delivery_of_invitation("a").await.unwrap(), None, "it is not mailed");

    let (first, late) = (Moment::new(MINUTE), Moment::new(3 * MINUTE));
    assert!(store.claim_invitation("a", first).await.unwrap());
    assert!(!store.claim_invitation("a", Moment::new(MINUTE + 5)).await.unwrap(), "somebody has begun");
    let withdrawn = |at| InvitationEnd { at, by: UserId::new(2), how: InvitationOutcome::Withdrawn };
    assert!(!store.end_invitation("a", &withdrawn(Moment::new(MINUTE + 6))).await.unwrap());
    assert!(!store.renew_invitation("a", "new hash", first).await.unwrap());
    store.release_invitation("a", Moment::new(7)).await.unwrap();
    assert!(!store.claim_invitation("a", Moment::new(MINUTE + 8)).await.unwrap(), "another has given up");
    store.release_invitation("a", first).await.unwrap();
    assert!(store.renew_invitation("a", "new hash", first).await.unwrap());
    assert_eq!(store.invitation_by_token("hash").await.unwrap(), None);
    assert!(store.claim_invitation("a", Moment::new(MINUTE + 9)).await.unwrap());
    assert!(store.claim_invitation("a", late).await.unwrap(), "whoever had begun was cut off");
    let how = InvitationOutcome::Accepted(Revision::new(9));
    let end = InvitationEnd { at: late, by: UserId::new(3), how };
    assert!(store.end_invitation("a", &end).await.unwrap());
    assert!(!store.end_invitation("a", &withdrawn(Moment::new(9 * MINUTE))).await.unwrap());
    assert!(!store.claim_invitation("a", Moment::new(9 * MINUTE)).await.unwrap());
    assert_eq!(store.invitation("a").await.unwrap().unwrap().end, Some(end));

    assert!(!store.claim_invitation("b", invitation("b").expires).await.unwrap(), "it has expired");
    assert!(store.end_invitation("b", &withdrawn(late)).await.unwrap());
    assert!(!store.claim_invitation("b", late).await.unwrap());
    assert_eq!(open(20).await, [], "both have ended");
    assert_eq!(store.invitation("b").await.unwrap().unwrap().end, Some(withdrawn(late)));
}

fn request(id: &str, user: u32, role: &str) -> AccessRequest {
    let wish = format!(
        r#"{{"user":{user},"operation":"gc.save-stream","actions":["archive"],"item":{{"configuration":1}},
            "with":"nothing","changes":[{{"give-role":[4,{user},"{role}"]}}]}}"#
    );
    let wish: Wish = serde_json::from_str(&wish).unwrap();
    AccessRequest {
        id: id.to_owned(),
        wish,
        reason: "zum Prüfen".to_owned(),
        created: Moment::new(10),
        expires: Moment::new(1_000 * MINUTE),
        end: None,
    }
}

async fn one_request_for_the_same_is_open_and_ends_once(database: Database) {
    let store = database.open().await;
    let (lead, other) = (request("a", 1, "lead"), request("b", 1, "lead"));
    assert!(store.add_access_request(&lead, &[]).await.unwrap());
    assert!(!store.add_access_request(&other, &[UserId::new(5)]).await.unwrap(), "one is open");
    assert_eq!(store.due_mail(Moment::new(99)).await.unwrap(), [], "nothing is told of what is not kept");
    assert!(store.add_access_request(&request("c", 1, "tester"), &[]).await.unwrap());
    assert!(store.add_access_request(&request("d", 2, "lead"), &[]).await.unwrap());
    assert_eq!(store.access_request("a").await.unwrap().as_ref(), Some(&lead));
    assert_eq!(store.access_requests_of(UserId::new(1)).await.unwrap().len(), 2);
    assert_eq!(store.open_access_requests(Moment::new(20)).await.unwrap().len(), 3);
    assert_eq!(store.count_open_access_requests(UserId::new(1), Moment::new(20)).await.unwrap(), 2);

    let end = |at: i64, how| RequestEnd {
        at: Moment::new(at),
        by: UserId::new(7),
        how,
        note: Some("nein".to_owned()),
    };
    assert!(store.claim_access_request("a", Moment::new(MINUTE)).await.unwrap());
    let declined = end(MINUTE + 1, RequestOutcome::Declined);
    assert!(!store.end_access_request("a", &declined, None).await.unwrap(), "it is being granted");
    let accepted = end(MINUTE + 2, RequestOutcome::Accepted(Revision::new(3)));
    assert!(store.end_access_request("a", &accepted, Some(UserId::new(1))).await.unwrap());
    assert!(!store.end_access_request("a", &end(9 * MINUTE, RequestOutcome::Declined), None).await.unwrap());
    assert_eq!(store.access_request("a").await.unwrap().unwrap().end, Some(accepted));
    let told = store.due_mail(Moment::new(2 * MINUTE)).await.unwrap();
    let told: Vec<_> = told.iter().map(|it| (it.kind, &*it.about, it.user)).collect();
    assert_eq!(told, [(MailKind::AccessDecided, "a", UserId::new(1))]);
    assert!(store.add_access_request(&other, &[]).await.unwrap(), "the first has ended");

    for (id, how) in [("b", RequestOutcome::Withdrawn), ("c", RequestOutcome::Declined)] {
        assert!(store.end_access_request(id, &end(2 * MINUTE, how), None).await.unwrap());
        assert!(!store.claim_access_request(id, Moment::new(3 * MINUTE)).await.unwrap());
    }
    let expired = Moment::new(1_000 * MINUTE);
    assert_eq!(store.open_access_requests(expired).await.unwrap(), []);
    assert!(!store.claim_access_request("d", expired).await.unwrap());
    let later =
        AccessRequest { created: expired, expires: Moment::new(2_000 * MINUTE), ..request("e", 2, "lead") };
    assert!(store.add_access_request(&later, &[]).await.unwrap(), "the first has expired");
}

async fn mail_is_tried_by_one_until_it_is_sent(database: Database) {
    let store = database.open().await;
    store.add_invitation(&invitation("a"), None).await.unwrap();
    let waiting = store.due_mail(Moment::new(10)).await.unwrap();
    let first = Mail {
        kind: MailKind::Invitation,
        about: "a".to_owned(),
        user: UserId::new(2),
        created: Moment::new(10),
        due: Moment::new(10),
        attempts: 0,
    };
    assert_eq!(waiting, std::slice::from_ref(&first));
    assert!(store.take_mail(&first, Moment::new(MINUTE)).await.unwrap());
    assert!(!store.take_mail(&first, Moment::new(MINUTE)).await.unwrap(), "another node was faster");
    assert_eq!(store.due_mail(Moment::new(11)).await.unwrap(), []);
    assert_eq!(store.due_mail(Moment::new(MINUTE)).await.unwrap().len(), 1, "whoever took it was cut off");
    let delivery = async || store.delivery_of_invitation("a").await.unwrap().unwrap();
    let (due, down) = (Moment::new(2 * MINUTE), "the mail server is down".to_owned());
    store.note_mail(&first, &Tried::Again(due, down.clone())).await.unwrap();
    assert_eq!(delivery().await, Delivery::Waiting { attempts: 1, due, error: Some(down) });
    let again = store.due_mail(due).await.unwrap().remove(0);
    assert!(store.take_mail(&again, Moment::new(3 * MINUTE)).await.unwrap());
    store.note_mail(&again, &Tried::Sent(due)).await.unwrap();
    assert_eq!(delivery().await, Delivery::Sent(due));
    assert_eq!(store.due_mail(Moment::new(i64::MAX)).await.unwrap(), []);
    store.note_mail(&again, &Tried::Failed("no such mailbox".to_owned())).await.unwrap();
    let failed = Delivery::Failed { attempts: 2, error: "no such mailbox".to_owned() };
    assert_eq!(delivery().await, failed);
}

async fn what_is_long_over_is_forgotten(database: Database) {
    let store = database.open().await;
    store.add_invitation(&invitation("a"), None).await.unwrap();
    store.add_access_request(&request("a", 1, "lead"), &[]).await.unwrap();
    let days = |days: i64| Moment::new(1_000 * MINUTE + days * 24 * 60 * MINUTE);
    assert_eq!(store.forget_expired(days(89)).await.unwrap(), 0);
    assert_eq!(store.forget_expired(days(90)).await.unwrap(), 2);
    assert_eq!(store.invitation("a").await.unwrap(), None);
}

crate::on_each_database!(
    an_invitation_is_accepted_once,
    one_request_for_the_same_is_open_and_ends_once,
    mail_is_tried_by_one_until_it_is_sent,
    what_is_long_over_is_forgotten,
);
