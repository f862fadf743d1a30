//! What a provider answers, and how much of that is believed.

use reqwest::{Method, Url};
use serde_json::{Value, json};
use server::GroupMapping;

use super::provider::{Person, Provider};
use super::{SESSION, plain, start};
use crate::running::{Database, Running, password, query};

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
        // What is signed, and no sense, is no better in a while.
        (altered(json!({"sub": null})), "expected a string"),
        (altered(json!({"preferred_username": ["quinn"]})), "expected a string"),
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
    assert_eq!(Person::new().sign_in(&base, "quinn").await.status, 200, "with other keys");
}
