//! A link that came without being tried: what keeps it pending.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::nodes::{Node, TRAMS, server};
use crate::running::Database;

/// What is said of the link once this holds; it is asked for at once, again and again.
async fn eventually(consumer: &Node<'_>, holds: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        consumer.ask(Method::POST, &format!("{TRAMS}/used-process/refresh"), json!({})).await;
        let used = consumer.ask(Method::GET, &format!("{TRAMS}/used-process"), Value::Null).await;
        if holds(&used) {
            return used;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{used}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_only_written_down_waits_until_both_servers_let_each_other_in() {
    let provider = server(Database::Sqlite, "name: Standard, shares_process: true").await;
    let consumer = server(Database::Sqlite, "name: Trams").await;
    let provider = Node { base: &provider.base, client: &provider.client };
    let consumer = Node { base: &consumer.base, client: &consumer.client };

    // However the address is written, it is one server.
    let spelled = format!("{}/ccm/rootservices", provider.base.replace("http://", "HTTP://"));
    let uses = json!({"uses_process": {"project_area": "Standard", "server": spelled}});
    let area = consumer.ask(Method::PATCH, TRAMS, uses).await;
    assert_eq!(area["uses_process"]["server"], provider.base);
    let says = |what: &'static str| move |used: &Value| used["trouble"].to_string().contains(what);
    let used = eventually(&consumer, says("no friend is at")).await;
    assert_eq!(used["state"], "pending");

    // The way there is open, the way back is not.
    let key = consumer.befriends("Provider", provider.base).await;
    provider.lets_in(&key).await;
    let used =
        eventually(&consumer, says("do not let each other in yet: as counted from this server, step 4"))
            .await;
    assert_eq!(used["state"], "pending", "{used}");
    let key = provider.befriends("Consumer", consumer.base).await;
    consumer.lets_in(&key).await;
    eventually(&consumer, |used| used["state"] == "current").await;
}
