//! People sign in by binding as themselves.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use server::LdapServer;

use super::{
    Directory, asking, group, group_name, mapping, name_of, password_of, person, somebody, told_of,
    with_people,
};
use crate::running::password;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_the_directory_knows_gets_in_and_is_a_user_from_then_on() {
    let directory = Directory::start(&with_people(&["mia"]));
    let running = asking(told_of(&directory)).await;
    assert_eq!(running.user("mia").await["status"], 404);
    let cookie = running.sign_in("mia", &password_of("mia")).await.expect("she gets in");
    assert!(cookie.starts_with("bailiwick_session="));
    let mia = running.user("mia").await;
    let told = json!({
        "id": "mia", "name": "mia of the directory", "mail": "mia@example.org", "groups": ["JazzUsers"],
        "licenses": [], "archived": false, "functional": false, "erased": false, "registry": "corp",
        "number": mia["number"],
    });
    assert_eq!(mia, told);
    let entry = running.newest_entries(1).await.remove(0);
    assert_eq!(
        (&entry["by"], &entry["via"], &entry["basis"], &entry["address"]),
        (&json!("mia"), &json!("registry corp"), &json!("registry"), &json!("127.0.0.1"))
    );
    // Nothing is written when nothing is new; what is new is taken over.
    assert!(running.sign_in("mia", &password_of("mia")).await.is_some());
    assert_eq!(running.newest_entries(1).await[0]["revision"], entry["revision"]);
    directory.replace(&name_of("mia"), "cn", "Mia Berg");
    assert!(running.sign_in("MIA", &password_of("mia")).await.is_some(), "ids are compared without case");
    assert_eq!(running.user("mia").await["name"], "Mia Berg");
    // With each request, too.
    assert_eq!(running.there("mia", "/api/v1/users/mia").await.status(), 200);
    // A password that is kept elsewhere is not changed here, and no link sets one.
    let (status, problem) =
        running.here(Method::POST, "root", "/api/v1/users/mia/password-link", json!(null)).await;
    assert_eq!(status, 409, "{problem}");
    let change = running.post("/api/v1/me/password").basic_auth("mia", Some(password_of("mia")));
    let change = change.json(&json!({"old": password_of("mia"), "new": "four words are good"})).send().await;
    assert_eq!(change.unwrap().status(), 409);
    // Who is archived here stays out, whatever the directory says.
    assert_eq!(running.here(Method::POST, "root", "/api/v1/users/mia/archive", json!(null)).await.0, 200);
    assert!(running.sign_in("mia", &password_of("mia")).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_by_a_trick() {
    let twins = "dn: cn=one,ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\ncn: one\nsn: one\n\
                 uid: twin\nuserPassword: twin's password there\n\n\
                 dn: cn=two,ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\ncn: two\nsn: two\n\
                 uid: twin\nuserPassword: twin's password there\n\n";
    // Written with one letter where the other has two.
    let alike = "dn: cn=alike,ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\ncn: alike\nsn: alike\n\
                 uid: ﬂo\nuserPassword: ﬂo's password there\n\n";
    let root = person(&somebody("root")) + alike;
    let directory = Directory::start(&(with_people(&["mia", "fin", "flo"]) + twins + &root));
    let running = asking(told_of(&directory)).await;
    let mia = password_of("mia");
    for (id, password) in [
        ("mia", ""),
        ("mia", "wrong"),
        ("mia", &*"x".repeat(2000)),
        ("mi*", &mia),
        ("*", &mia),
        ("mia)(uid=*", &mia),
        ("mia\\2a", &mia),
        ("mia\0", &mia),
        (" mia ", &mia),
        ("ﬁn", &password_of("fin")),
        ("uid=mia,ou=people,dc=example,dc=org", &mia),
        ("twin", &password_of("twin")),
        ("flo", &password_of("flo")),
        ("ﬂo", &password_of("ﬂo")),
        // The built-in registry's root is not the directory's.
        ("root", &password_of("root")),
    ] {
        assert!(running.sign_in(id, password).await.is_none(), "`{id}` `{password}`");
    }
    assert_eq!(running.newest_entries(1).await[0]["revision"], 1, "nobody was taken over");
    assert!(running.sign_in("root", &password("root")).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_is_said_in_the_same_time_of_whoever_does_not_get_in() {
    let directory = Directory::start(&with_people(&["mia"]));
    let running = asking(told_of(&directory)).await;
    assert!(running.sign_in("mia", &password_of("mia")).await.is_some());
    let mut answers = Vec::new();
    // One whom the directory knows, one whom nobody knows, one of the built-in registry, one without a
    // password.
    for id in ["mia", "nobody", "root", "lena"] {
        let mut past = Vec::new();
        for _ in 0..3 {
            let began = Instant::now();
            let fields = [("user", id), ("password", "wrong")];
            let response = running.submit("/sign-in", None, &fields).await;
            let took = began.elapsed();
            let status = response.status();
            let text = response.text().await.unwrap();
            let text = text.replace(&format!("name=\"user\" value=\"{id}\" auto"), "somebody");
            answers.push((status, text));
            assert!(took >= Duration::from_millis(250), "{id}: {took:?}");
            past.push(took.as_millis() % 250);
        }
        // Told at a quarter of a second, or another; a busy machine may be late, but not each time.
        assert!(past.iter().any(|past| *past < 150), "{id}: {past:?}");
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers.iter().all(|it| *it == answers[0]), "in each word");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_five_groups_are_those_of_the_directory() {
    let people = with_people(&["mia", "tom", "uma"]);
    let inner = group("inner", &[name_of("tom"), group_name("outer")]);
    let outer = group("outer", &[group_name("inner"), name_of("mia")]);
    let directory = Directory::start(&(people + &inner + &outer + &group("guests", &[name_of("mia")])));
    let mapped =
        || mapping(&[("outer", "JazzUsers"), ("guests", "JazzGuests"), ("inner", "JazzProjectAdmins")]);
    let mut ldap = told_of(&directory);
    ldap.groups = mapped();
    let running = asking(ldap).await;
    for (id, groups) in [
        ("mia", vec!["JazzProjectAdmins", "JazzUsers", "JazzGuests"]),
        ("tom", vec!["JazzProjectAdmins", "JazzUsers"]),
    ] {
        assert!(running.sign_in(id, &password_of(id)).await.is_some(), "{id}");
        assert_eq!(
            running.user(id).await["groups"],
            json!(groups),
            "groups in groups, though they are a loop"
        );
    }
    assert!(running.sign_in("uma", &password_of("uma")).await.is_none(), "she is in none of them");
    // A group cannot be empty there.
    directory.enter("guests", &name_of("uma"));
    directory.leave("guests", &name_of("mia"));
    assert!(running.sign_in("mia", &password_of("mia")).await.is_some());
    assert_eq!(running.user("mia").await["groups"], json!(["JazzProjectAdmins", "JazzUsers"]));
    assert!(running.sign_in("uma", &password_of("uma")).await.is_some());

    // Whom the directory keeps out has no token that counts, until it lets them in again.
    let in_an_hour = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let body = json!({"name": "ci", "scopes": ["read"], "expires": in_an_hour.to_string()});
    let made = running.post("/api/v1/me/tokens").basic_auth("uma", Some(password_of("uma"))).json(&body);
    let made: serde_json::Value = made.send().await.unwrap().json().await.unwrap();
    let by_token = async || {
        let request = running.get("/api/v1/users/uma").bearer_auth(made["secret"].as_str().unwrap());
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(by_token().await, 200);
    directory.enter("guests", &name_of("mia"));
    directory.leave("guests", &name_of("uma"));
    assert_eq!(running.sync("?most_vanished=100").await.0, 200);
    assert_eq!(by_token().await, 401);
    assert!(running.sign_in("uma", &password_of("uma")).await.is_none());
    directory.enter("guests", &name_of("uma"));
    directory.leave("guests", &name_of("mia"));
    assert!(running.sign_in("uma", &password_of("uma")).await.is_some());
    assert_eq!(by_token().await, 200);

    let mut flat = told_of(&directory);
    (flat.groups, flat.nested_groups) = (mapped(), false);
    let running = asking(flat).await;
    assert!(running.sign_in("tom", &password_of("tom")).await.is_some());
    assert_eq!(
        running.user("tom").await["groups"],
        json!(["JazzProjectAdmins"]),
        "not by a group in a group"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_is_begun_or_there_from_the_start_and_only_the_authority_is_believed() {
    let directory = Directory::start(&with_people(&["mia"]));
    let other = Directory::start(&with_people(&["mia"]));
    for (url, start_tls, authority, gets_in) in [
        (directory.url(), true, directory.authority(), true),
        (directory.tls_url(), false, directory.authority(), true),
        (directory.url(), false, directory.authority(), true),
        (directory.url(), true, other.authority(), false),
        (directory.tls_url(), false, other.authority(), false),
        // Its certificate is for another name.
        (directory.tls_url().replace("localhost", "127.0.0.1"), false, directory.authority(), false),
    ] {
        let mut ldap = told_of(&directory);
        ldap.servers = vec![LdapServer { url: url.clone(), start_tls }];
        ldap.authority = Some(authority);
        let running = asking(ldap).await;
        let form = [("user", "mia"), ("password", &*password_of("mia"))];
        let status = running.submit("/sign-in", None, &form).await.status();
        assert_eq!(status, if gets_in { 303 } else { 503 }, "{url} {start_tls}");
    }
}
