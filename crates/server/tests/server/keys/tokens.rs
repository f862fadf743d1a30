//! A person lets a consumer act for them.

use oauth1::Body;
use reqwest::Method;
use serde_json::{Value, json};

use super::{CONSUMERS, Signing, by, by_root, registered, server, told};
use crate::running::{Database, Running, password, query};

const REQUEST_TOKEN: &str = "/jts/oauth-request-token";
const AUTHORIZE: &str = "/jts/oauth-authorize";
const ACCESS_TOKEN: &str = "/jts/oauth-access-token";
const BACK: &str = "http://localhost:1/back";

/// What is in a form.
fn field(form: &str, name: &str) -> String {
    let prefix = format!("{name}=");
    form.split('&').find_map(|pair| pair.strip_prefix(&prefix)).unwrap_or_default().to_owned()
}

struct Consumer {
    server: Running,
    key: String,
    secret: String,
}

impl Consumer {
    async fn new(body: Value) -> Self {
        let server = server(Database::Sqlite).await;
        let (key, secret) = registered(&server, body).await;
        Self { server, key, secret }
    }

    fn signing(&self) -> Signing<'_> {
        Signing::by(&self.key, &self.secret)
    }

    /// A token with which a person is asked, and its secret.
    async fn request_token(&self, callback: Option<&str>) -> (String, String) {
        let response = Signing { callback, ..self.signing() }.get(&self.server, REQUEST_TOKEN).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/x-www-form-urlencoded");
        let form = response.text().await.unwrap();
        assert_eq!(field(&form, "oauth_callback_confirmed"), "true");
        (field(&form, "oauth_token"), field(&form, "oauth_token_secret"))
    }

    async fn cookie(&self, who: &str) -> String {
        self.server.sign_in(who, &password(who)).await.unwrap()
    }

    /// What the person brings back.
    async fn allowed(&self, who: &str, token: &str) -> String {
        let cookie = self.cookie(who).await;
        let fields = [("oauth_token", token), ("decision", "allow")];
        let response = self.server.submit(AUTHORIZE, Some(&cookie), &fields).await;
        assert_eq!(response.status(), 302);
        let back = response.headers()["location"].to_str().unwrap().to_owned();
        assert!(back.starts_with(&format!("{BACK}?")), "{back}");
        let query = back.split_once('?').unwrap().1;
        assert_eq!(field(query, "oauth_token"), token);
        field(query, "oauth_verifier")
    }

    /// With what it acts for somebody who approves, and its secret.
    async fn acts_for(&self, who: &str) -> (String, String) {
        let (token, secret) = self.request_token(Some(BACK)).await;
        let verifier = self.allowed(who, &token).await;
        let form = self.exchange((&token, &secret), &verifier).await.text().await.unwrap();
        (field(&form, "oauth_token"), field(&form, "oauth_token_secret"))
    }

    async fn exchange(&self, token: (&str, &str), verifier: &str) -> reqwest::Response {
        let signing = Signing { token: Some(token), verifier: Some(verifier), ..self.signing() };
        signing.get(&self.server, ACCESS_TOKEN).await
    }
}

#[tokio::test]
async fn a_person_approves_and_the_consumer_acts_for_them_until_it_is_ended() {
    let it =
        Consumer::new(json!({"name": "Vehicle Reports", "callback_hosts": ["reports.example.org"]})).await;
    let (token, secret) = it.request_token(Some(BACK)).await;

    // Nobody has signed in: the sign-in page leads back here.
    let path = format!("{AUTHORIZE}?{}", query(&[("oauth_token", &token)]));
    let page = it.server.get(&path).header("accept", "text/html").send().await.unwrap();
    assert_eq!(page.status(), 303);
    assert!(
        page.headers()["location"].to_str().unwrap().starts_with("/sign-in?next=%2Fjts%2Foauth-authorize")
    );

    let page = it.server.get(&path).header("accept", "text/html").basic_auth("bob", Some(password("bob")));
    let page = page.send().await.unwrap();
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("form-action 'self' http://localhost:1;")
    );
    let text = page.text().await.unwrap();
    for said in ["Vehicle Reports", "wants to act as you", "You go back to", "localhost"] {
        assert!(text.contains(said), "{said}: {text}");
    }

    // Not approved yet, by nobody else's verifier, and only once.
    assert_eq!(told(&it.exchange((&token, &secret), "guess").await), (401, "token_rejected".to_owned()));
    let verifier = it.allowed("bob", &token).await;
    assert_eq!(told(&it.exchange((&token, &secret), "guess").await), (401, "token_rejected".to_owned()));
    assert_eq!(told(&it.exchange((&token, "wrong"), &verifier).await), (401, "signature_invalid".to_owned()));
    let response = it.exchange((&token, &secret), &verifier).await;
    assert_eq!(response.status(), 200);
    let form = response.text().await.unwrap();
    let (access, access_secret) = (field(&form, "oauth_token"), field(&form, "oauth_token_secret"));
    assert_eq!(told(&it.exchange((&token, &secret), &verifier).await), (401, "token_rejected".to_owned()));

    // It acts as Bob, and the journal says through whom.
    let acting = || Signing { token: Some((&access, &access_secret)), ..it.signing() };
    assert_eq!(acting().get(&it.server, "/api/v1/me/tokens").await.status(), 200);
    let question = json!({"operation": "gc.save-stream", "actions": ["modify-attributes"], "item": crate::running::BETA});
    let asked = acting().post(&it.server, "/api/v1/check", &question).await;
    assert_ne!(asked.status(), 401);
    let password_change = json!({"old": password("bob"), "new": "four words are good"});
    assert_eq!(acting().post(&it.server, "/api/v1/me/password", &password_change).await.status(), 403);
    // Whatever they may, it administers nothing, and lets nobody in.
    let it_again = Consumer { ..Consumer::new(json!({"name": "Reports", "trusted": true})).await };
    let (token, secret) = it_again.request_token(Some(BACK)).await;
    let cookie = it_again.cookie("root").await;
    let path = format!("{AUTHORIZE}?{}", query(&[("oauth_token", &token)]));
    let back = it_again.server.get(&path).header("cookie", &cookie).send().await.unwrap();
    let back = back.headers()["location"].to_str().unwrap().to_owned();
    let verifier = field(back.split_once('?').unwrap().1, "oauth_verifier");
    let form = it_again.exchange((&token, &secret), &verifier).await.text().await.unwrap();
    let (of_root, secret_of_root) = (field(&form, "oauth_token"), field(&form, "oauth_token_secret"));
    let as_root = || Signing { token: Some((&of_root, &secret_of_root)), ..it_again.signing() };
    assert_eq!(as_root().get(&it_again.server, "/api/v1/users").await.status(), 200);
    let consumer = json!({"name": "Evil", "functional_user": "ccm_user"});
    for (path, body) in [("/api/v1/users/bob/password-link", json!({})), (CONSUMERS, consumer)] {
        assert_eq!(as_root().post(&it_again.server, path, &body).await.status(), 403, "{path}");
    }
    // Alone, it has no functional user.
    assert_eq!(
        told(&it.signing().get(&it.server, "/api/v1/users").await),
        (401, "permission_denied".to_owned())
    );

    let ended = acting().get(&it.server, "/jts/oauth-expire-token").await;
    assert_eq!(ended.status(), 200);
    assert_eq!(
        told(&acting().get(&it.server, "/api/v1/me/tokens").await),
        (401, "token_rejected".to_owned())
    );
}

#[tokio::test]
async fn a_trusted_consumer_skips_the_page_and_a_person_may_refuse() {
    let it = Consumer::new(json!({"name": "Reports", "trusted": true})).await;
    let (token, _) = it.request_token(Some(BACK)).await;
    let cookie = it.cookie("bob").await;
    let path = format!("{AUTHORIZE}?{}", query(&[("oauth_token", &token)]));
    let response = it.server.get(&path).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(response.status(), 302);
    assert!(response.headers()["location"].to_str().unwrap().contains("oauth_verifier="));
    // The same address again is used up.
    let again = it.server.get(&path).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(again.status(), 410);

    let (token, _) = it.request_token(Some(BACK)).await;
    let fields = [("oauth_token", &*token), ("decision", "deny")];
    let response = it.server.submit(AUTHORIZE, Some(&cookie), &fields).await;
    let back = response.headers()["location"].to_str().unwrap();
    assert!(back.contains("oauth_problem=user_refused") && !back.contains("verifier"), "{back}");
    let path = format!("{AUTHORIZE}?{}", query(&[("oauth_token", &token)]));
    assert_eq!(it.server.get(&path).header("cookie", &cookie).send().await.unwrap().status(), 410);
}

#[tokio::test]
async fn people_are_sent_nowhere_else() {
    let it = Consumer::new(json!({"name": "Reports", "callback_hosts": ["reports.example.org"]})).await;
    for (callback, status) in [
        ("https://reports.example.org/back", 200),
        ("https://evil.example/back", 400),
        ("javascript:alert(1)", 400),
        ("oob", 200),
    ] {
        let signing = Signing { callback: Some(callback), ..it.signing() };
        assert_eq!(signing.get(&it.server, REQUEST_TOKEN).await.status(), status, "{callback}");
    }
    // Named only by whoever is sent here: the same holds.
    let (token, _) = it.request_token(None).await;
    let cookie = it.cookie("bob").await;
    let path = |callback: &str| {
        format!("{AUTHORIZE}?{}", query(&[("oauth_token", &token), ("oauth_callback", callback)]))
    };
    let status =
        async |path: String| it.server.get(&path).header("cookie", &cookie).send().await.unwrap().status();
    assert_eq!(status(path("https://evil.example/")).await, 400);
    assert_eq!(status(path(BACK)).await, 200);
    // Without any address the person copies what is shown.
    let fields = [("oauth_token", &*token), ("decision", "allow")];
    let shown = it.server.submit(AUTHORIZE, Some(&cookie), &fields).await;
    assert_eq!(shown.status(), 200);
    assert!(shown.text().await.unwrap().contains("<code>"));
    // A form of another site approves nothing.
    let (token, _) = it.request_token(Some(BACK)).await;
    let form = query(&[("oauth_token", &token), ("decision", "allow")]);
    let request = it.server.post(AUTHORIZE).header("sec-fetch-site", "cross-site").header("cookie", &cookie);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
    assert_eq!(request.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn tokens_are_asked_for_by_a_form_too() {
    let it = Consumer::new(json!({"name": "Reports"})).await;
    let url = format!("{}{REQUEST_TOKEN}", it.server.base);
    let header =
        Signing { callback: Some(BACK), ..it.signing() }.authorization("POST", &url, Body::Other(b""));
    let form: Vec<String> =
        header.trim_start_matches("OAuth ").split(", ").map(|pair| pair.replace('"', "")).collect();
    let request = it.server.post(REQUEST_TOKEN).header("content-type", "application/x-www-form-urlencoded");
    let response = request.body(form.join("&")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let unsigned = it.server.post(REQUEST_TOKEN).header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(told(&unsigned.body("a=b").send().await.unwrap()), (401, "parameter_absent".to_owned()));
}

#[tokio::test]
async fn a_person_sees_the_consumers_that_act_for_them_and_ends_each() {
    const MINE: &str = "/api/v1/me/consumers";
    const OF_BOB: &str = "/api/v1/users/bob/consumers";
    let root_services = "https://reports.example.org/ccm/rootservices";
    let it = Consumer::new(json!({"name": "Vehicle Reports", "root_services": root_services})).await;
    let (first, second) = (it.acts_for("bob").await, it.acts_for("bob").await);
    let of_lena = it.acts_for("lena").await;
    let acting = async |(token, secret): &(String, String)| {
        let signing = Signing { token: Some((token, secret)), ..it.signing() };
        signing.get(&it.server, MINE).await.status().as_u16()
    };
    let listed = async |who: &str, path: &str| by(&it.server, who, Method::GET, path, json!({})).await;
    let ends = async |who: &str, path: &str| by(&it.server, who, Method::DELETE, path, json!({})).await.0;

    // One line, however often it was approved: since the first approval that counts, for a day.
    let (_, mine) = listed("bob", MINE).await;
    let [one] = &mine["items"].as_array().unwrap()[..] else { panic!("{mine}") };
    assert_eq!((&one["name"], &one["key"]), (&json!("Vehicle Reports"), &json!(it.key)));
    assert_eq!(one["root_services"], root_services);
    let moment = |name: &str| one[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let (since, until) = (moment("since"), moment("until"));
    assert!(since <= jiff::Timestamp::now() && until.duration_since(since).as_hours() >= 24);
    let page = it.server.page_as("bob", "/me").await;
    assert!(page.contains("Consumers that act for you") && page.contains("Vehicle Reports"), "{page}");

    // By what it acts with it ends nothing, and others see and end nothing of Bob's, save who manages users.
    let path = format!("{MINE}/{}", it.key);
    let signing = Signing { token: Some((&first.0, &first.1)), ..it.signing() };
    assert_eq!(signing.delete(&it.server, &path).await.status(), 403);
    assert_eq!(listed("lena", OF_BOB).await.0, 403);
    assert_eq!(listed("root", OF_BOB).await.1, mine);
    assert_eq!(ends("lena", &format!("{OF_BOB}/{}", it.key)).await, 403);
    assert_eq!([acting(&first).await, acting(&second).await], [200, 200]);

    assert_eq!([ends("bob", &path).await, ends("bob", &path).await], [204, 404]);
    assert_eq!([acting(&first).await, acting(&second).await, acting(&of_lena).await], [401, 401, 200]);
    assert_eq!(listed("bob", MINE).await.1["items"], json!([]));

    // What a person has approved and nobody has fetched yet ends, too.
    let (token, secret) = it.request_token(Some(BACK)).await;
    let verifier = it.allowed("bob", &token).await;
    assert_eq!(ends("bob", &path).await, 204);
    assert_eq!(told(&it.exchange((&token, &secret), &verifier).await), (401, "token_rejected".to_owned()));

    // On the page, and for somebody who has lost theirs: the journal tells of that.
    let again = it.acts_for("bob").await;
    let cookie = it.cookie("bob").await;
    let response = it.server.submit("/me/sign-in", Some(&cookie), &[("consumer", &it.key)]).await;
    assert_eq!((response.status().as_u16(), acting(&again).await), (303, 401));
    let again = it.acts_for("bob").await;
    assert!(it.server.page_as("root", "/users/bob/sign-in").await.contains("Vehicle Reports"));
    let path = format!("{OF_BOB}/{}", it.key);
    assert_eq!([ends("root", &path).await, ends("root", &path).await], [204, 404]);
    assert_eq!(acting(&again).await, 401);
    let (_, journal) = by_root(&it.server, Method::GET, "/api/v1/journal?limit=1", json!({})).await;
    assert_eq!(
        journal["items"][0]["summary"], "End what a consumer does for a user: bob, Vehicle Reports",
        "{journal}"
    );
}

#[tokio::test]
async fn tokens_end_with_the_key() {
    let it = Consumer::new(json!({"name": "Reports"})).await;
    let (access, access_secret) = it.acts_for("bob").await;
    let acting = || Signing { token: Some((&access, &access_secret)), ..it.signing() };
    assert_eq!(acting().get(&it.server, "/api/v1/me/tokens").await.status(), 200);
    // Of another consumer it is no token.
    let (other, other_secret) = registered(&it.server, json!({"name": "Other"})).await;
    let stolen = Signing { token: Some((&access, &access_secret)), ..Signing::by(&other, &other_secret) };
    assert_eq!(told(&stolen.get(&it.server, "/api/v1/me/tokens").await), (401, "token_rejected".to_owned()));
    by_root(&it.server, Method::DELETE, &format!("/api/v1/consumers/{}", it.key), json!({})).await;
    assert_eq!(told(&acting().get(&it.server, "/api/v1/me/tokens").await).0, 401);
}

#[tokio::test]
async fn a_key_is_approved_on_the_page_that_its_consumer_leads_to() {
    let server = server(Database::Sqlite).await;
    let body = json!({"name": "Reports", "secret": "a phrase of ours"}).to_string();
    let answer: Value =
        server.post("/jts/oauth-request-consumer").body(body).send().await.unwrap().json().await.unwrap();
    let key = answer["key"].as_str().unwrap();
    // Some programs choose few letters: whoever approves the key is told, and never what they are.
    let short = json!({"name": "Builds", "secret": "zq7"}).to_string();
    let short: Value =
        server.post("/jts/oauth-request-consumer").body(short).send().await.unwrap().json().await.unwrap();
    for (key, is_short) in [(key, false), (short["key"].as_str().unwrap(), true)] {
        let shown = by_root(&server, Method::GET, &format!("{CONSUMERS}/{key}"), json!({})).await.1;
        assert_eq!(shown["short_secret"], is_short, "{shown}");
        let page = server.page_as("root", &format!("/consumers/{key}")).await;
        assert_eq!(page.contains("The secret that came with it is short"), is_short, "{page}");
        assert!(!page.contains("a phrase of ours") && !page.contains("zq7"), "{page}");
    }
    const PAGE: &str = "/jts/_ajax-modules/com.ibm.team.repository.AuthorizeOAuth";
    let led = async |who: &str| server.get_as(who, &format!("{PAGE}?key={key}")).await;
    assert_eq!(led("bob").await.status(), 403);
    let path = format!("/consumers/{key}");
    assert_eq!(led("root").await.headers()["location"], *path);
    assert!(server.page_as("root", &path).await.contains("waits for approval"));
    let cookie = server.sign_in("root", &password("root")).await.unwrap();
    // What is refused is still in the form.
    let fields = [("do", "approve"), ("name", "Vehicle\u{7}Reports"), ("trusted", "on")];
    let refused = server.submit(&path, Some(&cookie), &fields).await;
    assert_eq!(refused.status(), 400);
    let shown = refused.text().await.unwrap();
    assert!(shown.contains("Vehicle\u{7}Reports") && shown.contains(" checked"), "{shown}");
    let fields = [("do", "approve"), ("name", "Vehicle Reports")];
    assert_eq!(server.submit(&path, Some(&cookie), &fields).await.status(), 303);
    assert!(server.page_as("root", &path).await.contains("no functional user"));
    let fields = [("do", "edit"), ("name", "Vehicle Reports"), ("functional_user", "ccm_user")];
    assert_eq!(server.submit(&path, Some(&cookie), &fields).await.status(), 303);
    let signing = Signing::by(key, "a phrase of ours");
    assert_eq!(signing.get(&server, "/api/v1/handshake").await.status(), 200);
}
