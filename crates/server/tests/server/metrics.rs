//! Metrics are for those who may read them, follow the conventions, and count what happened.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Client, Response};
use serde_json::json;
use server::{Config, Token};

use crate::running::{BETA, BOTH, MODIFY, MOTOR, Running, client, client_builder, listening};

/// What a server counts, by name and labels.
struct Read(BTreeMap<String, f64>);

impl Read {
    fn of(text: &str) -> Self {
        assert!(text.ends_with("# EOF\n"), "{text}");
        let mut types = BTreeMap::new();
        let mut values = BTreeMap::new();
        for line in text.lines().filter(|line| *line != "# EOF") {
            if let Some(comment) = line.strip_prefix("# ") {
                let words: Vec<&str> = comment.splitn(3, ' ').collect();
                if words[0] == "TYPE" {
                    assert!(types.insert(words[1].to_owned(), words[2].to_owned()).is_none(), "{line}");
                }
                continue;
            }
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let name = sample.split('{').next().unwrap();
            let of = |kind: &str, suffixes: &[&str]| {
                let families = suffixes.iter().filter_map(|suffix| name.strip_suffix(suffix));
                families.into_iter().any(|family| types.get(family).is_some_and(|it| it == kind))
            };
            let known = of("gauge", &[""])
                || of("counter", &["_total"])
                || of("histogram", &["_sum", "_count", "_bucket"]);
            assert!(known, "{line} is of no family that is described");
            let ours = name.starts_with("bailiwick_") || name.starts_with("process_");
            let lower = |letter: char| letter.is_ascii_lowercase() || letter == '_';
            assert!(ours && name.chars().all(lower), "{line}");
            assert!(
                values.insert(sample.to_owned(), value.parse().unwrap()).is_none(),
                "{line} is there twice"
            );
        }
        Self(values)
    }

    fn value(&self, sample: &str) -> f64 {
        *self.0.get(sample).unwrap_or_else(|| panic!("{sample} is not in {:#?}", self.0))
    }

    fn sum(&self, part: &str) -> f64 {
        self.0.iter().filter(|(sample, _)| sample.contains(part)).map(|(_, value)| value).sum()
    }
}

async fn read(client: &Client, base: &str, token: &str) -> Read {
    let response = client.get(format!("{base}/metrics")).bearer_auth(token).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let media_type = response.headers()["content-type"].to_str().unwrap();
    assert!(media_type.starts_with("application/openmetrics-text"), "{media_type}");
    Read::of(&response.text().await.unwrap())
}

const TOKEN: &str = "a-token-of-the-metrics";

fn with_token(config: &mut Config) {
    config.metrics.token = Some(Token::new(TOKEN.to_owned()));
}

#[tokio::test]
async fn what_happens_is_counted() {
    for database in BOTH {
        let server = Running::start_as(database, with_token).await;
        let ask = async |item: &str| {
            let question = json!({
                "subject": {"type": "user", "id": "bob"},
                "action": {"name": MODIFY},
                "resource": {"type": "stream", "id": item},
            });
            server.post_as("bob", "/access/v1/evaluation", &question).await.1["decision"].as_bool().unwrap()
        };
        assert!(ask(BETA).await && ask(BETA).await && !ask(MOTOR).await);
        assert!(server.sign_in("bob", "wrong").await.is_none());
        for odd in ["/nowhere", "/nowhere/else", "/%20", "/health/nothing"] {
            server.get(odd).send().await.unwrap();
        }
        server
            .client
            .request("BREW".parse().unwrap(), format!("{}/sign-in", server.base))
            .send()
            .await
            .unwrap();
        let read = read(&server.client, &server.base, TOKEN).await;
        assert_eq!(read.value("bailiwick_decisions_total{outcome=\"allowed\"}"), 2.0);
        assert_eq!(read.value("bailiwick_decisions_total{outcome=\"refused\"}"), 1.0);
        assert_eq!(read.value("bailiwick_sign_ins_total{outcome=\"failed\"}"), 1.0, "{database:?}");
        assert!(read.value("bailiwick_sign_ins_total{outcome=\"succeeded\"}") >= 1.0);
        let count = "bailiwick_http_request_duration_seconds_count";
        let evaluations =
            format!("{count}{{route=\"/access/v1/evaluation\",method=\"POST\",status=\"2xx\"}}");
        assert_eq!(read.value(&evaluations), 3.0);
        // Whatever clients make up, it is one series.
        assert_eq!(read.value(&format!("{count}{{route=\"none\",method=\"GET\",status=\"4xx\"}}")), 4.0);
        assert_eq!(
            read.value(&format!("{count}{{route=\"/sign-in\",method=\"other\",status=\"4xx\"}}")),
            1.0
        );
        assert_eq!(read.value("bailiwick_http_problems_total{kind=\"not-found\"}"), 4.0);
        assert_eq!(read.value("bailiwick_http_requests_in_flight"), 1.0);
        assert_eq!(read.value("bailiwick_revision"), 1.0);
        assert_eq!(read.value("bailiwick_revisions_behind"), 0.0);
        assert_eq!(read.value("bailiwick_ready"), 1.0);
        let users = server.organisation.users().count() as f64;
        assert_eq!(read.value("bailiwick_facts{kind=\"user\"}"), users);
        assert!(read.sum("bailiwick_database_connections{") >= 1.0);
        assert!(read.value("bailiwick_http_connections") >= 1.0);
        assert!(read.value("process_resident_memory_bytes") > 1e6);
        assert!(read.value("process_start_time_seconds") > 1.7e9);
        assert!(!read.0.keys().any(|sample| sample.contains("bob") || sample.contains("Motor")));
    }
}

#[tokio::test]
async fn a_change_is_counted_whether_it_is_made_or_refused() {
    let server = Running::start_as(BOTH[0], with_token).await;
    let change = async |id: &str| {
        let body = json!({"id": format!("by-{id}"), "name": "Somebody"});
        server.post_as(id, "/api/v1/users", &body).await.0
    };
    assert_eq!((change("bob").await, change("root").await), (403, 201));
    let read = read(&server.client, &server.base, TOKEN).await;
    assert_eq!(read.value("bailiwick_changes_total"), 1.0);
    assert_eq!(read.value("bailiwick_changes_refused_total{reason=\"REPOSITORY_GROUP\"}"), 1.0);
    assert_eq!(read.value("bailiwick_revision"), 2.0);
    assert_eq!(
        read.value("bailiwick_facts{kind=\"user\"}"),
        server.organisation.users().count() as f64 + 1.0
    );
}

#[tokio::test]
async fn metrics_are_for_those_who_know_the_token_or_on_a_listener_of_their_own() {
    let status = |response: Response| response.status().as_u16();
    let server = Running::start(BOTH[0]).await;
    assert_eq!(status(server.get("/metrics").send().await.unwrap()), 404, "they are off by default");
    let server = Running::start_as(BOTH[0], with_token).await;
    for wrong in ["", "Bearer", "Bearer wrong", "Basic YTpi", &format!("Basic {TOKEN}")] {
        let refused = server.get("/metrics").header("authorization", wrong).send().await.unwrap();
        assert_eq!(refused.headers()["www-authenticate"], "Bearer realm=\"metrics\"");
        assert_eq!(status(refused), 401, "{wrong}");
    }
    assert_eq!(status(server.get_as("root", "/metrics").await), 401, "not even to administrators");

    let folder = tempfile::tempdir().unwrap();
    let any = Some("127.0.0.1:0".parse().unwrap());
    let mut config = Config { data: folder.path().to_owned(), http: any, ..Config::default() };
    config.metrics.listen = any;
    let (at, task) = listening(config).await;
    let [http, metrics] = [at.http, at.metrics].map(|address| format!("http://{}", address.unwrap()));
    let client = client();
    let get = async |url: String| client.get(url).send().await.unwrap();
    assert_eq!(status(get(format!("{http}/metrics")).await), 404);
    assert_eq!(status(get(format!("{metrics}/metrics")).await), 200);
    assert_eq!(status(get(format!("{metrics}/sign-in")).await), 404, "it serves nothing else");
    let fresh = client_builder().build().unwrap();
    let read = read(&fresh, &metrics, "whatever").await;
    assert_eq!(read.value("bailiwick_build_info{version=\"0.1.0\"}"), 1.0);
    task.abort();
}

/// A histogram is described once, and read in three ways.
fn family(name: &str) -> &str {
    let suffixes = ["_bucket", "_sum", "_count"];
    suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

#[tokio::test]
async fn the_guide_describes_what_is_counted_and_nothing_else() {
    let server = Running::start_as(BOTH[0], with_token).await;
    server.get("/nowhere").send().await.unwrap();
    let refused = json!({"id": "somebody", "name": "Somebody"});
    assert_eq!(server.post_as("bob", "/api/v1/users", &refused).await.0, 403);
    let read = read(&server.client, &server.base, TOKEN).await;
    let mut counted: BTreeSet<&str> =
        read.0.keys().map(|sample| family(sample.split('{').next().unwrap())).collect();
    // This server has no certificate.
    counted.insert("bailiwick_tls_certificate_expiry_timestamp_seconds");
    // Nor does it use a process of a friend.
    counted.extend([
        "bailiwick_process_copy_age_seconds",
        "bailiwick_process_copy_versions_behind",
        "bailiwick_process_copy_last_failure_timestamp_seconds",
    ]);

    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/operating.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let (_, section) = guide.split_once("\n## Metrics\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let names = |text: &'static str| move |name: &&str| name.starts_with(text);
    let word = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let words = |text: &'static str| section.split(move |letter| !word(letter)).filter(names(text));
    let rows =
        section.lines().filter(|line| line.starts_with("| `bailiwick_") || line.starts_with("| `process_"));
    let described: BTreeSet<&str> = rows
        .flat_map(|row| row.split('|').nth(1).unwrap().split('`').filter(|name| name.contains('_')))
        .collect();
    // Rows of the second table are queries.
    let described: BTreeSet<&str> = described.into_iter().filter(|name| name.chars().all(word)).collect();
    assert_eq!(described, counted);
    for used in words("bailiwick_").chain(words("process_")) {
        assert!(counted.contains(family(used)), "{used} is asked for, and is not there");
    }
}
