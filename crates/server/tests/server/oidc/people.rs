//! Who somebody is here of whom a provider tells.

use std::net::SocketAddr;

use governance::RepositoryGroup;
use serde_json::{Value, json};
use server::GroupMapping;

use super::provider::{Person, Provider, free_port};
use super::{SESSION, plain, start};
use crate::running::{config, listening_with_link};

fn groups() -> GroupMapping {
    let admins = ("elm-admins".to_owned(), RepositoryGroup::JazzAdmins);
    GroupMapping::new([admins, ("elm-users".to_owned(), RepositoryGroup::JazzUsers)], str::to_owned)
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
    // Whoever could let them in learns whom it was about.
    let kept_out = both.root("/api/v1/refusals?by=quinn").await;
    assert_eq!(kept_out["items"].as_array().map(Vec::len), Some(4), "{kept_out}");
    assert!(kept_out["items"][0]["what"].as_str().unwrap().contains("keep them out"), "{kept_out}");
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
async fn whoever_comes_before_an_administrator_leaves_the_link_of_the_first_start_good() {
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
    assert_eq!(Person::new().sign_in(&base, "quinn").await.status, 200);
    assert_eq!(Person::new().open(&link).await.status, 200, "the link is still good");
    assert_eq!(Person::new().sign_in(&base, "mia").await.status, 200);
    assert_eq!(Person::new().open(&link).await.status, 410);
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
