//! Iterations, preconditions, templates, documents and the items of applications, changed by pages.

use serde_json::{Value, json};

use super::areas;
use crate::running::{Database, Running, demo_of, password};

/// Sends a form, and once more when what it comes to is shown first; answers the status.
async fn save(server: &Running, who: &str, path: &str, fields: &[(&str, &str)]) -> u16 {
    let cookie = server.sign_in(who, &password(who)).await.unwrap();
    let answer = server.submit(path, Some(&cookie), fields).await;
    let (status, page) = (answer.status().as_u16(), answer.text().await.unwrap());
    let Some((_, rest)) = page.split_once("name=\"reviewed\" value=\"").filter(|_| status == 200) else {
        return status;
    };
    let reviewed = rest.split('"').next().unwrap();
    let fields = [fields, &[("reviewed", reviewed), ("step", "import")]].concat();
    server.submit(path, Some(&cookie), &fields).await.status().as_u16()
}

async fn json(server: &Running, path: &str) -> Value {
    server.get_as("root", &format!("/api/v1{path}")).await.json().await.unwrap()
}

#[tokio::test]
async fn what_decides_in_an_area_is_changed_by_pages() {
    let server =
        Running::start_with(Database::Sqlite, Some(demo_of(&["root", "ada", "user1", "user3", "user10"])))
            .await;
    let (development, _) = areas(&server, "Development");
    let path = format!("/project-areas/{development}/timelines");
    let page = server.page_as("user3", &format!("{path}?verb=edit&timeline=Main&path=1.0/Endgame")).await;
    assert!(page.contains("Save the iteration"), "{page}");
    let edit = [
        ("verb", "edit"),
        ("timeline", "Main"),
        ("path", "1.0/Endgame"),
        ("upon", "*"),
        ("name", "The end"),
        ("type", "stabilisation"),
        ("start", "2026-03-01"),
        ("has_release", "yes"),
    ];
    assert_eq!(save(&server, "user3", &path, &edit).await, 303);
    let changed = [
        ("verb", "timeline"),
        ("timeline", "Main"),
        ("upon", "*"),
        ("name", "Main"),
        ("end", "2026-12-31"),
        ("working_day", "mon"),
        ("working_day", "fri"),
    ];
    assert_eq!(save(&server, "user3", &path, &changed).await, 303);
    assert_eq!(
        save(&server, "user3", &path, &[("verb", "type"), ("upon", "*"), ("name", "hotfix")]).await,
        303
    );
    let now = json(&server, &format!("/project-areas/{development}")).await;
    let endgame = &now["timelines"][0]["iterations"][0]["iterations"][1];
    assert_eq!((&endgame["name"], &endgame["start"]), (&json!("The end"), &json!("2026-03-01")), "{now}");
    assert_eq!(endgame["has_release"], true);
    assert_eq!(now["timelines"][0]["end"], "2026-12-31");
    assert_eq!(now["timelines"][0]["working_days"], json!(["mon", "fri"]));
    assert_eq!(now["iteration_types"], json!(["development", "stabilisation", "hotfix"]));

    let (vehicle, _) = areas(&server, "Electric Vehicle");
    let path = format!("/project-areas/{vehicle}/preconditions");
    let demanded =
        [("role", "default"), ("require", "no-skew"), ("slot", "always"), ("final", "final"), ("upon", "*")];
    assert_eq!(save(&server, "ada", &path, &demanded).await, 303);
    let now = json(&server, &format!("/project-areas/{vehicle}")).await;
    let entry =
        json!({"role": "default", "operation": "gc.save-baseline", "require": ["no-skew"], "final": true});
    assert_eq!(now["preconditions"].as_array().unwrap().last(), Some(&entry));
    assert!(server.page_as("ada", &path).await.contains("no component with two configurations"));

    let (requirements, _) = areas(&server, "Requirements");
    let path = format!("/project-areas/{requirements}/items");
    let page = server.page_as("user10", &format!("{path}?kind=folders")).await;
    assert!(page.contains("Safety Team") && page.contains("General"), "{page}");
    let folder = json(&server, "/items?reference=rm:Requirements%23folder:General").await;
    let number = folder["number"].to_string();
    let fields =
        [("kind", "folders"), ("item", &*number), ("team_area", "Safety Team"), ("read", ""), ("upon", "*")];
    assert_eq!(save(&server, "user10", &path, &fields).await, 403);
    assert_eq!(save(&server, "user1", &path, &fields).await, 303);
    assert_eq!(json(&server, &format!("/folders/{number}")).await["team_area"], "Safety Team");
}

#[tokio::test]
async fn what_applications_keep_is_made_changed_archived_and_deleted_by_pages() {
    let server =
        Running::start_with(Database::Sqlite, Some(demo_of(&["root", "user1", "user3", "user10"]))).await;
    let (requirements, _) = areas(&server, "Requirements");
    let path = format!("/project-areas/{requirements}/items");
    let make =
        [("kind", "folders"), ("verb", "make"), ("name", "Brakes"), ("parent", "Safety"), ("read", "")];
    let defaults = [("team_area", "inherit"), ("description", "Of all\r\nvehicles")];
    assert_eq!(save(&server, "user1", &path, &[&make[..], &defaults].concat()).await, 303);
    let folder = json(&server, "/items?reference=rm:Requirements%23folder:Safety/Brakes").await;
    let number = folder["number"].to_string();
    let folder = format!("/folders/{number}");
    assert_eq!(json(&server, &folder).await["description"], "Of all\nvehicles");
    let page = server.page_as("user1", &format!("{path}?kind=folders&item={number}")).await;
    assert!(page.contains("in Safety</span>") && page.contains("Delete it for good"), "{page}");
    let said = [("kind", "folders"), ("item", &*number), ("upon", "*")];
    let with = |more: &[(&'static str, &'static str)]| [&said[..], more].concat();
    // What is typed stays, with what is wrong with it.
    let root = server.sign_in("user1", &password("user1")).await.unwrap();
    let wrong = with(&[("name", "Brake systems"), ("parent", "Nowhere")]);
    let kept = server.submit(&path, Some(&root), &wrong).await.text().await.unwrap();
    assert!(kept.contains("value=\"Brake systems\"") && kept.contains("value=\"Nowhere\""), "{kept}");
    assert_eq!(save(&server, "user1", &path, &with(&[("name", "Brake systems"), ("parent", "")])).await, 303);
    let now = json(&server, &folder).await;
    assert_eq!((&now["name"], &now["parent"]), (&json!("Brake systems"), &Value::Null));
    for (verb, archived) in [("archive", true), ("unarchive", false)] {
        assert_eq!(save(&server, "user1", &path, &with(&[("verb", verb)])).await, 303, "{verb}");
        assert_eq!(json(&server, &folder).await["archived"], archived);
    }
    assert_eq!(save(&server, "user1", &path, &with(&[("verb", "delete")])).await, 303);
    assert_eq!(json(&server, &folder).await["status"], 404);

    // Words that are kept within others are found, as far as somebody sees them.
    for (who, text, page) in [
        ("user3", "scrum master", "/roles\""),
        ("user3", "endgame", "/timelines\""),
        ("user10", "scrum", "/process-templates/Scrum\""),
        ("root", "practitioner", "/licences/elm-practitioner\""),
        ("user10", "jazzadmins", "/groups\""),
    ] {
        let found = server.page_as(who, &format!("/search?q={}", text.replace(' ', "+"))).await;
        assert!(found.contains(page), "{text}: {found}");
    }
    let found = server.page_as("user10", "/search?q=endgame").await;
    assert!(!found.contains("Iterations"), "{found}");

    let (development, _) = areas(&server, "Development");
    let path = format!("/project-areas/{development}/items");
    let page = server.page_as("user3", &format!("{path}?kind=work-items&new=yes")).await;
    assert!(page.contains("New work item") && page.contains("Core/Security"), "{page}");
    let make = [
        ("kind", "work-items"),
        ("verb", "make"),
        ("title", "Flat tyre"),
        ("type", "defect"),
        ("category", "Core"),
    ];
    assert_eq!(save(&server, "user3", &path, &make).await, 303);
    let items = json(&server, &format!("/project-areas/{development}/work-items?text=tyre")).await;
    let number = items["items"][0]["id"].to_string();
    let step =
        [("kind", "work-items"), ("item", &*number), ("verb", "step"), ("action", "start"), ("to", "Open")];
    assert_eq!(save(&server, "user3", &path, &step).await, 303);
    assert_eq!(json(&server, &format!("/work-items/{number}")).await["state"], "Open");
}

#[tokio::test]
async fn types_and_associations_are_kept_by_pages_and_offered_where_one_is_chosen() {
    let server =
        Running::start_with(Database::Sqlite, Some(demo_of(&["root", "ada", "user1", "user3"]))).await;
    let (development, _) = areas(&server, "Development");
    let path = format!("/project-areas/{development}/types");
    let defect = [
        ("kind", "work_item_types"),
        ("upon", "*"),
        ("id", "breakdown"),
        ("name", "Breakdown"),
        ("states", "New\r\nDone"),
        ("actions", "resolve"),
    ];
    assert_eq!(save(&server, "user3", &path, &defect).await, 303);
    assert_eq!(save(&server, "user3", &path, &defect).await, 400, "its id is taken");
    let keys = json(&server, &format!("/project-areas/{development}")).await["work_item_types"].clone();
    let kept =
        json!({"id": "breakdown", "name": "Breakdown", "states": ["New", "Done"], "actions": ["resolve"]});
    assert!(keys.as_array().unwrap().contains(&kept), "{keys}");
    let items = format!("/project-areas/{development}/items?kind=work-items");
    let page = server.page_as("user3", &format!("{items}&new=yes")).await;
    assert!(page.contains("<option value=\"breakdown\">Breakdown</option>"), "{page}");
    let found = server.page_as("user3", "/search?q=breakdown").await;
    assert!(found.contains("Types of work items") && found.contains("/types\""), "{found}");
    let change = [&defect[..], &[("type", "breakdown"), ("actions", "")]].concat();
    let change: Vec<_> = change.into_iter().filter(|pair| *pair != ("actions", "resolve")).collect();
    assert_eq!(save(&server, "user3", &path, &change).await, 303);
    let keys = json(&server, &format!("/project-areas/{development}")).await["work_item_types"].clone();
    let kept = json!({"id": "breakdown", "name": "Breakdown", "states": ["New", "Done"]});
    assert!(keys.as_array().unwrap().contains(&kept), "{keys}");
    let remove = [("kind", "work_item_types"), ("upon", "*"), ("type", "breakdown"), ("verb", "remove")];
    assert_eq!(save(&server, "user3", &path, &remove).await, 303);
    assert_eq!(save(&server, "user3", &path, &remove).await, 400, "it is gone");
    let (vehicle, _) = areas(&server, "Electric Vehicle");
    let nowhere = server.get_as("root", &format!("/project-areas/{vehicle}/types")).await;
    assert_eq!(nowhere.status(), 404);

    let path = format!("/project-areas/{vehicle}/associations");
    let here = [("application", "rm"), ("project_area", "Requirements"), ("upon", "*")];
    let unknown = [("application", "rm"), ("project_area", "Nowhere"), ("upon", "*")];
    let elsewhere = [("application", "qm"), ("project_area", "https://there.example/qm/7"), ("upon", "*")];
    assert_eq!(save(&server, "root", &path, &unknown).await, 400);
    assert_eq!(save(&server, "root", &path, &here).await, 303);
    assert_eq!(save(&server, "root", &path, &elsewhere).await, 303);
    let now = json(&server, &format!("/project-areas/{vehicle}")).await;
    assert_eq!(now["associations"], json!([{"rm": "Requirements"}, {"qm": "https://there.example/qm/7"}]));
    let (requirements, _) = areas(&server, "Requirements");
    let page = server.page_as("root", &format!("/project-areas/{vehicle}")).await;
    assert!(page.contains(&format!("<a href=\"/project-areas/{requirements}\">Requirements</a>")), "{page}");
    let end = [("verb", "remove"), ("association", "{\"rm\":\"Requirements\"}"), ("upon", "*")];
    assert_eq!(save(&server, "root", &path, &end).await, 303);
    let now = json(&server, &format!("/project-areas/{vehicle}")).await;
    assert_eq!(now["associations"], json!([{"qm": "https://there.example/qm/7"}]));
}

#[tokio::test]
async fn types_of_the_process_that_is_used_are_offered_with_the_own_ones() {
    let over = "bailiwick: 1
project_areas:
  - application: ccm
    name: Standard
    shares_process: true
    work_item_types: [{id: epic, name: Epic, states: [Open], actions: [approve]}, {id: task, name: Their task}]
  - application: ccm
    name: Trams
    uses_process: {project_area: Standard}
    administrators: [root]
    access: everyone
    work_item_types: [{id: task, name: Task}]
    categories: [{name: Unassigned}]
    work_items: [{id: 900, title: Doors, type: epic, category: Unassigned}]
";
    let server = Running::start_over(Database::Sqlite, Some(demo_of(&["root"])), over).await;
    let (trams, _) = areas(&server, "Trams");
    let items = format!("/project-areas/{trams}/items?kind=work-items");
    let page = server.page_as("root", &format!("{items}&new=yes")).await;
    let offers = |id: &str, name: &str| page.contains(&format!("<option value=\"{id}\">{name}</option>"));
    assert!(offers("epic", "Epic") && offers("task", "Task") && !offers("task", "Their task"), "{page}");
    let page = server.page_as("root", &format!("{items}&item=900")).await;
    assert!(
        page.contains("<option value=\"approve\">") && page.contains("<option value=\"Open\">"),
        "{page}"
    );
}

#[tokio::test]
async fn templates_are_kept_and_documents_imported_by_pages() {
    let server = Running::start_with(Database::Sqlite, Some(demo_of(&["root", "ada"]))).await;
    let keep = [("project_area", "gc:Electric Vehicle"), ("template", "Cars / now")];
    assert_eq!(save(&server, "ada", "/process-templates", &keep).await, 403);
    assert_eq!(save(&server, "root", "/process-templates", &keep).await, 303);
    let page = server.page_as("ada", "/process-templates/Cars%20%2F%20now").await;
    assert!(page.contains("kept here") && page.contains("Configuration Lead"), "{page}");
    let rename = [("template", "Cars"), ("description", "As of today"), ("upon", "*")];
    assert_eq!(save(&server, "root", "/process-templates/Cars%20%2F%20now", &rename).await, 303);
    assert_eq!(json(&server, "/process-templates/Cars").await["description"], "As of today");
    assert_eq!(
        save(&server, "root", "/process-templates/Cars", &[("verb", "delete"), ("upon", "*")]).await,
        303
    );
    let root = server.sign_in("root", &password("root")).await.unwrap();
    let wrong = [("text", "template: Trams\napplication: gc\nrolls: []\n")];
    let told = server.submit("/process-template-import", Some(&root), &wrong).await.text().await.unwrap();
    assert!(told.contains("Line 3: "), "{told}");

    let document =
        [("text", "bailiwick: 1\nusers:\n  - {id: tram, name: Tram Driver}\n"), ("mode", "overlay")];
    assert_eq!(save(&server, "ada", "/documents", &document).await, 403);
    assert_eq!(json(&server, "/users/tram").await["status"], 404);
    assert_eq!(save(&server, "root", "/documents", &document).await, 200);
    assert_eq!(json(&server, "/users/tram").await["name"], "Tram Driver");
}
