//! Groups of the directory that are bound to roles.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Directory, asking, group, group_name, name_of, told_of, with_people};

const TEAM: &str = "gc/Electric Vehicle/Tuning Team";
const MEMBERS: &str = "/api/v1/team-areas/gc%3AElectric%20Vehicle%40Tuning%20Team/members";

async fn members(running: &crate::running::Running) -> Vec<(String, Value)> {
    let (_, members) = running.here(Method::GET, "root", MEMBERS, Value::Null).await;
    let each = members["items"].as_array().unwrap().iter();
    each.map(|it| (it["user"].as_str().unwrap().to_owned(), it["roles"].clone())).collect()
}

fn has(members: &[(String, Value)], user: &str) -> Option<Value> {
    members.iter().find(|(id, _)| id == user).map(|(_, roles)| roles.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_kept_equal_to_its_groups_and_the_journal_says_by_which() {
    let directory = Directory::start(
        &(with_people(&["mia", "tom", "uma"])
            + &group("tuners", &[name_of("mia"), name_of("tom")])
            + &group("leads", &[name_of("mia")])),
    );
    let running = asking(told_of(&directory)).await;
    let before = members(&running).await;
    let leads = json!({"group": group_name("leads"), "area": TEAM, "role": "configuration-lead"});
    let tuners = json!({"group": group_name("tuners"), "area": TEAM, "role": "tuner"});
    let bind = |bindings: Value| {
        running.here(Method::PATCH, "root", "/api/v1/settings", json!({"group_bindings": bindings}))
    };
    let (status, problem) = bind(json!([tuners])).await;
    assert_eq!(status, 409, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("is bound to the role `tuner`"), "{problem}");
    let roles = "/api/v1/project-areas/gc%3AElectric%20Vehicle/roles";
    let (status, made) = running.here(Method::POST, "root", roles, json!({"id": "tuner"})).await;
    assert_eq!(status, 201, "{made}");
    let (status, settings) = bind(json!([leads, tuners])).await;
    assert_eq!((status, &settings["group_bindings"]), (200, &json!([leads, tuners])));

    let (status, report) = running.sync("?preview=true").await;
    assert_eq!(status, 200, "{report:#}");
    let lead = json!({
        "area": TEAM, "role": "configuration-lead", "groups": [group_name("leads")], "given": ["mia"], "taken": [],
    });
    assert_eq!(report["bindings"][0], lead);
    assert_eq!(members(&running).await, before, "it was a preview");
    running.sync("").await;
    let now = members(&running).await;
    assert_eq!(has(&now, "mia"), Some(json!(["configuration-lead", "tuner"])));
    assert_eq!(has(&now, "tom"), Some(json!(["tuner"])));
    assert_eq!(has(&now, "bob"), has(&before, "bob"), "who is of another registry keeps what they have");
    let entry = running.newest_entries(1).await.remove(0);
    assert_eq!(
        (&entry["summary"], &entry["via"]),
        (
            &json!(format!("Keep the role `tuner` in `{TEAM}` equal to `{}`", group_name("tuners"))),
            &json!("registry corp")
        )
    );

    // By hand, both ways; and the directory changes.
    let by_hand = json!({"roles": ["configuration-lead"]});
    assert!(running.here(Method::PUT, "ada", &format!("{MEMBERS}/uma"), by_hand).await.0 < 300);
    directory.leave("tuners", &name_of("tom"));
    let (_, report) = running.sync("").await;
    let taken: Vec<_> = report["bindings"].as_array().unwrap().iter().map(|it| it["taken"].clone()).collect();
    assert_eq!(taken, [json!(["uma"]), json!(["tom"])]);
    let now = members(&running).await;
    assert_eq!((has(&now, "uma"), has(&now, "tom")), (None, None), "without a role they are no members");
    assert_eq!(running.sync("").await.1["bindings"], json!([]));

    // A group that is not there is no reason to take a role from everybody.
    let gone = json!({"group": group_name("gone"), "area": TEAM, "role": "tuner"});
    assert_eq!(bind(json!([leads, gone])).await.0, 200);
    let (_, report) = running.sync("").await;
    let said = report["problems"][0].as_str().unwrap();
    assert!(said.contains("is left as it is: the registry has no group `cn=gone"), "{said}");
    assert_eq!(has(&members(&running).await, "mia"), Some(json!(["configuration-lead", "tuner"])));
    // Only who sees the area sees what is bound to it.
    let (_, seen) = running.here(Method::GET, "bob", "/api/v1/settings", Value::Null).await;
    assert_eq!(seen["group_bindings"].as_array().map(Vec::len), Some(2));
}
