//! Signing in by a provider, and signing out, here and there.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use store::{Location, Store};

use super::provider::Person;
use super::{SESSION, plain};
use crate::running::query;
use crate::web_driver::{Browser, Scripts};

const LEASES: &str = "/api/v1/license-pools/elm-contributor/leases";

#[tokio::test]
async fn whoever_is_new_is_imported_and_signs_out_everywhere() {
    let both = plain().await;
    let base = &both.server.base;
    let quinn = Person::new();
    let offered = quinn.open(&format!("{base}/sign-in?next=/?item=x")).await;
    assert!(offered.text.contains("href=\"/sign-in/oidc/company?next="), "{}", offered.text);
    let home = quinn.sign_in(base, "quinn").await;
    assert_eq!((home.status, &*home.address), (200, &*format!("{base}/?item=x")));
    assert!(home.text.contains("Quinn Berg"));

    let user = both.root("/api/v1/users/quinn").await;
    assert_eq!(
        (&user["name"], &user["mail"], &user["groups"]),
        (&json!("Quinn Berg"), &json!("quinn@example.com"), &json!(["JazzUsers"]))
    );
    let journal = both.root("/api/v1/journal?limit=1").await;
    let entry = &journal["items"][0];
    assert_eq!(
        (&entry["by"], &entry["via"], &entry["basis"]),
        (&json!("quinn"), &json!("registry company"), &json!("registry"))
    );
    let sessions = both.root("/api/v1/users/quinn/sessions").await;
    assert_eq!(sessions["items"][0]["registry"], "company");

    // Coming again makes nothing new.
    let revision = both.root("/api/v1/journal?limit=1").await["items"][0]["revision"].clone();
    let again = Person::new();
    assert_eq!(again.sign_in(base, "quinn").await.status, 200);
    assert_eq!(both.root("/api/v1/journal?limit=1").await["items"][0]["revision"], revision);

    // Signing out here leads to signing out there, and back.
    let out = quinn.submit(&format!("{base}/sign-out"), &[]).await;
    assert!(!both.is_in(&quinn).await && both.is_in(&again).await);
    let (_, there) = out.text.split_once("content=\"0; url=").expect("it leads to the provider");
    let there = there.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    assert!(there.starts_with(&format!("{}/session/end?id_token_hint=", both.provider.issuer())), "{there}");
    let asked = quinn.open(&there).await;
    assert!(asked.text.contains("Leave?"), "{}", asked.text);
    let back = quinn.leave(&asked, &both.provider).await;
    assert_eq!((back.status, &*back.address), (200, &*format!("{base}/sign-in")));
    let asked = quinn.open(&format!("{base}/sign-in/oidc/company")).await;
    assert!(asked.text.contains("Who are you?"), "nobody is signed in there either");
}

#[tokio::test]
async fn who_is_signed_in_there_signs_in_here_without_a_word() {
    let both = plain().await;
    let base = &both.server.base;
    let quinn = Person::new();
    quinn.sign_in(base, "quinn").await;
    let before = quinn.cookie(base, SESSION).unwrap();
    // Whatever somebody's link says, one comes out on a page of this server.
    let begun = format!("{base}/sign-in/oidc/company?{}", query(&[("next", "//evil.example/")]));
    let home = quinn.open(&begun).await;
    assert_eq!((home.status, &*home.address), (200, &*format!("{base}/")));
    assert_ne!(quinn.cookie(base, SESSION).unwrap(), before, "each sign-in makes a session of its own");
    let old = both.server.get("/api/v1/me/sessions").header("cookie", before).send().await.unwrap();
    assert_eq!(old.status(), 401, "in the place of the one that the browser had");
}

#[tokio::test]
async fn whoever_turns_back_is_not_signed_in() {
    let both = plain().await;
    let base = &both.server.base;
    let quinn = Person::new();
    let asked = quinn.open(&format!("{base}/sign-in/oidc/company?next=/password")).await;
    let back = quinn.submit(&asked.address, &[("who", "quinn"), ("go", "back")]).await;
    assert_eq!(back.status, 401);
    assert!(back.text.contains("Our Company has not let you in, or you have turned back there."));
    assert!(back.text.contains("name=\"next\" value=\"/password\""), "the way on is kept");
    assert_eq!(quinn.cookie(base, SESSION), None);
    assert_eq!(both.refused().await, "sign in by company: it answered `access_denied`");
}

#[tokio::test]
async fn signing_out_at_the_provider_signs_out_here() {
    let both = plain().await;
    let base = &both.server.base;
    let (here, there) = (Person::new(), Person::new());
    assert_eq!(here.sign_in(base, "quinn").await.status, 200);
    assert_eq!(there.sign_in(base, "quinn").await.status, 200);
    both.leases_a_seat(&there).await;
    let asked = here.open(&format!("{}/session/end", both.provider.issuer())).await;
    here.leave(&asked, &both.provider).await;
    assert!(!both.is_in(&here).await, "that session of hers has ended there");
    assert!(both.is_in(&there).await, "her other one has not");

    let logout = format!("{base}/sign-in/oidc/company/logout");
    let end = async |token: &str| there.submit(&logout, &[("logout_token", token)]).await.status;
    assert_eq!([end("").await, end("a.b.c").await], [400, 400]);
    // What was signed for signing in ends nothing.
    let store = Store::open_beside(&Location::parse(&both.server.location).unwrap(), "x").await.unwrap();
    let quinn = store.load().await.unwrap().organisation.user_by_id("quinn").unwrap();
    let (hash, _) = store.sessions_of(quinn).await.unwrap().remove(0);
    let id_token = store.provided(&hash).await.unwrap().unwrap().id_token;
    assert_eq!(end(&id_token).await, 400);
    assert!(both.is_in(&there).await);
    assert!(both.refused().await.starts_with("sign out by company: "), "{}", both.refused().await);
    // Whoever shows what nobody knows to have signed has the provider asked for other keys once, not each time.
    let seconds = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let claims = json!({
        "iss": both.provider.issuer(), "aud": "bailiwick", "sub": "quinn", "iat": seconds, "exp": seconds + 60,
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    let part = |it: &Value| BASE64_URL_SAFE_NO_PAD.encode(it.to_string());
    let forged = format!("{}.{}.AAAA", part(&json!({"alg": "ES256", "kid": "mine"})), part(&claims));
    let before = both.provider.asked().await;
    assert_eq!([end(&forged).await, end(&forged).await, end(&forged).await], [400; 3]);
    assert_eq!(both.provider.asked().await, before + 1);
    assert!(both.is_in(&there).await);

    // With her last session goes what she has leased.
    assert_eq!(both.root(LEASES).await["items"][0]["user"], "quinn");
    let asked = there.open(&format!("{}/session/end", both.provider.issuer())).await;
    there.leave(&asked, &both.provider).await;
    assert!(!both.is_in(&there).await);
    assert_eq!(both.root(LEASES).await["items"], json!([]));
}

#[tokio::test]
async fn in_a_real_browser() {
    let both = plain().await;
    for scripts in [Scripts::On, Scripts::Off] {
        let browser = Browser::start((1440, 900), scripts).await;
        browser.open(&format!("{}/?item=x", both.server.base)).await;
        browser.reads("#providers", "Or sign in with").await;
        browser.click(".providers .button").await;
        browser.reads("h1", "Who are you?").await;
        browser.type_into("#who", "quinn").await;
        browser.click("#in").await;
        browser.reads(".who", "Quinn Berg").await;
        assert!(browser.address().await.ends_with("/?item=x"));
        assert_eq!(browser.complaints().await, [""; 0]);
        browser.click(".who").await;
        browser.reads("#menu", "Sign out").await;
        browser.click("#menu form[action='/sign-out'] button").await;
        browser.reads("h1", "Leave?").await;
        browser.click("#leave").await;
        browser.reads("h1", "Sign in").await;
        browser.click(".providers .button").await;
        browser.reads("h1", "Who are you?").await;
    }
}
