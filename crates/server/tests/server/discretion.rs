//! What somebody may not see is answered byte for byte like what is not there.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::running::{BOTH, Running, query};

/// The same answer, but for the name that was asked for.
async fn same(server: &Running, asker: &str, action: &str, kind: &str, hidden: &str, absent: &str) {
    let ask = |item: &str| {
        json!({
            "subject": {"type": "user", "id": asker},
            "action": {"name": action},
            "resource": {"type": kind, "id": item},
        })
    };
    let plain = |value: Value, item: &str| value.to_string().replace(item, "ITEM");
    for path in ["/access/v1/evaluation", "/access/v1/evaluations"] {
        let body = |item: &str| match path.ends_with('s') {
            true => json!({"evaluations": [ask(item)]}),
            false => ask(item),
        };
        let (hidden_status, hidden_answer) = server.post_as(asker, path, &body(hidden)).await;
        let (absent_status, absent_answer) = server.post_as(asker, path, &body(absent)).await;
        assert_eq!(hidden_status, absent_status, "{hidden}");
        assert_eq!(plain(hidden_answer, hidden), plain(absent_answer, absent), "{hidden}");
    }
    for accept in ["application/json", "text/html"] {
        let explained = async |item: &str| {
            let path = format!("/explain?{}", query(&[("operation", action), ("item", item)]));
            let request = server.get(&path).header("accept", accept).header("x-request-id", "same");
            let request = request.basic_auth(asker, Some(crate::running::password(asker)));
            let response = request.send().await.unwrap();
            let headers = response.headers().clone();
            let status = response.status();
            let escaped = item.replace('&', "&amp;");
            // The address of the page stands in it too, and once more as where a link leads back.
            let page = response.text().await.unwrap().replace('+', " ");
            let once = percent_decode_str(&page).decode_utf8_lossy().into_owned();
            let page = percent_decode_str(&once).decode_utf8_lossy().into_owned();
            let page = page.replace(item, "ITEM").replace(&escaped, "ITEM");
            (status, headers["content-type"].clone(), page)
        };
        let (hidden, absent) = (explained(hidden).await, explained(absent).await);
        assert_eq!(hidden.0, 400);
        assert_eq!(hidden, absent);
    }
}

#[tokio::test]
async fn an_invisible_item_is_an_absent_one() {
    for database in BOTH {
        let server = Running::start(database).await;
        let modify = "ccm.save-work-item/modify/attribute/summary";
        // User5 is no reader of the category Security, user7 not of Token reuse; Bob not of Development at
        // all.
        same(
            &server,
            "user5",
            "read",
            "work-item",
            "ccm:Development#work-item:3",
            "ccm:Development#work-item:9",
        )
        .await;
        same(
            &server,
            "user5",
            modify,
            "work-item",
            "ccm:Development#work-item:3",
            "ccm:Development#work-item:9",
        )
        .await;
        same(
            &server,
            "user7",
            modify,
            "work-item",
            "ccm:Development#work-item:4",
            "ccm:Development#work-item:9",
        )
        .await;
        same(
            &server,
            "bob",
            modify,
            "work-item",
            "ccm:Development#work-item:1",
            "ccm:Develapment#work-item:1",
        )
        .await;
        same(&server, "bob", "read", "project-area", "ccm:Development", "ccm:Develapment").await;
        // Nor does it show by what else is wrong with the question.
        same(
            &server,
            "bob",
            "ccm.fly/away",
            "work-item",
            "ccm:Development#work-item:1",
            "ccm:Develapment#work-item:1",
        )
        .await;
        same(&server, "bob", "read", "work-item", "ccm:Development#nonsense:1", "ccm:Develapment#nonsense:1")
            .await;
        same(&server, "bob", "read", "team-area", "ccm:Development@%ZZ", "ccm:Develapment@%ZZ").await;
        same(&server, "bob", "read", "team-area", "ccm:Development@Core", "ccm:Develapment@Core").await;
        same(
            &server,
            "bob",
            "read",
            "stream",
            "rm:Requirements#folder:Safety/X",
            "rm:Requiremints#folder:Safety/X",
        )
        .await;
        same(
            &server,
            "user5",
            "read",
            "baseline",
            "ccm:Development#work-item:3",
            "ccm:Development#work-item:9",
        )
        .await;
    }
}

#[tokio::test]
async fn neither_do_companions_tell_what_exists() {
    let server = Running::start(BOTH[0]).await;
    let ask = async |operation: &str, item: &str, kind: &str, properties: Value| {
        let body = json!({
            "subject": {"type": "user", "id": "bob"},
            "action": {"name": operation},
            "resource": {"type": kind, "id": item, "properties": properties},
        });
        let (status, answer) = server.post_as("bob", "/access/v1/evaluation", &body).await;
        (status, answer.to_string().replace("Develapment", "Development"))
    };
    let (team, car) = ("gc:Electric Vehicle@Tuning Team", crate::running::BETA);
    for (operation, item, kind, key) in [
        ("process.save-team-area/move", team, "team-area", "to"),
        ("gc.save-stream/replace-contribution", car, "stream", "replace"),
        ("gc.save-stream/replace-contribution", car, "stream", "by"),
        ("gc.save-stream/archive", car, "stream", "to"),
    ] {
        for (hidden, absent) in [
            ("ccm:Development", "ccm:Develapment"),
            ("ccm/Development", "ccm/Develapment"),
            ("ccm/Development/Core", "ccm/Develapment/Core"),
            ("ccm:Development#work-item:1", "ccm:Develapment#work-item:1"),
        ] {
            let with = |value: &str| {
                let mut properties = json!({"replace": car, "by": car});
                properties[key] = json!(value);
                if key == "to" { json!({"to": value}) } else { properties }
            };
            let (hidden, absent) = (
                ask(operation, item, kind, with(hidden)).await,
                ask(operation, item, kind, with(absent)).await,
            );
            assert_eq!(hidden.0, 400);
            assert_eq!(hidden, absent, "{operation} {key}");
        }
    }
}

#[tokio::test]
async fn the_page_offers_only_what_its_reader_sees() {
    let server = Running::start(BOTH[0]).await;
    let bob = server.page_as("bob", "/why").await;
    assert!(bob.contains("Motor 1.0") && !bob.contains("Development") && !bob.contains("Token reuse"));
    assert!(!bob.contains("value=\"lena\""), "whom Bob cannot ask about");
    let user5 = server.page_as("user5", "/why").await;
    assert!(user5.contains("Token reuse") && !user5.contains("Key leak"));
    let root = server.page_as("root", "/why").await;
    assert!(root.contains("Key leak") && root.contains("value=\"lena\""));
}

#[tokio::test]
async fn a_provider_that_the_asker_does_not_see_is_not_named() {
    let text = br#"
bailiwick: 1
users:
  - {id: bob, licenses: [elm-practitioner]}
  - {id: root, groups: [JazzAdmins], licenses: [elm-practitioner]}
project_areas:
  - application: gc
    name: Hidden Standard
    template: Global Configuration Management
    access: hierarchy
    shares_process: true
  - application: gc
    name: Car
    access: everyone
    uses_process: {project_area: Hidden Standard}
    members: {bob: [configuration-lead]}
    permissions:
      - {role: configuration-lead, operation: gc.save-stream, actions: [create]}
    components: [{name: Motor}]
"#;
    let sources = [document::Source { name: "shared".into(), text }];
    let loaded =
        document::load(&sources, &document::Limits::default()).unwrap_or_else(|report| panic!("{report}"));
    let organisation = std::sync::Arc::new(loaded.organisation);
    let question = governance::QuestionText {
        user: "bob".into(),
        operation: "gc.save-stream".into(),
        actions: vec!["modify-attributes".into()],
        item: "gc:Car#Motor/stream:Motor Initial Stream".into(),
        ..Default::default()
    };
    let explained = |asker: &str| {
        let user = organisation.user_by_id(asker).unwrap();
        let view = governance::View::of(organisation.clone(), user).unwrap();
        serde_json::to_string(&view.explain(&question).unwrap()).unwrap()
    };
    assert!(explained("root").contains("Hidden Standard"));
    let bob = explained("bob");
    assert!(bob.contains("a shared process") && !bob.contains("Hidden"), "{bob}");
}
