//! The REST API: test artefacts, and artefacts in their folders.

use reqwest::StatusCode;
use serde_json::json;

use super::api::get;
use super::api_items::{
    archive_and_back, change_each, delete, has, hidden, make, names, post, refused, start,
};
use super::running::BOTH;

#[tokio::test(flavor = "multi_thread")]
async fn test_artefacts_are_made_changed_archived_and_deleted() {
    for database in BOTH {
        let running = start(database, &["user8", "user9", "user5", "root"]).await;
        let below = "/project-areas/qm%3ATest/test-artefacts";
        for kind in [
            "test-plan",
            "test-case",
            "test-script",
            "test-suite",
            "execution-record",
            "execution-result",
            "lab-resource",
        ] {
            make(&running, "root", below, json!({"kind": kind, "name": "One of each"})).await;
        }
        let new = json!({"kind": "test-case", "name": "Load", "description": "A thousand users."});
        let load = make(&running, "user9", below, new).await;
        change_each(&running, "user9", &load, json!({"name": "More load", "description": "Two."})).await;
        for team in ["Load", "unassigned"] {
            change_each(&running, "user8", &load, json!({"team_area": team})).await;
        }
        archive_and_back(&running, "root", &load, json!({"name": "L"})).await;
        hidden(&running, "user5", &load).await;
        assert_eq!(names(&running, "user9", &format!("{below}?text=LOAD")).await, ["More load"]);
        assert_eq!(delete(&running, "root", &load).await.0, StatusCode::NO_CONTENT);
        assert_eq!(get(&running, "root", &load).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_and_artefacts_are_made_changed_archived_and_deleted() {
    for database in BOTH {
        let running = start(database, &["user10", "user11", "user5", "root"]).await;
        let requirements = "/project-areas/rm%3ARequirements";
        let (folders, artefacts) = (&format!("{requirements}/folders"), &format!("{requirements}/artefacts"));
        let new = json!({"name": "Doors", "parent": "General", "description": "All of them."});
        let doors = make(&running, "user10", folders, new).await;
        has(
            &get(&running, "user11", &doors).await.1,
            &json!({
                "reference": "rm:Requirements#folder:General/Doors", "team_area": "inherit", "read": null,
            }),
        );
        let keys = json!({"name": "Gates", "description": "Some.", "parent": "Safety"});
        change_each(&running, "root", &doors, keys).await;
        change_each(&running, "root", &doors, json!({"parent": null})).await;
        for team in ["Safety Team", "unassigned", "inherit"] {
            change_each(&running, "root", &doors, json!({"team_area": team})).await;
        }
        refused(&running, "user11", &doors, json!({"name": "D"}), "PERMISSION").await;
        archive_and_back(&running, "root", &doors, json!({"name": "D"})).await;

        let new = json!({"id": 9, "type": "requirement", "title": "It shall close", "folder": "Gates"});
        let close = make(&running, "user10", artefacts, new).await;
        assert_eq!(close, "/artefacts/9");
        let keys = json!({
            "type": "use-case", "title": "It shall shut", "description": "Tight.", "folder": "General",
            "team_area": "Safety Team",
        });
        change_each(&running, "root", &close, keys).await;
        for (key, value) in
            [("team_area", json!("unassigned")), ("team_area", json!("inherit")), ("folder", json!(null))]
        {
            change_each(&running, "root", &close, json!({key: value})).await;
        }
        change_each(&running, "root", &close, json!({"folder": "Gates"})).await;
        archive_and_back(&running, "root", &close, json!({"title": "C"})).await;
        refused(&running, "user11", &close, json!({"title": "C"}), "PERMISSION").await;
        hidden(&running, "user5", &close).await;

        // Who may not read a folder sees nothing in it.
        change_each(&running, "root", &doors, json!({"read": {"team_area": "Safety Team"}})).await;
        for path in [&doors, &close] {
            assert_eq!(get(&running, "user10", path).await.0, StatusCode::OK);
            hidden(&running, "user11", path).await;
        }
        assert_eq!(names(&running, "user11", folders).await, ["General", "Safety"]);
        let into = json!({"type": "requirement", "title": "Found out", "folder": "Gates"});
        let nowhere = json!({"type": "requirement", "title": "Found out", "folder": "Nowhere"});
        let (status, one) = post(&running, "user11", artefacts, into).await;
        assert_eq!((status, &one["pointer"]), (StatusCode::BAD_REQUEST, &json!("/folder")));
        let other = post(&running, "user11", artefacts, nowhere).await.1;
        assert_eq!(one.to_string(), other.to_string().replace("Nowhere", "Gates"));
        change_each(&running, "root", &doors, json!({"read": {"access_group": "Safety reviewers"}})).await;
        change_each(&running, "root", &doors, json!({"read": null})).await;

        let (status, problem) = delete(&running, "root", &doors).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert_eq!(delete(&running, "root", &close).await.0, StatusCode::NO_CONTENT);
        assert_eq!(delete(&running, "root", &doors).await.0, StatusCode::NO_CONTENT);
    }
}
