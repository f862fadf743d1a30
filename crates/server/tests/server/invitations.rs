//! Team invitations, by REST and by pages: who may invite, who accepts, and when a link is good no more.

use serde_json::{Value, json};

use crate::running::{BOTH, Database, Running, demo_of, password};

const CORE: &str = "/api/v1/team-areas/ccm%3ADevelopment%40Core/invitations";
/// It is filed where members of Core alone read.
const LEAK: &str = "/api/v1/work-items/ccm%3ADevelopment%23work-item%3A3";

async fn start(database: Database) -> Running {
    let users = ["user1", "user3", "user4", "user5", "user6", "user7", "user8", "root"];
    Running::start_with(database, Some(demo_of(&users))).await
}

async fn invite(server: &Running, by: &str, roles: &[&str]) -> Value {
    let (status, made) = server.post_as(by, CORE, &json!({"roles": roles})).await;
    assert_eq!(status, 200, "{made}");
    made
}

fn token(invitation: &Value) -> String {
    invitation["link"].as_str().unwrap().split_once("link=").unwrap().1.to_owned()
}

async fn accept(server: &Running, who: &str, link: &str) -> (u16, Value) {
    server.post_as(who, "/api/v1/invitations/accept", &json!({"link": link})).await
}

async fn get(server: &Running, who: &str, path: &str) -> (u16, Value) {
    let response = server.get_as(who, path).await;
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

async fn state(server: &Running, id: &Value) -> Value {
    get(server, "user6", &format!("/api/v1/invitations/{}", id.as_str().unwrap())).await.1["state"].clone()
}

async fn withdraw(server: &Running, who: &str, id: &Value) -> u16 {
    let path = format!("{}/api/v1/invitations/{}", server.base, id.as_str().unwrap());
    let request = server.client.delete(path).basic_auth(who, Some(password(who)));
    request.send().await.unwrap().status().as_u16()
}

/// The administrator of Core invites somebody from the other team, who then sees what Core alone sees.
#[tokio::test]
async fn somebody_who_is_invited_accepts_once_and_the_journal_tells_why() {
    for database in BOTH {
        let server = start(database).await;
        assert_eq!(get(&server, "user5", LEAK).await.0, 404);
        let made = invite(&server, "user6", &["team-member"]).await;
        assert_eq!((&made["state"], &made["by"]), (&json!("open"), &json!("user6")));
        assert_eq!((&made["area"], &made["delivery"]), (&json!("ccm/Development/Core"), &Value::Null));
        let listed = get(&server, "user3", CORE).await.1["items"].clone();
        assert_eq!(listed[0]["id"], made["id"]);
        assert!(!listed.to_string().contains(&token(&made)), "the link is told once");
        // Those who may invite see on their home page that it is open.
        let open = "1 invitation to ";
        assert!(server.page_as("user3", "/").await.contains(open));
        assert!(!server.page_as("user4", "/").await.contains(open));

        let link = made["link"].as_str().unwrap();
        assert_eq!(accept(&server, "user6", link).await.0, 409, "it is for others");
        let (status, accepted) = accept(&server, "user5", link).await;
        assert_eq!(status, 200, "{accepted}");
        assert_eq!((&accepted["area"], &accepted["roles"]), (&made["area"], &json!(["team-member"])));
        assert_eq!(get(&server, "user5", LEAK).await.0, 200);
        assert_eq!(accept(&server, "user7", link).await.0, 410, "it was good for one use");
        assert_eq!(accept(&server, "user5", &token(&made)).await.0, 410);
        assert_eq!(withdraw(&server, "user6", &made["id"]).await, 409, "it is over");
        let path = format!("/api/v1/invitations/{}", made["id"].as_str().unwrap());
        let ended = get(&server, "user6", &path).await.1;
        assert_eq!((&ended["state"], &ended["ended_by"]), (&json!("accepted"), &json!("user5")));

        let journal = get(&server, "root", &format!("/api/v1/journal/{}", ended["revision"])).await.1;
        let id = made["id"].as_str().unwrap();
        assert_eq!((&journal["by"], &journal["basis"]), (&json!("user6"), &json!("role")));
        assert_eq!(journal["via"], json!(format!("invitation {id} accepted by user5")));
        assert_eq!(journal["changes"][0]["kind"], "member");
        let written = get(&server, "root", &format!("/api/v1/journal?text={id}")).await.1;
        assert_eq!(written["items"].as_array().unwrap().len(), 2, "{written}");
    }
}

#[tokio::test]
async fn those_invite_who_may_and_others_hear_of_no_invitation() {
    let server = start(Database::Sqlite).await;
    let body = json!({"roles": ["team-member"]});
    // Of the other team, of another project area.
    for (who, status) in [("user4", 403), ("user8", 404)] {
        assert_eq!(server.post_as(who, CORE, &body).await.0, status, "{who}");
        assert_eq!(get(&server, who, CORE).await.0, status, "{who}");
    }
    let made = invite(&server, "user6", &["team-member"]).await;
    let path = format!("/api/v1/invitations/{}", made["id"].as_str().unwrap());
    for who in ["user4", "user5", "user8"] {
        assert_eq!(get(&server, who, &path).await.0, 404, "{who}");
        assert_eq!(withdraw(&server, who, &made["id"]).await, 404, "{who}");
    }
    for (body, pointer) in [
        (json!({"roles": [" "]}), "/roles/0"),
        (json!({"mail": "nobody"}), "/mail"),
        (json!({"expires": "2020-01-01T00:00:00Z"}), "/expires"),
        (json!({"expires": "2999-01-01T00:00:00Z"}), "/expires"),
    ] {
        let (status, problem) = server.post_as("user6", CORE, &body).await;
        assert_eq!((status, &problem["pointer"]), (400, &json!(pointer)), "{problem}");
    }
    assert_eq!(server.post_as("user6", CORE, &json!({"roles": ["king"]})).await.0, 409);
}

#[tokio::test]
async fn an_invitation_is_judged_when_it_is_accepted() {
    let server = start(Database::Sqlite).await;
    let [first, second, third] = [
        invite(&server, "user6", &[]).await,
        invite(&server, "user6", &[]).await,
        invite(&server, "user3", &[]).await,
    ];
    assert_eq!(withdraw(&server, "user6", &first["id"]).await, 204);
    assert_eq!(accept(&server, "user5", &token(&first)).await.0, 410, "it was withdrawn");
    assert_eq!(state(&server, &first["id"]).await, "withdrawn");

    // Whoever has written the second may not invite any more.
    let at = |standing: &str| {
        format!("{}/api/v1/team-areas/ccm%3ADevelopment%40Core/{standing}/user6", server.base)
    };
    let remove = server.client.delete(at("administrators"));
    let change = server.client.put(at("members")).json(&json!({"roles": []}));
    for request in [remove, change] {
        let request = request.header("if-match", "*").basic_auth("user3", Some(password("user3")));
        assert!(request.send().await.unwrap().status().is_success());
    }
    let (status, problem) = accept(&server, "user5", &token(&second)).await;
    assert_eq!(status, 409, "{problem}");
    assert!(!problem.to_string().contains("Core"), "it tells nothing of the area: {problem}");
    assert_eq!(withdraw(&server, "user6", &second["id"]).await, 204, "it is their own all the same");

    // The area is archived, and comes back.
    let area = "/api/v1/team-areas/ccm%3ADevelopment%40Core";
    let archive = async |what: &str| {
        let (status, body) = server.post_as("root", &format!("{area}/{what}"), &json!({})).await;
        assert_eq!(status, 200, "{body}");
    };
    archive("archive").await;
    assert_eq!(accept(&server, "user5", &token(&third)).await.0, 409);
    archive("unarchive").await;
    assert_eq!(accept(&server, "user5", &token(&third)).await.0, 200, "nothing was used up");
}

#[tokio::test]
async fn the_page_of_a_link_is_complete_for_those_with_an_account_and_those_without() {
    let server = start(Database::Sqlite).await;
    let page = async |path: &str, cookie: Option<&str>| {
        let request = server.get(path).header("accept", "text/html");
        let request = cookie.iter().fold(request, |request, cookie| request.header("cookie", *cookie));
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let made = invite(&server, "user6", &["team-member"]).await;
    let path = format!("/invitation?link={}", token(&made));
    let (status, text) = page(&path, None).await;
    assert_eq!(status, 200);
    for said in ["Invitation to Development, Core", "user6", "/sign-in?next=", "ask somebody who manages"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let cookie = server.sign_in("user5", &password("user5")).await.unwrap();
    let text = page(&path, Some(&cookie)).await.1;
    assert!(text.contains("Accept as user5"));
    // Somebody else at the same browser signs out, and is back at the invitation.
    let (_, address) = text.split_once("action=\"/sign-out?next=").expect("somebody else may accept");
    let address = address.split('"').next().unwrap();
    let other = server.sign_in("user7", &password("user7")).await.unwrap();
    let out = server.submit(&format!("/sign-out?next={address}"), Some(&other), &[]).await;
    assert_eq!((out.status().as_u16(), out.headers()["location"].to_str().unwrap()), (303, &*path));
    let elsewhere = server.submit("/sign-out?next=//evil.example", Some(&other), &[]).await;
    assert_eq!(elsewhere.headers()["location"], "/");
    // Whoever looks at pages as somebody else accepts nothing meanwhile.
    let other = server.organisation.users().find(|(_, user)| *user.id == *"user5").unwrap().0.number();
    let administrator = server.sign_in("user4", &password("user4")).await.unwrap();
    let previewing = format!("{administrator}; bailiwick_preview={other}");
    let tried = server.submit("/invitation", Some(&previewing), &[("link", &token(&made))]).await;
    assert_eq!(tried.status(), 409);
    let accepted = server.submit("/invitation", Some(&cookie), &[("link", &token(&made))]).await;
    assert_eq!(accepted.status(), 200);
    assert!(accepted.text().await.unwrap().contains("You are a member of Development, Core"));
    assert_eq!(page(&path, Some(&cookie)).await.0, 410);

    // Who may make users invites people who have no account yet.
    let made = invite(&server, "user1", &["team-member"]).await;
    let link = token(&made);
    assert!(page(&format!("/invitation?link={link}"), None).await.1.contains("You have none yet"));
    let account = |id: &'static str, password: &'static str| {
        [("link", link.clone()), ("id", id.into()), ("password", password.into()), ("again", password.into())]
    };
    let submit = async |fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        server.submit("/invitation", None, &fields).await
    };
    assert_eq!(submit(&account("nia", "short")).await.status(), 400);
    assert_eq!(submit(&account("USER5", "correct horse battery")).await.status(), 400, "the id is taken");
    assert_eq!(submit(&account("", "correct horse battery")).await.status(), 400);
    assert_eq!(submit(&account("qm_user", "correct horse battery")).await.status(), 400, "it is no person's");
    let entered = submit(&account("nia", "correct horse battery")).await;
    assert_eq!(entered.status(), 303, "nothing was used up");
    let cookie = server.sign_in("nia", "correct horse battery").await.unwrap();
    let core = server.get("/api/v1/me/sessions");
    assert_eq!(core.header("cookie", &cookie).send().await.unwrap().status(), 200);
    let member = get(&server, "user6", "/api/v1/team-areas/ccm%3ADevelopment%40Core/members/nia").await.1;
    assert_eq!(member["roles"], json!(["team-member"]));
    assert_eq!(submit(&account("eve", "correct horse battery")).await.status(), 410);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_accept_at_once_one_does() {
    for database in BOTH {
        let server = start(database).await;
        for _ in 0..3 {
            let link = token(&invite(&server, "user6", &["team-member"]).await);
            let each = ["user4", "user5", "user8"].map(|who| accept(&server, who, &link));
            let [one, two, three] = each;
            let statuses = tokio::join!(one, two, three);
            let mut statuses = [statuses.0.0, statuses.1.0, statuses.2.0];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 410, 410], "{database:?}");
        }
    }
}
