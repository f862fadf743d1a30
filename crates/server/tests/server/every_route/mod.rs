//! Every route of the router, tried by those who may not: what it answers to nobody, to a stranger, to a
//! reader and to a guest.

mod exempt;
mod sent;

use std::collections::BTreeMap;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::running::{BOTH, Database, Running, demo_of, password};
pub(crate) use sent::OVER;
use sent::{HIDDEN, Sent};

/// Who tries.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Nobody,
    /// An active user with a licence, who stands nowhere; no area is everyone's.
    Stranger,
    /// Somebody on every access list.
    Reader,
    /// The same in JazzGuests.
    Guest,
}

use Who::{Guest, Nobody, Reader, Stranger};

impl Who {
    fn id(self) -> Option<&'static str> {
        match self {
            Nobody => None,
            Stranger => Some("stan"),
            Reader => Some("rita"),
            Guest => Some("gwen"),
        }
    }

    /// What an answer has to be, unless an exemption says why it is another.
    fn expects(self, method: &Method) -> (u16, Option<&'static str>) {
        match self {
            Nobody => (401, None),
            Stranger => (404, None),
            Reader | Guest if method.is_safe() => (200, None),
            Reader => (403, None),
            Guest => (403, Some("REPOSITORY_GROUP")),
        }
    }
}

/// An answer, without what differs from one to the next.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Answer {
    fn gate(&self) -> Option<String> {
        let problem: Value = serde_json::from_str(&self.body).ok()?;
        Some(problem["gate"].as_str()?.to_owned())
    }
}

fn told(headers: &HeaderMap) -> BTreeMap<String, String> {
    let told = headers.iter().filter(|(name, _)| *name != "date" && *name != "server-timing");
    told.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
}

async fn answer(server: &Running, who: Who, accept: &str, sent: &Sent) -> Answer {
    let request = sent.request(server).header("accept", accept);
    let request = who.id().iter().fold(request, |request, id| request.basic_auth(id, Some(password(id))));
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), told(response.headers()));
    // Those go on for ever.
    let goes_on = headers.get("content-type").is_some_and(|it| it == "text/event-stream");
    let body = if goes_on { String::new() } else { response.text().await.unwrap() };
    Answer { status, headers, body }
}

async fn start(database: Database) -> Running {
    let token = server::Token::new("none of theirs".to_owned());
    Running::start_over_as(database, OVER, |config| {
        config.demo = Some(demo_of(&["stan", "rita", "gwen", "root", "tia"]));
        config.metrics.token = Some(token);
    })
    .await
}

/// The revision and everything that was ever done.
async fn kept(server: &Running) -> (String, String) {
    let journal = server.get_as("root", "/api/v1/journal?limit=1000").await;
    (journal.headers()["revision"].to_str().unwrap().to_owned(), journal.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_refuses_those_who_may_not() {
    for database in BOTH {
        let server = start(database).await;
        let before = kept(&server).await;
        let mut wrong = Vec::new();
        let mut exempt: Vec<_> = exempt::each().collect();
        for (method, route) in server::routes() {
            for who in [Nobody, Stranger, Reader, Guest] {
                let sent = Sent::to(&method, &route, who.id().unwrap_or("stan"));
                let answer = answer(&server, who, "application/json", &sent).await;
                let meets = |(status, gate): (u16, Option<&str>)| {
                    answer.status == status && (gate.is_none() || answer.gate().as_deref() == gate)
                };
                let name = format!("{method} {route}");
                let exemption = exempt::all().find(|it| it.is_for(who, &name));
                let (fine, because) = match exemption {
                    None => (meets(who.expects(&method)), "is no exemption"),
                    Some(it) => (!meets(who.expects(&method)) && meets((it.status, it.gate)), it.because),
                };
                exempt.retain(|it| *it != (who, &*name));
                if !fine {
                    wrong.push(format!("{who:?} {name} ({because}): {} {}", answer.status, answer.body));
                }
            }
        }
        assert!(exempt.is_empty(), "these are exempt and are not there: {exempt:?}");
        assert!(wrong.is_empty(), "{database:?}:\n{}", wrong.join("\n"));
        assert_eq!(kept(&server).await, before, "nothing was done");
    }
}

/// Whoever administers a team area may ask about others, and sees no more by it than they may themselves.
#[tokio::test(flavor = "multi_thread")]
async fn no_page_shows_a_preview_of_somebody_who_may_do_more_with_the_server() {
    let server = start(Database::Sqlite).await;
    let cookie = server.sign_in("tia", &password("tia")).await.unwrap();
    let number = |id: &str| server.organisation.users().find(|(_, user)| *user.id == *id).unwrap().0.number();
    let as_one = |other: &str| format!("{cookie}; bailiwick_preview={}", number(other));
    for (other, begins) in [("root", 403), ("pam", 403), ("bob", 303)] {
        let begun = server.submit("/preview", Some(&cookie), &[("user", other)]).await;
        assert_eq!(begun.status(), begins, "{other}");
    }
    let page = async |sent: &Sent, cookie: &str| {
        let request = sent.request(&server).header("accept", "text/html").header("cookie", cookie);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let mut previewed = 0;
    for (method, route) in server::routes() {
        if method != Method::GET || route.starts_with("/api/") {
            continue;
        }
        let sent = Sent::to(&method, &route, "tia");
        let (status, _) = page(&sent, &cookie).await;
        let (tried, text) = page(&sent, &as_one("root")).await;
        assert!(status == tried && !text.contains("You see this as"), "{route}: {status}, {tried}");
        let (_, text) = page(&sent, &as_one("bob")).await;
        previewed += usize::from(text.contains("You see this as"));
    }
    assert!(previewed > 30, "{previewed} pages are previewed");
}

/// Byte for byte, but for what was asked for.
async fn same(server: &Running, accept: &str, there: &Sent, absent: &Sent, wrong: &mut Vec<String>) {
    let hidden = answer(server, Stranger, accept, there).await;
    let mut nothing = answer(server, Stranger, accept, absent).await;
    nothing.body = absent.as_there(&nothing.body);
    if hidden != nothing {
        wrong.push(format!("{} {}:\n  {hidden:?}\n  {nothing:?}", there.method, there.address));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_route_tells_a_stranger_what_is_hidden_from_what_is_not_there() {
    let server = start(Database::Sqlite).await;
    let mut wrong = Vec::new();
    for (method, route) in server::routes() {
        let there = Sent::to(&method, &route, "stan");
        for accept in ["application/json", "text/html"] {
            match there.absent() {
                Some(absent) => same(&server, accept, &there, &absent, &mut wrong).await,
                None => {
                    let told = answer(&server, Stranger, accept, &there).await;
                    // Those tell of no organisation.
                    let of_program = ["/api/v1/openapi.json", "/metrics"].contains(&&*route);
                    let heard = HIDDEN.iter().find(|word| !of_program && told.body.contains(*word));
                    wrong.extend(heard.map(|word| format!("{method} {route} tells of {word}: {told:?}")));
                }
            }
        }
        if let Some((there, absent)) = there.by_number(&server, &route).await {
            same(&server, "application/json", &there, &absent, &mut wrong).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_that_nobody_has_signed_in_with_are_sent_to_the_sign_in_page() {
    let server = start(Database::Sqlite).await;
    for (method, route) in server::routes() {
        let sent = Sent::to(&method, &route, "stan");
        let program = answer(&server, Nobody, "application/json", &sent).await;
        let browser = answer(&server, Nobody, "text/html", &sent).await;
        // No person asks there.
        let of_programs =
            route == "/metrics" || route.starts_with("/jts/oauth-") && route != "/jts/oauth-authorize";
        if program.status == 401 && method == Method::GET && !of_programs {
            assert_eq!(browser.status, 303, "{route}");
            assert!(browser.headers["location"].starts_with("/sign-in?next="), "{route}");
        } else {
            assert_eq!(browser.status, program.status, "{method} {route}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_answers_its_own_methods_and_no_other() {
    let server = start(Database::Sqlite).await;
    let mut methods: BTreeMap<String, Vec<Method>> = BTreeMap::new();
    for (method, route) in server::routes() {
        methods.entry(route).or_default().push(method);
    }
    for (route, methods) in methods {
        let allowed = |method: &Method| {
            methods.contains(method) || *method == Method::HEAD && methods.contains(&Method::GET)
        };
        let sent = Sent::to(&methods[0], &route, "stan");
        for name in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let method: Method = name.parse().unwrap();
            if methods.contains(&method) {
                continue;
            }
            let answer = answer(&server, Reader, "application/json", &sent.with(method.clone())).await;
            if allowed(&method) {
                let got = self::answer(&server, Reader, "application/json", &sent.with(Method::GET)).await;
                assert_eq!((answer.status, &*answer.body), (got.status, ""), "HEAD {route}");
                continue;
            }
            assert_eq!(answer.status, 405, "{name} {route}: {answer:?}");
            let mut told: Vec<&str> = answer.headers["allow"].split(',').map(str::trim).collect();
            told.sort_unstable();
            let mut expected: Vec<&str> = methods.iter().map(Method::as_str).collect();
            expected.extend(methods.contains(&Method::GET).then_some("HEAD"));
            expected.sort_unstable();
            assert_eq!(told, expected, "{route}");
        }
    }
}
