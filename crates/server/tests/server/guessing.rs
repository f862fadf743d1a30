//! Guessing is slow, whatever is guessed, and keeps nobody out who has been here before.

use std::time::{Duration, Instant};

use reqwest::Response;
use serde_json::Value;
use server::TrustedProxies;
use store::{Location, Store};

use crate::running::{BOTH, Database, Running, demo, password, query, started};

/// A server behind a proxy, so that requests can come from anywhere.
async fn behind_a_proxy(database: Database, wait: Duration) -> Running {
    Running::start_as(database, |config| {
        config.demo = Some(demo());
        config.sign_in.wait = wait;
        let networks = vec!["127.0.0.0/8".parse().unwrap()];
        config.trusted_proxies = TrustedProxies { networks, ..TrustedProxies::default() };
    })
    .await
}

async fn sign_in(server: &Running, from: &str, cookie: Option<&str>, id: &str, password: &str) -> Response {
    let request = server.post("/sign-in").header("content-type", "application/x-www-form-urlencoded");
    let request = request.header("x-forwarded-for", from).header("sec-fetch-site", "same-origin");
    let request = cookie.iter().fold(request, |request, cookie| request.header("cookie", *cookie));
    request.body(query(&[("user", id), ("password", password)])).send().await.unwrap()
}

async fn status(server: &Running, from: &str, id: &str, password: &str) -> u16 {
    sign_in(server, from, None, id, password).await.status().as_u16()
}

async fn basic(server: &Running, from: &str, id: &str, password: &str) -> Response {
    let request = server.get("/api/v1/me/tokens").header("x-forwarded-for", from);
    request.basic_auth(id, Some(password)).send().await.unwrap()
}

const LONG: Duration = Duration::from_secs(300);

#[tokio::test]
async fn after_five_failures_even_the_right_password_must_wait() {
    for database in BOTH {
        let server = behind_a_proxy(database, LONG).await;
        // Known or not, by form or by Basic, in whichever case: it is the same id.
        for (id, other) in [("bob", "BOB"), ("bub", "Bub")] {
            for attempt in 0..5 {
                let wrong = match attempt % 2 {
                    0 => status(&server, "192.0.2.1", id, "wrong").await,
                    _ => basic(&server, "192.0.2.1", other, "wrong").await.status().as_u16(),
                };
                assert_eq!(wrong, 401, "{attempt}");
            }
            let refused = sign_in(&server, "192.0.2.1", None, id, &password("bob")).await;
            assert_eq!(refused.status(), 429);
            let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((250..=300).contains(&wait), "{wait}");
            let page = refused.text().await.unwrap();
            assert!(page.contains("Too many attempts have failed; try again in 5 minutes."), "{page}");
            // The example users' passwords are told below the form.
            let (form, _) = page.split_once("id=\"examples\"").unwrap();
            assert!(form.contains(&format!("name=\"user\" value=\"{id}\"")));
            assert!(!form.contains("own password"));
            let refused = basic(&server, "192.0.2.1", id, &password("bob")).await;
            assert_eq!(refused.status(), 429);
            let problem: Value = refused.json().await.unwrap();
            assert_eq!(problem["type"], "urn:bailiwick:problem:throttled");
        }
        // Others there, and Bob elsewhere, are not concerned.
        assert_eq!(status(&server, "192.0.2.1", "lena", &password("lena")).await, 303);
        assert_eq!(status(&server, "192.0.2.2", "bob", &password("bob")).await, 303);

        let store = Store::open_beside(&Location::parse(&server.location).unwrap(), "fresh").await.unwrap();
        let refusals = store.refusals(&Default::default()).await.unwrap().refusals;
        // That somebody must wait is logged once a minute for each.
        let waiting = "sign in: too many attempts have failed";
        assert_eq!(refusals.iter().filter(|it| it.what == waiting).count(), 2);
        let refusals: Vec<_> = refusals.iter().filter(|it| it.what != waiting).collect();
        assert_eq!(refusals.len(), 10);
        assert!(refusals.iter().all(|it| it.gate == "AUTH" && it.address.as_deref() == Some("192.0.2.1")));
        let by: Vec<_> = refusals.iter().map(|it| (it.by.as_deref().unwrap(), &*it.what)).collect();
        assert!(by.contains(&("bub", "sign in")) && by.contains(&("BOB", "sign in by Basic")), "{by:?}");

        // Who must wait is told to whoever manages users, and let in again there.
        let told: Value = server.get_as("root", "/api/v1/lock-outs").await.json().await.unwrap();
        let told = told["items"].as_array().unwrap();
        assert!(told.len() == 2 && told.iter().all(|it| it["network"] == "192.0.2.1"), "{told:?}");
        let of = |user: &str| told.iter().find(|it| it["user"].as_str().unwrap_or_default() == user).unwrap();
        assert_eq!((&of("bob")["of"], &of("")["user"]), (&Value::from("id"), &Value::Null));
        let page = server.page_as("root", "/lock-outs").await;
        assert!(page.contains("/users/bob/sign-in") && page.contains("in 4 minutes"), "{page}");
        assert!(page.contains("an id that nobody has") && !page.contains("bub"), "{page}");
        let release = format!("/api/v1/lock-outs/{}/release", of("bob")["id"].as_str().unwrap());
        for (who, expected) in [("bob", 403), ("root", 204), ("root", 404)] {
            let sent = server.post(&release).basic_auth(who, Some(password(who))).send().await.unwrap();
            assert_eq!(sent.status(), expected, "{who}");
        }
        assert_eq!(status(&server, "192.0.2.1", "bob", &password("bob")).await, 303);
    }
}

#[tokio::test]
async fn all_nodes_count_together() {
    let server = behind_a_proxy(Database::Postgres, LONG).await;
    let folder = tempfile::tempdir().unwrap();
    let (there, task) = started(folder.path(), Some(server.location.clone()), None).await;
    let at = async |base: &str, password: &str| {
        let request = server.client.get(format!("{base}/api/v1/me/tokens"));
        request.basic_auth("bob", Some(password)).send().await.unwrap().status().as_u16()
    };
    for attempt in 0..5 {
        let base = if attempt % 2 == 0 { &server.base } else { &there };
        assert_eq!(at(base, "wrong").await, 401, "{attempt}");
    }
    let right = password("bob");
    assert_eq!([at(&server.base, &right).await, at(&there, &right).await], [429; 2]);
    let release = server.post("/api/v1/users/bob/release").basic_auth("root", Some(password("root")));
    assert_eq!(release.send().await.unwrap().status(), 204);
    assert_eq!([at(&server.base, &right).await, at(&there, &right).await], [200; 2]);
    task.abort();
}

#[tokio::test]
async fn whoever_has_waited_may_try_again() {
    let server = behind_a_proxy(Database::Sqlite, Duration::from_secs(3)).await;
    // Fast enough for none to be made up for.
    let tries = (0..5).map(|_| status(&server, "192.0.2.1", "bob", "wrong"));
    futures_util::future::join_all(tries).await;
    assert_eq!(status(&server, "192.0.2.1", "bob", &password("bob")).await, 429);
    tokio::time::sleep(Duration::from_millis(3100)).await;
    assert_eq!(status(&server, "192.0.2.1", "bob", &password("bob")).await, 303);
    for _ in 0..4 {
        assert_eq!(status(&server, "192.0.2.1", "bob", "wrong").await, 401, "success has made up for all");
    }
}

#[tokio::test]
async fn strangers_lock_out_strangers_and_not_whom_the_server_knows() {
    let server = behind_a_proxy(Database::Sqlite, LONG).await;
    let known = sign_in(&server, "198.51.100.7", None, "bob", &password("bob")).await;
    let cookies = known.headers().get_all("set-cookie").iter().map(|it| it.to_str().unwrap());
    let mut mark = cookies
        .filter(|it| it.starts_with("bailiwick_browser"))
        .map(|it| it.split(';').next().unwrap().to_owned());
    let mark = mark.next_back().unwrap();
    for stranger in 0..50 {
        let wrong = status(&server, &format!("203.0.113.{stranger}"), "bob", "wrong").await;
        assert_eq!(wrong, 401, "{stranger}");
    }
    let right = password("bob");
    assert_eq!(
        status(&server, "203.0.113.99", "bob", &right).await,
        429,
        "another stranger, for all we know"
    );
    assert_eq!(status(&server, "203.0.113.99", "lena", &password("lena")).await, 303);
    assert_eq!(status(&server, "198.51.100.7", "bob", &right).await, 303, "where Bob works");
    let travelling = sign_in(&server, "203.0.113.100", Some(&mark), "bob", &right).await;
    assert_eq!(travelling.status(), 303, "with Bob's browser");
    let fresh = travelling
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter(|it| it.to_str().unwrap().contains("_browser"));
    assert_eq!(fresh.count(), 0, "it is known already");
    // A browser that is Bob's is nobody else's, and Bob's own failures still count.
    assert_eq!(sign_in(&server, "203.0.113.101", Some(&mark), "bob", "wrong").await.status(), 401);
    for _ in 0..4 {
        sign_in(&server, "203.0.113.102", Some(&mark), "bob", "wrong").await;
    }
    assert_eq!(sign_in(&server, "203.0.113.103", Some(&mark), "bob", &right).await.status(), 429);
}

#[tokio::test]
async fn one_network_tries_only_so_many_ids_tokens_and_links() {
    for database in BOTH {
        let server = behind_a_proxy(database, LONG).await;
        let bearer = async |from: &str, token: &str| {
            let request = server.get("/api/v1/me/tokens").header("x-forwarded-for", from).bearer_auth(token);
            request.send().await.unwrap()
        };
        let link = async |from: &str| {
            let request = server.get("/set-password?link=none").header("x-forwarded-for", from);
            request.send().await.unwrap().status().as_u16()
        };
        let (_, made) = server
            .post_as(
                "lena",
                "/api/v1/me/tokens",
                &serde_json::json!({"name": "ci", "scopes": ["read"], "expires": "2026-12-31T00:00:00Z"}),
            )
            .await;
        let good = made["secret"].as_str().map(str::to_owned);
        assert_eq!(status(&server, "2001:db8::8", "bob", &password("bob")).await, 303);
        for attempt in 0..100 {
            let expected = if attempt % 2 == 0 { 401 } else { 410 };
            let found = match attempt % 2 {
                0 => bearer("2001:db8::1", "bwk_guessed").await.status().as_u16(),
                _ => link("2001:db8::2:1").await,
            };
            assert_eq!(found, expected, "{attempt}");
        }
        let refused = bearer("2001:db8::3", "bwk_guessed").await;
        assert_eq!(refused.status(), 429, "half an address is one network");
        assert!(refused.headers().contains_key("retry-after"));
        assert_eq!(link("2001:db8::4").await, 429);
        assert_eq!(status(&server, "2001:db8::5", "lena", &password("lena")).await, 429);
        // Who is known there fails like those who are not, and gets in all the same.
        let fails = async |id: &str| {
            let (begun, refused) = (Instant::now(), sign_in(&server, "2001:db8::7", None, id, "wrong").await);
            let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            (refused.status().as_u16(), wait <= 30, begun.elapsed() >= Duration::from_millis(250))
        };
        assert_eq!([fails("bob").await, fails("bub").await], [(429, true, true); 2]);
        assert_eq!(status(&server, "2001:db8::7", "bob", &password("bob")).await, 303);
        // However often.
        let tries = (0..7).map(|_| fails("bob"));
        assert_eq!(futures_util::future::join_all(tries).await, [(429, true, true); 7]);
        assert_eq!(status(&server, "2001:db8::7", "bob", &password("bob")).await, 429);
        // What is right beyond doubt is never kept waiting.
        if let Some(good) = good {
            assert_eq!(bearer("2001:db8::6", &good).await.status(), 200);
        }
        assert_eq!(bearer("2001:db8:0:1::1", "bwk_guessed").await.status(), 401, "the next network");
    }
}

#[tokio::test]
async fn a_flood_of_guesses_is_turned_away_and_counted() {
    let server = behind_a_proxy(Database::Postgres, LONG).await;
    let tries = (0..40).map(|_| status(&server, "192.0.2.9", "bob", "wrong"));
    let begun = Instant::now();
    let found = futures_util::future::join_all(tries).await;
    let guessed = found.iter().filter(|status| **status == 401).count();
    // Two are tried at a time, and do not know of each other.
    assert!((5..=6).contains(&guessed), "{found:?}");
    assert!(found.iter().all(|status| [401, 429].contains(status)), "{found:?} in {:?}", begun.elapsed());
}

#[tokio::test]
async fn nobody_waits_in_an_endless_queue() {
    let server = behind_a_proxy(Database::Sqlite, LONG).await;
    let tries = (0..200).map(|n| {
        let (server, from) = (&server, format!("10.0.{}.{}", n / 100, n % 100));
        async move { sign_in(server, &from, None, &format!("user-{n}"), "wrong").await }
    });
    let found = futures_util::future::join_all(tries).await;
    let busy: Vec<_> = found.iter().filter(|it| it.status() == 503).collect();
    assert!(!busy.is_empty() && busy.iter().all(|it| it.headers()["retry-after"] == "1"));
    assert!(found.iter().all(|it| [401, 503].contains(&it.status().as_u16())));
}

#[tokio::test]
async fn nobody_learns_by_time_who_there_is() {
    let server = behind_a_proxy(Database::Sqlite, LONG).await;
    // Known, unknown, without a password, functional.
    let ids = ["bub", "gus", "system", "bob"];
    let mut times = vec![Vec::new(); ids.len()];
    for round in 0..12 {
        // Each in its turn is the first from an address, for which a budget has to be made.
        for turn in 0..ids.len() {
            let at = (round + turn) % ids.len();
            let begun = Instant::now();
            assert_eq!(status(&server, &format!("192.0.2.{round}"), ids[at], "wrong").await, 401);
            times[at].push(begun.elapsed());
        }
    }
    // What a busy machine adds, it does not add to the quickest of each; without a hash that takes no time.
    let quickest = times.iter().map(|times| *times.iter().min().unwrap());
    let (least, most) = (quickest.clone().min().unwrap(), quickest.max().unwrap());
    assert!(most < least * 2, "{times:?}");
}
