//! A directory that cannot be reached, or not for long.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use server::LdapServer;

use super::{Directory, asking, password_of, told_of, with_people};
use crate::running::password;

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_away_sessions_go_on_and_it_recovers_by_itself() {
    let mut directory = Directory::start(&with_people(&["mia", "tom"]));
    let running = asking(told_of(&directory)).await;
    let session = running.sign_in("mia", &password_of("mia")).await.unwrap();
    let me = || running.get("/api/v1/users/mia").header("cookie", &session).send();
    directory.stop();
    assert_eq!(me().await.unwrap().status(), 200, "who is signed in goes on");
    for id in ["tom", "mia", "nobody"] {
        let form = [("user", id), ("password", &*password_of(id))];
        let response = running.submit("/sign-in", None, &form).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (503, &"5".parse().unwrap())
        );
        let page = response.text().await.unwrap();
        assert!(page.contains("The registry that knows who people are cannot be reached"), "{page}");
        let response = running.there(id, "/api/v1/users/mia").await;
        let problem: Value = response.json().await.unwrap();
        assert_eq!(
            (&problem["type"], &problem["status"]),
            (&json!("urn:bailiwick:problem:registry-away"), &json!(503))
        );
        assert!(!problem["detail"].as_str().unwrap().contains("localhost"), "{problem}");
    }
    assert!(running.sign_in("root", &password("root")).await.is_some(), "the built-in registry works");
    let (status, problem) = running.sync("").await;
    assert_eq!(status, 503);
    assert!(problem["detail"].as_str().unwrap().contains("`corp` cannot be reached"), "{problem}");
    let members = "/api/v1/team-areas/gc%3AElectric%20Vehicle%40Tuning%20Team/members/tom";
    assert_eq!(running.here(Method::PUT, "ada", members, json!({"roles": []})).await.0, 503);
    let bob = "/api/v1/team-areas/gc%3AElectric%20Vehicle%40Tuning%20Team/members/lena";
    let (status, told) = running.here(Method::PUT, "ada", bob, json!({"roles": []})).await;
    assert!([200, 201, 204].contains(&status), "{status} {told}");

    directory.go_on();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(running.sign_in("tom", &password_of("tom")).await.is_some());
    assert_eq!(me().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_could_judge_counts_only_as_long_as_that_is_so() {
    let mut directory = Directory::start(&with_people(&["tom"]));
    let running = asking(told_of(&directory)).await;
    directory.stop();
    let status = async |id: &str, password: &str| {
        running.submit("/sign-in", None, &[("user", id), ("password", password)]).await.status().as_u16()
    };
    // Whoever is known here is not told from others, and is not guessed either.
    for id in ["tom", "root", "nobody"] {
        for attempt in 0..5 {
            assert_eq!(status(id, "wrong").await, 503, "{id} {attempt}");
        }
        assert_eq!(status(id, "wrong").await, 429, "{id}");
    }
    assert_eq!(status("root", &password("root")).await, 429);
    assert_eq!(status("ada", &password("ada")).await, 303);
    directory.go_on();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(status("tom", &password_of("tom")).await, 303);
    assert_eq!(status("root", &password("root")).await, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_is_silent_nobody_waits_whose_password_is_kept_here() {
    let directory = Directory::start(&with_people(&[]));
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut ldap = told_of(&directory);
    let url = format!("ldap://localhost:{}", mute.local_addr().unwrap().port());
    ldap.servers = vec![LdapServer { url, start_tls: true }];
    ldap.connect_timeout = Duration::from_secs(8);
    let running = asking(ldap).await;
    let ids: Vec<String> = (0..40).map(|number| format!("somebody-{number}")).collect();
    let tries = ids.iter().map(async |id| {
        running.submit("/sign-in", None, &[("user", id), ("password", "wrong")]).await.status()
    });
    let began = Instant::now();
    let root = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let entered = running.sign_in("root", &password("root")).await;
        (entered.is_some(), began.elapsed())
    };
    let ((entered, after), tried) =
        futures_util::future::join(root, futures_util::future::join_all(tries)).await;
    assert!(entered && after < Duration::from_secs(8), "{after:?}");
    assert!(tried.iter().all(|status| *status == 503), "{tried:?}");
    // Those who waited for their turn are told what the first have found out.
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_server_is_asked_when_one_does_not_answer() {
    // More than signing in takes on a busy machine.
    const WAIT: Duration = Duration::from_secs(8);
    let directory = Directory::start(&with_people(&["mia", "tom"]));
    // One listens and says nothing, nobody listens at the other.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let mute_url = format!("ldap://localhost:{}", mute.local_addr().unwrap().port());
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = |url: String| LdapServer { url, start_tls: true };
    let mut ldap = told_of(&directory);
    ldap.connect_timeout = WAIT;
    ldap.servers =
        vec![server(format!("ldap://localhost:{gone}")), server(mute_url.clone()), server(directory.url())];
    let running = asking(ldap.clone()).await;
    let began = Instant::now();
    assert!(running.sign_in("mia", &password_of("mia")).await.is_some());
    assert!(began.elapsed() >= WAIT, "the second had its time");
    let began = Instant::now();
    assert!(running.sign_in("tom", &password_of("tom")).await.is_some());
    assert!(began.elapsed() < WAIT, "who has answered is asked first");

    ldap.servers = vec![server(mute_url)];
    let running = asking(ldap).await;
    let began = Instant::now();
    let form = [("user", "mia"), ("password", &*password_of("mia"))];
    assert_eq!(running.submit("/sign-in", None, &form).await.status(), 503);
    assert!(began.elapsed() < 6 * WAIT, "nobody waits for ever");
}
