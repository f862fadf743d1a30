//! Getting in: the first user, links, passwords and sessions.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use store::{JournalFilter, Link, Location, Moment, Purpose, Store};

use crate::running::{
    BOTH, Database, Running, client, config, demo, listening_with_link, location, password, query,
};

pub(super) const GOOD: &str = "four words are good";

pub(super) fn cookie_of(response: &Response, name: &str) -> Option<String> {
    let cookies = response.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
    cookies.filter(|it| it.starts_with(name)).map(|it| it.split(';').next().unwrap().to_owned()).next()
}

pub(super) async fn form(base: &str, path: &str, fields: &[(&str, &str)]) -> Response {
    let request = client().post(format!("{base}{path}")).header("accept", "text/html");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(query(fields)).send().await.unwrap()
}

pub(super) async fn page(base: &str, path: &str) -> (u16, String) {
    let response = client().get(format!("{base}{path}")).header("accept", "text/html").send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// A store beside the server, to look into.
pub(super) async fn store(location: &str) -> Store {
    Store::open_beside(&Location::parse(location).unwrap(), "fresh").await.unwrap()
}

#[tokio::test]
async fn the_first_start_makes_the_first_user() {
    for database in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let location = location(database, folder.path());
        let (listening, link, task) =
            listening_with_link(config(folder.path(), Some(location.clone()), None)).await;
        let base = format!("http://{}", listening.http.unwrap());
        let link = link.expect("there is no user");
        assert_eq!(link.user, None);
        let path = link.address.strip_prefix(&base).unwrap().to_owned();
        let secret = path.strip_prefix("/first-start?link=").unwrap();

        let shown = client().get(&link.address).header("accept", "text/html").send().await.unwrap();
        assert_eq!(shown.headers()["referrer-policy"], "no-referrer");
        assert!(shown.text().await.unwrap().contains(&format!("value=\"{secret}\"")));
        // What is wrong is told, and what was typed stays, but for the password.
        let make = |id, password, again| {
            let fields = [
                ("link", secret),
                ("id", id),
                ("name", "Ann Lee"),
                ("mail", "ann@example.com"),
                ("password", password),
                ("again", again),
            ];
            let base = base.clone();
            async move { form(&base, "/first-start", &fields).await }
        };
        for (id, first, again, said) in [
            ("ann", "short", "short", "choose one of 12 or more"),
            ("ann", GOOD, "four words are bad", "The two passwords differ"),
            ("ann", "password1234", "password1234", "tried first"),
            ("four-words-are", "four-words-are", "four-words-are", "the user id"),
            ("", GOOD, GOOD, "needs a name"),
        ] {
            let again = make(id, first, again).await;
            assert_eq!(again.status(), StatusCode::BAD_REQUEST, "{said}");
            let text = again.text().await.unwrap();
            assert!(text.contains(said), "{said}: {text}");
            assert!(text.contains("Ann Lee") && text.contains("ann@example.com"));
            assert!(!text.contains(first) || first == id, "{text}");
        }
        let made = make("ann", GOOD, GOOD).await;
        assert_eq!((made.status().as_u16(), &made.headers()["location"]), (303, &"/".parse().unwrap()));
        let cookie = cookie_of(&made, "bailiwick_session").unwrap();
        let home = client().get(format!("{base}/")).header("cookie", &cookie);
        let home = home.header("accept", "text/html").send().await.unwrap();
        assert!(home.text().await.unwrap().contains("Ann Lee"));
        assert_eq!(make("bob", GOOD, GOOD).await.status(), StatusCode::GONE, "there is a user now");
        assert_eq!(page(&base, &path).await.0, 410);

        let groups = client().get(format!("{base}/api/v1/users/ann")).basic_auth("ann", Some(GOOD));
        let ann: Value = groups.send().await.unwrap().json().await.unwrap();
        assert_eq!(
            (&ann["groups"], &ann["mail"]),
            (&json!(["JazzAdmins", "JazzUsers"]), &json!("ann@example.com"))
        );
        task.abort();
        let journal = store(&location).await.journal(&JournalFilter::default()).await.unwrap();
        let (_, entry) = &journal.entries[0];
        assert_eq!(
            (&*entry.by, entry.via.as_deref(), &*entry.basis),
            ("ann", Some("first start"), "operator")
        );
        assert_eq!(entry.address.as_deref(), Some("127.0.0.1"));
    }
}

#[tokio::test]
async fn of_many_who_are_first_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let location = location(Database::Postgres, folder.path());
    let mut nodes = Vec::new();
    for _ in 0..2 {
        let config = config(folder.path(), Some(location.clone()), None);
        let (listening, link, task) = listening_with_link(config).await;
        let (_, secret) =
            link.unwrap().address.split_once("link=").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        nodes.push((format!("http://{}", listening.http.unwrap()), secret, task));
    }
    let tries = (0..6).map(|number| {
        let (base, secret) = (nodes[number % 2].0.clone(), nodes[number % 2].1.clone());
        async move {
            let id = format!("first{number}");
            let fields = [("link", &*secret), ("id", &id), ("password", GOOD), ("again", GOOD)];
            form(&base, "/first-start", &fields).await.status().as_u16()
        }
    });
    let mut statuses = futures_util::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410, 410, 410, 410, 410]);
    let organisation = store(&location).await.load().await.unwrap().organisation;
    assert_eq!(organisation.users().filter(|(_, user)| !user.functional).count(), 1);
    nodes.into_iter().for_each(|(_, _, task)| task.abort());
}

#[tokio::test]
async fn an_imported_organisation_is_entered_by_a_link_for_an_administrator() {
    for database in BOTH {
        let server = Running::start_with(database, None).await;
        let link = server.link.clone().expect("nobody has a password");
        assert_eq!(link.user.as_deref(), Some("root"));
        let path = link.address.strip_prefix(&server.base).unwrap();
        let (status, text) = page(&server.base, path).await;
        assert!(status == 200 && text.contains("value=\"root\""), "{text}");
        let (_, secret) = path.split_once("link=").unwrap();
        let set = server
            .submit("/set-password", None, &[("link", secret), ("password", GOOD), ("again", GOOD)])
            .await;
        assert_eq!(set.status(), StatusCode::SEE_OTHER);
        assert!(cookie_of(&set, "bailiwick_session").is_some());
        // The next start has nothing to give out.
        if database == Database::Postgres {
            let config = config(server.folder.path(), Some(server.location.clone()), None);
            let (_, link, task) = listening_with_link(config).await;
            assert!(link.is_none());
            task.abort();
        }
    }
}

pub(super) async fn made_link(server: &Running, by: &str, of: &str) -> (u16, Value) {
    server.post_as(by, &format!("/api/v1/users/{of}/password-link"), &json!({})).await
}

#[tokio::test]
async fn a_password_is_set_by_a_link_once() {
    for database in BOTH {
        let server = Running::start(database).await;
        let cookie = server.sign_in("bob", &password("bob")).await.unwrap();
        let (status, refused) = made_link(&server, "lena", "bob").await;
        assert_eq!((status, &refused["gate"]), (403, &json!("REPOSITORY_GROUP")));
        assert_eq!(made_link(&server, "root", "nobody").await.0, 404);
        let (_, older) = made_link(&server, "root", "bob").await;
        let (status, made) = made_link(&server, "root", "bob").await;
        assert_eq!(status, 200, "{made}");
        let path = |made: &Value| {
            made["link"]
                .as_str()
                .unwrap()
                .strip_prefix(&server.base)
                .expect("the caller's own address")
                .to_owned()
        };
        assert_eq!(page(&server.base, &path(&older)).await.0, 410, "a newer link ends it");
        assert_eq!(page(&server.base, &path(&made)).await.0, 200);
        assert_eq!(page(&server.base, &path(&made).replace("set-password", "first-start")).await.0, 410);

        let (_, secret) = made["link"].as_str().unwrap().split_once("link=").unwrap();
        let set = async |password: &str| {
            let fields = [("link", secret), ("password", password), ("again", password)];
            server.submit("/set-password", None, &fields).await
        };
        let weak = set("bob").await;
        assert_eq!(weak.status(), StatusCode::BAD_REQUEST);
        assert!(weak.text().await.unwrap().contains(&format!("value=\"{secret}\"")), "the link stays good");
        assert_eq!(set(GOOD).await.status(), StatusCode::SEE_OTHER);
        assert_eq!(set("another four words").await.status(), StatusCode::GONE);
        let home =
            server.get("/").header("cookie", &cookie).header("accept", "text/html").send().await.unwrap();
        assert_eq!(home.status(), StatusCode::SEE_OTHER, "the sessions have ended");
        assert!(server.sign_in("bob", &password("bob")).await.is_none());
        assert!(server.sign_in("bob", GOOD).await.is_some());

        let (_, journal) = {
            let journal = server.get_as("root", "/api/v1/journal?limit=1").await;
            (journal.status(), journal.json::<Value>().await.unwrap())
        };
        let entry = &journal["items"][0];
        assert_eq!((&entry["by"], &entry["basis"]), (&json!("root"), &json!("group")));
        assert_eq!(entry["summary"], "Make a link with which a user sets a password: bob");
        let kept = store(&server.location).await;
        let newest = kept.newest_revision().await.unwrap();
        assert_eq!(kept.events(newest, 0, 10).await.unwrap(), [], "an entry, and no fact");
        let refusals = kept.refusals(&Default::default()).await.unwrap().refusals;
        assert!(
            refusals.iter().any(|it| it.what == "use a link" && it.address.as_deref() == Some("127.0.0.1"))
        );
    }
}

#[tokio::test]
async fn a_link_is_used_once_even_on_two_nodes_at_a_time() {
    let server = Running::start(Database::Postgres).await;
    let config = config(server.folder.path(), Some(server.location.clone()), None);
    let (other, _, task) = listening_with_link(config).await;
    let other = format!("http://{}", other.http.unwrap());
    for _ in 0..5 {
        let (_, made) = made_link(&server, "root", "bob").await;
        let (_, secret) = made["link"].as_str().unwrap().split_once("link=").unwrap();
        let set = async |base: &str| {
            form(base, "/set-password", &[("link", secret), ("password", GOOD), ("again", GOOD)])
                .await
                .status()
        };
        let both = tokio::join!(set(&server.base), set(&other));
        let (used, gone) = (StatusCode::SEE_OTHER, StatusCode::GONE);
        assert!(both == (used, gone) || both == (gone, used), "{both:?}");
    }
    task.abort();
}

#[tokio::test]
async fn a_link_expires() {
    let server = Running::start(Database::Sqlite).await;
    let kept = store(&server.location).await;
    let bob = server.organisation.user_by_id("bob").unwrap();
    let link = Link { purpose: Purpose::SetPassword(bob), created: Moment::new(0), expires: Moment::new(1) };
    // The SHA-256 of `late`.
    let hash = "089001a35679a33ef3db0ca350db9b9a2f0136e0e327577b04b3b98127470961";
    kept.add_link(hash, &link).await.unwrap();
    let gone =
        [page(&server.base, "/set-password?link=late").await, page(&server.base, "/set-password").await];
    assert!(gone.iter().all(|(status, _)| *status == 410));
    assert_eq!(gone[0].1.replace("late", ""), gone[1].1.replace("late", ""), "nobody learns which it was");
}

#[tokio::test]
async fn a_person_changes_their_own_password() {
    for database in BOTH {
        let server = Running::start(database).await;
        let old = password("bob");
        let (here, there) =
            (server.sign_in("bob", &old).await.unwrap(), server.sign_in("bob", &old).await.unwrap());
        assert_eq!(
            server.get_as("bob", "/explain?operation=read&item=gc%3AElectric%20Vehicle").await.status(),
            200
        );
        let home = async |cookie: &str| {
            let request = server.get("/").header("cookie", cookie).header("accept", "text/html");
            request.send().await.unwrap().status().as_u16()
        };
        let shown = server.get("/password").header("cookie", &here).header("accept", "text/html");
        assert!(shown.send().await.unwrap().text().await.unwrap().contains("<h1>Change your password</h1>"));
        let change = async |old: &str, new: &str, again: &str| {
            let fields = [("old", old), ("password", new), ("again", again)];
            server.submit("/password", Some(&here), &fields).await
        };
        for (old, new, again, status, said) in [
            ("wrong", GOOD, GOOD, 403, "The old password is not this one"),
            (&*old, "short", "short", 400, "choose one of 12 or more"),
            (&*old, GOOD, "other words", 400, "The two passwords differ"),
        ] {
            let refused = change(old, new, again).await;
            assert_eq!(refused.status(), status, "{said}");
            assert!(refused.text().await.unwrap().contains(said), "{said}");
        }
        let changed = change(&old, GOOD, GOOD).await;
        assert_eq!(
            (changed.status().as_u16(), &changed.headers()["location"]),
            (303, &"/password?changed".parse().unwrap())
        );
        let renewed = cookie_of(&changed, "bailiwick_session").unwrap();
        assert_ne!(renewed, here, "a token is never used on");
        assert_eq!([home(&here).await, home(&there).await, home(&renewed).await], [303, 303, 200]);
        let basic = server.get_as("bob", "/explain?operation=read&item=gc%3AElectric%20Vehicle").await;
        assert_eq!(basic.status(), 401, "what was remembered is forgotten");

        let by_rest = async |old: &str, new: &str| {
            let request = server.post("/api/v1/me/password").header("cookie", &renewed);
            request.json(&json!({"old": old, "new": new})).send().await.unwrap()
        };
        let wrong = by_rest("wrong", "another four words").await;
        assert_eq!(wrong.status(), 403);
        assert_eq!(wrong.json::<Value>().await.unwrap()["pointer"], "/old");
        let weak = by_rest(GOOD, "password1234").await;
        assert_eq!(weak.status(), 400);
        assert_eq!(weak.json::<Value>().await.unwrap()["pointer"], "/new");
        let changed = by_rest(GOOD, "another four words").await;
        assert_eq!(changed.status(), 204);
        let again = cookie_of(&changed, "bailiwick_session").unwrap();
        assert_eq!([home(&renewed).await, home(&again).await], [303, 200]);
    }
}

#[tokio::test]
async fn another_site_cannot_write_with_somebodys_cookie() {
    let server = Running::start(Database::Sqlite).await;
    let cookie = server.sign_in("bob", &password("bob")).await.unwrap();
    let write = |headers: &'static [(&'static str, &'static str)]| {
        let request = server.post("/sign-out").header("cookie", &cookie);
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    };
    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
    for (headers, refused) in [
        (&[FORM][..], true),
        (&[], true),
        (&[("content-type", "text/plain")], true),
        (&[FORM, ("origin", "https://evil.example")], true),
        (&[FORM, ("sec-fetch-site", "cross-site"), ("x-requested-with", "x")], true),
        (&[("content-type", "application/json"), ("origin", "null")], true),
    ] {
        let response = write(headers).send().await.unwrap();
        let type_ = response.json::<Value>().await.unwrap_or_default()["type"].clone();
        assert_eq!(type_ == "urn:bailiwick:problem:cross-site", refused, "{headers:?}");
    }
    // Nor does it sign anybody in, in whichever name.
    for _ in 0..2 {
        let form = server.post("/sign-in").header(FORM.0, FORM.1).header("origin", "https://evil.example");
        let form = form.body(format!("user=bob&password={}", password("bob")));
        assert_eq!(form.send().await.unwrap().status(), 403);
    }
    // Whoever looks after the server learns of each, and of those without a session now and then.
    let refusals = store(&server.location).await.refusals(&Default::default()).await.unwrap().refusals;
    let told: Vec<_> = refusals.iter().map(|it| (it.by.as_deref(), &*it.what, &*it.gate)).collect();
    let (nobody, bobs) = told.split_first().unwrap();
    assert_eq!(*nobody, (None, "POST /sign-in from another site", "AUTH"));
    assert_eq!(bobs, [(Some("bob"), "POST /sign-out from another site", "AUTH"); 6]);
    let still = server.get("/api/v1/me/sessions").header("cookie", &cookie).send().await.unwrap();
    assert_eq!(still.status(), 200);
    for headers in [
        &[FORM, ("x-requested-with", "a program")][..],
        &[("content-type", "application/json; charset=utf-8")],
        &[FORM, ("sec-fetch-site", "same-origin")],
        // Whoever shows a password is no browser that was misled.
        &[FORM, ("authorization", "Basic eDp5")],
    ] {
        assert_ne!(write(headers).send().await.unwrap().status(), 403, "{headers:?}");
    }
    // Reading is nobody's harm, and nobody has a cookie before signing in.
    assert_eq!(
        server.get("/sign-in").header("sec-fetch-site", "cross-site").send().await.unwrap().status(),
        200
    );
    assert!(server.sign_in("bob", &password("bob")).await.is_some());
}

#[tokio::test]
async fn by_tls_cookies_belong_to_this_host_alone() {
    let server = Running::start_as(Database::Sqlite, |config| {
        config.demo = Some(demo());
        config.base_uri = Some("https://jazz.example.com".parse().unwrap());
    })
    .await;
    let fields = [("user", "bob"), ("password", &*password("bob"))];
    let signed_in = server.submit("/sign-in", None, &fields).await;
    let session = cookie_of(&signed_in, "__Host-bailiwick_session").unwrap();
    assert!(cookie_of(&signed_in, "__Host-bailiwick_browser").is_some());
    let mut whole = signed_in.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
    assert!(whole.all(|it| it.contains("; Path=/; ") && it.ends_with("; HttpOnly; SameSite=Lax; Secure")));
    let status = async |cookie: &str| {
        server.get("/api/v1/me/sessions").header("cookie", cookie).send().await.unwrap().status().as_u16()
    };
    assert_eq!(status(&session).await, 200);
    assert_eq!(status(&session.replace("__Host-", "")).await, 401, "one that any host could have set");
}
