//! Sign-in by a provider of identities that nobody here wrote: OpenID Connect, by Node.js's `oidc-provider`.

mod provider;

use std::net::SocketAddr;

use governance::RepositoryGroup;
use reqwest::{Method, Url};
use serde_json::{Value, json};
use server::{Config, GroupMapping};
use store::{Location, Store};

use crate::api::{ask, told};
use crate::running::{Database, Running, config, demo, listening_with_link, password, query};
use crate::web_driver::{Browser, Scripts};
use provider::{Person, Provider, free_port};

/// A server that knows the provider, which knows it.
struct Both {
    server: Running,
    provider: Provider,
}

const SESSION: &str = "bailiwick_session";
const LEASES: &str = "/api/v1/license-pools/elm-contributor/leases";

fn groups() -> GroupMapping {
    let admins = ("elm-admins".to_owned(), RepositoryGroup::JazzAdmins);
    GroupMapping::new([admins, ("elm-users".to_owned(), RepositoryGroup::JazzUsers)])
}

async fn start(algorithm: &'static str, groups: GroupMapping, change: impl FnOnce(&mut Config)) -> Both {
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let provider = Provider::start(&base, algorithm).await;
    let section = provider.section(groups);
    let server = Running::start_as(Database::Sqlite, |config| {
        config.demo = Some(demo());
        config.http = Some(SocketAddr::from(([127, 0, 0, 1], port)));
        config.base_uri = Some(base.parse().unwrap());
        config.providers = vec![section];
        change(config);
    })
    .await;
    Both { server, provider }
}

async fn plain() -> Both {
    let both = start("ES256", GroupMapping::default(), |_| {}).await;
    let quinn = json!({"name": "Quinn Berg", "email": "quinn@example.com"});
    both.provider.told(&json!({"people": {"quinn": quinn}})).await;
    both
}

impl Both {
    async fn root(&self, path: &str) -> Value {
        self.server.get_as("root", path).await.json().await.unwrap()
    }

    /// What the newest refusal was about.
    async fn refused(&self) -> String {
        let store = Store::open_beside(&Location::parse(&self.server.location).unwrap(), "x").await.unwrap();
        let page = store.refusals(&Default::default()).await.unwrap();
        page.refusals.first().map(|it| it.what.clone()).unwrap_or_default()
    }

    /// Quinn leads, and changes something by a licence that she leases.
    async fn leases_a_seat(&self, quinn: &Person) {
        let by_root = async |path: &str, body: Value| {
            let (status, said) = told(ask(&self.server, "root", Method::PUT, path).json(&body)).await;
            assert!(status.is_success(), "{path}: {status} {said}");
        };
        by_root("/license-pools/elm-contributor", json!({"seats": 1})).await;
        let member = "/project-areas/gc%3AElectric%20Vehicle/members/quinn";
        by_root(member, json!({"roles": ["configuration-lead"]})).await;
        let motor = "/api/v1/components/gc%3AElectric%20Vehicle%23component%3AMotor";
        let change = self.server.client.patch(format!("{}{motor}", self.server.base));
        let change = change.header("cookie", quinn.cookie(&self.server.base, SESSION).unwrap());
        let (status, said) = told(change.header("if-match", "*").json(&json!({"description": "x"}))).await;
        assert_eq!(status, 200, "{said}");
    }

    /// Who somebody is here; nobody, if the session has ended.
    async fn is_in(&self, person: &Person) -> bool {
        let asked = person.once(Method::GET, &format!("{}/api/v1/me/sessions", self.server.base), None).await;
        asked.status() == 200
    }
}

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
async fn what_is_not_signed_for_this_sign_in_is_not_believed() {
    let both = plain().await;
    let base = &both.server.base;
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let altered = |claims: Value| json!({"claims": claims});
    for (told, said) in [
        (altered(json!({"nonce": "another"})), "of another sign-in"),
        (altered(json!({"nonce": null})), "of another sign-in"),
        (altered(json!({"aud": "somebody"})), "must contain `bailiwick`"),
        (altered(json!({"aud": ["bailiwick", "somebody"]})), "not a trusted audience"),
        (altered(json!({"iss": "https://evil.example"})), "found `https://evil.example`"),
        (altered(json!({"azp": "somebody"})), "signed for `somebody`"),
        (altered(json!({"exp": now - 1})), "expired"),
        (altered(json!({"iat": now + 3600})), "from the future"),
        (altered(json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"})), "another access token"),
        (altered(json!({"sub": "lena"})), "Invalid subject"),
        (json!({"stranger": true}), "Signature verification failed"),
        (json!({"header": {"kid": "none"}}), "No matching key"),
        (json!({"header": {"alg": "none"}}), "No signature"),
    ] {
        both.provider.told(&told).await;
        let quinn = Person::new();
        let page = quinn.sign_in(base, "quinn").await;
        assert_eq!(page.status, 401, "{told}: {}", page.text);
        assert!(page.text.contains("What Our Company has answered cannot be used; begin once more."));
        assert_eq!(quinn.cookie(base, SESSION), None, "{told}");
        let refused = both.refused().await;
        assert!(refused.starts_with("sign in by company: ") && refused.contains(said), "{told}: {refused}");
    }
    both.provider.told(&json!({})).await;
    assert_eq!(Person::new().sign_in(base, "quinn").await.status, 200);
}

#[tokio::test]
async fn only_what_this_browser_has_begun_is_brought_to_its_end() {
    let both = plain().await;
    let base = &both.server.base;
    // How far somebody comes who is not sent on by themselves.
    let callback = async |person: &Person| {
        let asked = person.open(&format!("{base}/sign-in/oidc/company")).await;
        let form = Some(query(&[("who", "quinn"), ("go", "in")]));
        let mut went = person.once(Method::POST, &asked.address, form).await;
        loop {
            let to = went.headers()["location"].to_str().unwrap().to_owned();
            if to.contains("/callback?") {
                return to;
            }
            went = person.once(Method::GET, &to, None).await;
        }
    };
    let refuses = async |person: &Person, address: &str, said: &str| {
        let page = person.open(address).await;
        assert_eq!(page.status, 401, "{address}");
        assert_eq!(person.cookie(base, SESSION), None);
        let refused = both.refused().await;
        assert!(refused.contains(said), "{refused}");
    };
    let quinn = Person::new();
    let good = callback(&quinn).await;
    let (before, state) = good.split_once("state=").unwrap();
    refuses(&Person::new(), &good, "nothing was begun in this browser").await;
    let eve = Person::new();
    callback(&eve).await;
    refuses(&eve, &good, "another sign-in (`state`)").await;
    // What has failed is over: each begins once more.
    refuses(&eve, &good, "nothing was begun in this browser").await;
    for (change, said) in [
        (format!("{before}state=x{state}"), "another sign-in (`state`)"),
        (good.replace("iss=http", "iss=https"), "another provider has answered (`iss`)"),
        (good.replace("code=", "code=x"), "`invalid_grant`"),
        (good.replace("code=", "cod="), "no `code`"),
    ] {
        let person = Person::new();
        let own = callback(&person).await;
        let own_state = own.split_once("state=").unwrap().1.split('&').next().unwrap();
        let state = state.split('&').next().unwrap();
        refuses(&person, &change.replace(state, own_state), said).await;
    }
    // The code is good for one use.
    let person = Person::new();
    let own = callback(&person).await;
    let kept = person.cookie(base, "bailiwick_provider").unwrap();
    assert_eq!(person.open(&own).await.status, 200);
    let thief = Person::new();
    thief.set_cookie(base, "bailiwick_provider", kept.split_once('=').unwrap().1);
    refuses(&thief, &own, "`invalid_grant`").await;
    assert_eq!(person.open(&format!("{base}/sign-in/oidc/nobody")).await.status, 404);
}

#[tokio::test]
async fn other_keys_are_learnt_and_a_provider_that_is_away_ends_nothing() {
    let mut both = start("RS256", GroupMapping::default(), |_| {}).await;
    let base = both.server.base.clone();
    let quinn = Person::new();
    assert_eq!(quinn.sign_in(&base, "quinn").await.status, 200);
    both.provider.stop();
    both.provider.go_on().await;
    assert_eq!(Person::new().sign_in(&base, "quinn").await.status, 200, "with other keys");

    both.provider.stop();
    assert!(both.is_in(&quinn).await, "whoever is in stays in");
    let lena = both.server.sign_in("lena", &password("lena")).await;
    assert!(lena.is_some(), "others sign in as ever");
    // What it has told is known for a while; what it would have to say now is not.
    let eve = Person::new();
    let sent = eve.once(Method::GET, &format!("{base}/sign-in/oidc/company"), None).await;
    let address = Url::parse(sent.headers()["location"].to_str().unwrap()).unwrap();
    let (_, state) = address.query_pairs().find(|(name, _)| name == "state").unwrap();
    let page = eve.open(&format!("{base}/sign-in/oidc/company/callback?code=x&state={state}")).await;
    assert_eq!(page.status, 503);
    assert!(page.text.contains("Our Company cannot be asked at the moment; try again in a while."));
    // A server that has never heard of it says so at once.
    let fresh = Provider::start("http://127.0.0.1:1", "ES256").await;
    let mut section = fresh.section(GroupMapping::default());
    drop(fresh);
    section.title = "Elsewhere".to_owned();
    let other = Running::start_as(Database::Sqlite, |config| {
        config.base_uri = Some("http://127.0.0.1:1".parse().unwrap());
        config.providers = vec![section];
    })
    .await;
    let page = eve.open(&format!("{}/sign-in/oidc/company", other.base)).await;
    assert_eq!(page.status, 503);
    assert!(page.text.contains("Elsewhere cannot be asked at the moment"));
    // It comes back, and nobody has to do anything.
    both.provider.go_on().await;
    assert_eq!(Person::new().sign_in(&base, "quinn").await.status, 200);
}

#[tokio::test]
async fn the_provider_says_who_is_in_which_group() {
    let both = start("ES256", groups(), |_| {}).await;
    let base = &both.server.base;
    let told = async |groups: Value| {
        both.provider.told(&json!({"people": {"quinn": {"groups": groups}}})).await;
    };
    let has = async || both.root("/api/v1/users/quinn").await["groups"].clone();
    // In none of those that count: kept out, and no user is made.
    for none in [json!(["kitchen"]), json!([]), json!(null), json!(7)] {
        told(none).await;
        let page = Person::new().sign_in(base, "quinn").await;
        assert_eq!(page.status, 403);
        assert!(page.text.contains("Our Company knows you, and you are not let in here"));
        assert_eq!(both.server.get_as("root", "/api/v1/users/quinn").await.status(), 404);
    }
    told(json!(["kitchen", "elm-users"])).await;
    let first = Person::new();
    assert_eq!(first.sign_in(base, "quinn").await.status, 200);
    assert_eq!(has().await, json!(["JazzUsers"]));
    // Other groups are taken over, and end the sessions that had been begun without them.
    told(json!(["elm-admins", "elm-users"])).await;
    let second = Person::new();
    assert_eq!(second.sign_in(base, "quinn").await.status, 200);
    assert_eq!(has().await, json!(["JazzAdmins", "JazzUsers"]));
    assert!(!both.is_in(&first).await && both.is_in(&second).await);
    told(json!("elm-users")).await;
    assert_eq!(Person::new().sign_in(base, "quinn").await.status, 200);
    assert_eq!(has().await, json!(["JazzUsers"]));
    told(json!([])).await;
    assert_eq!(Person::new().sign_in(base, "quinn").await.status, 403);
}

#[tokio::test]
async fn the_first_of_all_is_an_administrator() {
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}");
    let provider = Provider::start(&base, "ES256").await;
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path(), None, None);
    config.http = Some(SocketAddr::from(([127, 0, 0, 1], port)));
    config.base_uri = Some(base.parse().unwrap());
    config.providers = vec![provider.section(groups())];
    let (_, link, task) = listening_with_link(config).await;
    let link = link.expect("there is nobody").address;
    provider
        .told(&json!({"people": {"quinn": {"groups": "elm-users"}, "mia": {"groups": "elm-admins"}}}))
        .await;
    assert_eq!(Person::new().sign_in(&base, "quinn").await.status, 403);
    assert_eq!(Person::new().open(&link).await.status, 200, "the link is still good");
    assert_eq!(Person::new().sign_in(&base, "mia").await.status, 200);
    assert_eq!(Person::new().open(&link).await.status, 410);
    assert_eq!(Person::new().sign_in(&base, "quinn").await.status, 200);
    task.abort();
}

#[tokio::test]
async fn nobody_becomes_somebody_else() {
    let both = plain().await;
    let base = &both.server.base;
    let (status, made) =
        both.server.post_as("root", "/api/v1/users", &json!({"id": "gc_user", "functional": true})).await;
    assert_eq!(status, 201, "{made}");
    // `root` and `lena` have passwords here; whoever is called so there need not be the same.
    for who in ["root", "LENA", "gc_user", "ｌｅｎａ"] {
        let person = Person::new();
        let page = person.sign_in(base, who).await;
        assert_eq!(page.status, 403, "{who}");
        assert_eq!(person.cookie(base, SESSION), None, "{who}");
        assert!(!page.text.contains("registry"), "who is here is nobody's business");
    }
    // Who was archived stays out, and comes back when they do.
    let quinn = Person::new();
    assert_eq!(quinn.sign_in(base, "quinn").await.status, 200);
    let act = async |what: &str| {
        both.server.post_as("root", &format!("/api/v1/users/quinn/{what}"), &json!({})).await.0
    };
    assert_eq!(act("archive").await, 200);
    assert!(!both.is_in(&quinn).await);
    assert_eq!(Person::new().sign_in(base, "quinn").await.status, 403);
    assert_eq!(act("unarchive").await, 200);
    assert_eq!(Person::new().sign_in(base, "quinn").await.status, 200);
    // What is no id makes no user.
    both.provider.told(&json!({"people": {"x": {"preferred_username": "  "}}})).await;
    assert_eq!(Person::new().sign_in(base, "x").await.status, 401);
    assert!(both.refused().await.contains("`preferred_username`, which is the id"));
    both.provider.told(&json!({"people": {"x": {"preferred_username": "x".repeat(10_000)}}})).await;
    assert_eq!(Person::new().sign_in(base, "x").await.status, 401);
}

#[tokio::test]
async fn a_mail_address_that_nobody_has_verified_is_no_id() {
    let both = start("ES256", GroupMapping::default(), |config| {
        config.providers[0].claims.id = "email".to_owned();
    })
    .await;
    for (verified, status) in [(json!(false), 401), (json!(true), 200)] {
        let quinn = json!({"email": "quinn@example.com", "email_verified": verified});
        both.provider.told(&json!({"people": {"quinn": quinn}})).await;
        assert_eq!(Person::new().sign_in(&both.server.base, "quinn").await.status, status);
    }
    assert_eq!(both.root("/api/v1/users/quinn%40example.com").await["name"], "quinn@example.com");
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
