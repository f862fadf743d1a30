//! Users as CSV over HTTP, and in bulk.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::api::{ask, get, told};
use super::csv::events;
use super::running::{BOTH, Running, name_corp, password};

async fn import(running: &Running, by: &str, query: &str, text: &str) -> (StatusCode, Value) {
    let request = ask(running, by, Method::POST, &format!("/users.csv{query}"));
    told(request.header("content-type", "text/csv").body(text.to_owned())).await
}

async fn export(running: &Running, by: &str, query: &str) -> String {
    let response = ask(running, by, Method::GET, &format!("/users.csv{query}")).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8");
    response.text().await.unwrap()
}

async fn revision(running: &Running) -> String {
    let read = ask(running, "root", Method::GET, "/settings").send().await.unwrap();
    read.headers()["revision"].to_str().unwrap().to_owned()
}

const LINES: &str = "ann,Ann,ann@example.com,[elm-practitioner],[JazzUsers],0\n\
                     Bob,Robert,,[],,\nlena,,,,,1\nroot,,,,,0\n";

#[tokio::test(flavor = "multi_thread")]
async fn users_are_previewed_imported_and_exported() {
    for database in BOTH {
        let running = Running::start(database).await;
        let lena = running.sign_in("lena", &password("lena")).await.unwrap();
        let (before, exported) = (revision(&running).await, export(&running, "bob", "").await);
        let (status, plan) = import(&running, "root", "?preview=true", LINES).await;
        assert_eq!(status, StatusCode::OK, "{plan}");
        let lines = json!([
            {"line": 1, "user": "ann", "change": "created", "set": []},
            {"line": 2, "user": "Bob", "change": "changed", "set": ["name", "licences"]},
            {"line": 3, "user": "lena", "change": "archived", "set": []},
            {"line": 4, "user": "root", "change": null, "set": []},
        ]);
        assert_eq!(plan["lines"], lines);
        let impact = &plan["impact"];
        assert_eq!((&impact["people"], &impact["impact"]["lose"]), (&json!(2), &json!(2)), "{impact}");
        assert_eq!(
            (revision(&running).await, export(&running, "bob", "").await),
            (before.clone(), exported.clone())
        );

        let (status, done) = import(&running, "root", "?name=people.csv", LINES).await;
        assert_eq!((status, &done["lines"]), (StatusCode::OK, &lines), "{done}");
        let (_, entry) = get(&running, "root", &format!("/journal/{}", done["revision"])).await;
        assert_eq!((&entry["summary"], &entry["basis"]), (&json!("imported people.csv"), &json!("group")));
        assert_eq!((&entry["address"], entry["changes"].as_array().unwrap().len()), (&json!("127.0.0.1"), 3));
        let after = export(&running, "root", "").await;
        assert!(after.contains("\nbob,Robert,,[],[JazzUsers],0\n"), "{after}");
        assert!(after.ends_with("ann,Ann,ann@example.com,[elm-practitioner],[JazzUsers],0\n"), "{after}");
        assert_eq!(export(&running, "root", &format!("?as_of={before}")).await, exported);
        // Whoever is archived is out.
        let session = running.get("/api/v1/me/sessions").header("cookie", &lena).send().await.unwrap();
        assert_eq!(session.status(), 401);

        // Again, and what was exported: nothing changes, and there is no new revision.
        let newest = revision(&running).await;
        for text in [LINES, &after] {
            let (status, again) = import(&running, "root", "", text).await;
            assert_eq!(status, StatusCode::OK, "{again}");
            assert!(again["lines"].as_array().unwrap().iter().all(|it| it["change"].is_null()), "{again}");
        }
        assert_eq!(revision(&running).await, newest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_previewed_is_imported_and_once() {
    for database in BOTH {
        let running = Running::start(database).await;
        let send = async |query: &str, header: (&str, &str), text: &str| {
            let request = ask(&running, "root", Method::POST, &format!("/users.csv{query}"));
            let request = request.header("content-type", "text/csv").header(header.0, header.1);
            request.body(text.to_owned()).send().await.unwrap()
        };
        let previewed = send("?preview=true", ("x", "y"), LINES).await;
        let tag = previewed.headers()["etag"].to_str().unwrap().to_owned();
        let other = send("", ("x", "y"), "mia,,,,,\n").await;
        assert_eq!(other.status(), StatusCode::OK);
        let overtaken = send("", ("if-match", &tag), LINES).await;
        assert_eq!(overtaken.status(), StatusCode::PRECONDITION_FAILED);
        let problem: Value = overtaken.json().await.unwrap();
        assert_eq!(problem["plan"]["lines"].as_array().unwrap().len(), 4, "{problem}");
        let tag = problem["etag"].as_str().unwrap();
        assert_eq!(send("", ("if-match", tag), "nia,,,,,\n").await.status(), StatusCode::OK);

        let once = ("idempotency-key", "once");
        let (first, again) = (send("", once, LINES).await, send("", once, LINES).await);
        assert_eq!((first.status(), again.status()), (StatusCode::OK, StatusCode::OK));
        let (first, again): (Value, Value) = (first.json().await.unwrap(), again.json().await.unwrap());
        assert_eq!(first, again, "it is told again as it was");
        assert_eq!(first["lines"][0]["change"], "created");
        assert_eq!(send("", once, "pia,,,,,\n").await.status(), StatusCode::CONFLICT);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_at_its_line_and_nothing_is_imported() {
    for database in BOTH {
        let running = Running::start(database).await;
        let before = revision(&running).await;
        let text =
            "\u{feff}userid;groups\nann;\"[JazzUsers;JazzAdmins]\"\nANN;[JazzUsers]\nbob;[Jazz]\nroot;[]\n";
        let (status, problem) = import(&running, "root", "", text).await;
        assert_eq!((status, &problem["total"]), (StatusCode::BAD_REQUEST, &json!(2)), "{problem}");
        let places: Vec<_> = problem["problems"].as_array().unwrap().iter().map(|it| &it["line"]).collect();
        assert_eq!(places, [&json!(3), &json!(4)]);
        for (by, status) in [("bob", StatusCode::FORBIDDEN), ("lena", StatusCode::FORBIDDEN)] {
            let (found, problem) = import(&running, by, "?preview=true", "ann,Ann,,,,\n").await;
            assert_eq!((found, &problem["gate"]), (status, &json!("REPOSITORY_GROUP")), "{by}");
        }
        let (_, refusals) = get(&running, "root", "/refusals?by=bob").await;
        assert_eq!(refusals["items"][0]["what"], "Import users from CSV");
        // Each after the lines before it.
        let admins = "user1,,,,[JazzUsers],\nroot,,,,[JazzUsers],\n";
        let (status, problem) = import(&running, "root", "", admins).await;
        assert_eq!((status, &problem["total"]), (StatusCode::BAD_REQUEST, &json!(1)), "{problem}");
        let said = problem["problems"][0]["message"].as_str().unwrap();
        assert!(said.contains("last active member of JazzAdmins"), "{said}");
        let json = ask(&running, "root", Method::POST, "/users.csv").json(&json!({}));
        assert_eq!(told(json).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(revision(&running).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_be_longer_than_other_bodies_and_who_asks_for_events_is_told_how_many_lines_are_done() {
    let running = Running::start(BOTH[0]).await;
    let request = |text: String| {
        ask(&running, "root", Method::POST, "/users.csv").header("content-type", "text/csv").body(text)
    };
    let name =
        "Somebody with a name that is as long as two megabytes in so many lines need it to be ".repeat(2);
    let many: String = (0..15_000).map(|number| format!("user-{number},{name},,,[JazzUsers],0\n")).collect();
    assert!(many.len() > 2 << 20, "other bodies may have so many bytes");
    let (names, plan) = events(request(many)).await;
    assert_eq!(plan["lines"].as_array().unwrap().len(), 15_000);
    let (last, before) = names.split_last().unwrap();
    assert_eq!(last, "plan");
    assert!(!before.is_empty() && before.iter().all(|name| name == "progress"), "{names:?}");
    let (names, problem) = events(request("bob,,,,,7\n".to_owned())).await;
    assert_eq!((names.last().unwrap().as_str(), &problem["status"]), ("problem", &json!(400)), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_changed_in_bulk_each_with_its_own_result_or_all_together() {
    for database in BOTH {
        let running = Running::start(database).await;
        let user = |id: &str, what: &str| format!("/api/v1/users/{id}{what}");
        let change = |id: &str, body: Value| json!({"method": "PATCH", "path": user(id, ""), "if_match": "*", "body": body});
        let requests = json!([
            change("bob", json!({"groups": ["JazzUsers", "JazzProjectAdmins"], "licenses": []})),
            change("lena", json!({"licenses": ["elm-contributor"]})),
            {"method": "POST", "path": user("user5", "/archive")},
            {"method": "POST", "path": user("user1", "/archive")},
            {"method": "POST", "path": user("root", "/archive")},
        ]);
        let together = json!({"together": true, "requests": requests});
        let (status, problem) = told(ask(&running, "root", Method::POST, "/bulk").json(&together)).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("last active member of JazzAdmins"));
        let (_, bob) = get(&running, "root", "/users/bob").await;
        assert_eq!(bob["groups"], json!(["JazzUsers"]), "all or none");
        let each = json!({"requests": requests});
        let (_, answer) = told(ask(&running, "root", Method::POST, "/bulk").json(&each)).await;
        let statuses: Vec<_> = answer["results"].as_array().unwrap().iter().map(|it| &it["status"]).collect();
        assert_eq!(statuses, [200, 200, 200, 200, 409]);
        let (_, bob) = get(&running, "root", "/users/bob").await;
        assert_eq!(
            (&bob["groups"], &bob["licenses"]),
            (&json!(["JazzProjectAdmins", "JazzUsers"]), &json!([]))
        );
        let (_, archived) = get(&running, "root", "/users?archived=true").await;
        assert_eq!(archived["items"].as_array().unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_functional_user_is_given_no_licence_and_no_registry_by_any_way() {
    let running = Running::start_as(BOTH[0], name_corp).await;
    let send = |method: Method, path: &str, body: Value| {
        let request = ask(&running, "root", method.clone(), path).json(&body);
        told(if method == Method::PATCH { request.header("if-match", "*") } else { request })
    };
    let worker = |more: Value| {
        let mut body = json!({"id": "worker", "functional": true});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let (licenses, registry) = (json!({"licenses": ["ewm-developer"]}), json!({"registry": "corp"}));
    for more in [&licenses, &registry] {
        assert_eq!(send(Method::POST, "/users", worker(more.clone())).await.0, StatusCode::CONFLICT);
    }
    assert_eq!(send(Method::POST, "/users", worker(json!({}))).await.0, StatusCode::CREATED);
    let before = revision(&running).await;
    let patch = json!({"method": "PATCH", "path": "/api/v1/users/worker", "if_match": "*", "body": licenses});
    let text = "bailiwick: 1\nusers: [{id: worker, licenses: [ewm-developer]}]\n";
    let document = ask(&running, "root", Method::POST, "/import").header("if-match", "*");
    let (_, bulk) = send(Method::POST, "/bulk", json!({"requests": [patch]})).await;
    for answer in [
        send(Method::PATCH, "/users/worker", licenses).await.1,
        send(Method::PUT, "/users/worker/licenses/ewm-developer", json!({})).await.1,
        bulk["results"][0].clone(),
        import(&running, "root", "", "worker,,,[ewm-developer],,\n").await.1,
        told(document.header("content-type", "application/yaml").body(text)).await.1,
    ] {
        let text = answer.to_string();
        assert!(text.contains("`worker` is a functional user, who holds `system-internal`"), "{text}");
        assert!(text.contains("remove `ewm-developer`"), "{text}");
    }
    let (_, problem) = send(Method::PATCH, "/users/worker", registry).await;
    assert!(problem["detail"].as_str().unwrap().contains("remove the registry `corp`"), "{problem}");
    assert_eq!(revision(&running).await, before);
    // Nor is anybody given one that the configuration does not name, but by a document, which may come first.
    let nowhere = json!({"registry": "nowhere"});
    let patch = json!({"method": "PATCH", "path": "/api/v1/users/bob", "if_match": "*", "body": nowhere});
    for (status, answer) in [
        send(Method::PATCH, "/users/bob", nowhere.clone()).await,
        send(Method::POST, "/users", json!({"id": "zed", "registry": "nowhere"})).await,
        send(Method::POST, "/bulk", json!({"requests": [patch]})).await,
    ] {
        let text = answer.to_string();
        assert!(text.contains("names no registry `nowhere`"), "{status} {text}");
        assert!(text.contains("\"/registry\""), "{text}");
    }
    assert_eq!(revision(&running).await, before);
    let document = ask(&running, "root", Method::POST, "/import").header("if-match", "*");
    let text = "bailiwick: 1\nusers: [{id: bob, registry: nowhere}]\n";
    let (status, done) = told(document.header("content-type", "application/yaml").body(text)).await;
    assert_eq!(status, StatusCode::OK, "{done}");
    let vanished = json!({"registry": "nowhere", "vanished": true});
    assert_eq!(send(Method::PATCH, "/users/bob", vanished).await.0, StatusCode::OK, "as it was before");
}
