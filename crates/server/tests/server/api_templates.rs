//! The REST API for process templates (docs/process.md#process-templates).

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::api::{ask, get, told};
use super::running::{BOTH, Database, Running, demo_of};

const TRAM: &str = "/process-templates/Tram%20Process";
const TRAM_YAML: &str = "\
template: Tram Process
application: gc
roles:
  - {id: driver, name: Driver}
permissions:
  - {role: driver, operation: gc.save-stream, actions: [\"*\"]}
";

async fn start(database: Database) -> Running {
    Running::start_with(database, Some(demo_of(&["root", "pam", "ada", "gus"]))).await
}

fn yaml(running: &Running, id: &str, method: Method, path: &str, text: &str) -> RequestBuilder {
    ask(running, id, method, path).header("content-type", "application/yaml").body(text.to_owned())
}

async fn changed(
    running: &Running,
    id: &str,
    method: Method,
    path: &str,
    body: Value,
) -> (StatusCode, Value) {
    told(ask(running, id, method, path).header("if-match", "*").json(&body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_in_template_is_edited_and_comes_back_when_that_is_deleted() {
    for database in BOTH {
        let running = start(database).await;
        let (_, all) = get(&running, "gus", "/process-templates").await;
        let names = |all: &Value| {
            let all = all["items"].as_array().unwrap().iter();
            all.map(|it| it["template"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&all).len(), 5);
        let (_, of_rm) = get(&running, "gus", "/process-templates?application=rm").await;
        assert_eq!(names(&of_rm), ["Rational Requirements Server Template", "Unconfigured Process"]);

        let scrum = "/process-templates/Scrum";
        let (_, built_in) = get(&running, "gus", scrum).await;
        assert_eq!((&built_in["number"], &built_in["built_in"]), (&Value::Null, &json!(true)));
        assert_eq!(
            (&built_in["application"], &built_in["roles"][0]["id"]),
            (&json!("ccm"), &json!("product-owner"))
        );

        let edit = json!({"description": "Ours."});
        let (status, problem) = changed(&running, "ada", Method::PATCH, scrum, edit.clone()).await;
        assert_eq!(
            (status, &problem["gate"]),
            (StatusCode::FORBIDDEN, &json!("REPOSITORY_GROUP")),
            "{problem}"
        );
        let (status, edited) = changed(&running, "pam", Method::PATCH, scrum, edit).await;
        assert_eq!(
            (status, &edited["number"], &edited["description"]),
            (StatusCode::OK, &json!(0), &json!("Ours."))
        );
        assert_eq!((&edited["built_in"], &edited["permissions"]), (&json!(true), &built_in["permissions"]));
        assert_eq!(names(&get(&running, "gus", "/process-templates").await.1), names(&all));

        let gone = changed(&running, "pam", Method::DELETE, scrum, json!({})).await;
        assert_eq!((gone.0, &gone.1), (StatusCode::OK, &built_in));
        let (status, problem) = changed(&running, "pam", Method::DELETE, scrum, json!({})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        let renamed = changed(&running, "pam", Method::PATCH, scrum, json!({"template": "Rugby"})).await;
        assert_eq!((renamed.0, &renamed.1["pointer"]), (StatusCode::BAD_REQUEST, &json!("/template")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_comes_as_a_document_and_goes_as_one() {
    for database in BOTH {
        let running = start(database).await;
        let refused = told(yaml(&running, "ada", Method::PUT, TRAM, TRAM_YAML)).await;
        assert_eq!(refused.0, StatusCode::FORBIDDEN, "{}", refused.1);
        let (status, made) = told(yaml(&running, "pam", Method::PUT, TRAM, TRAM_YAML)).await;
        assert_eq!((status, &made["roles"][0]["id"]), (StatusCode::OK, &json!("driver")), "{made}");
        for format in ["yaml", "json"] {
            let path = format!("/export?template=Tram%20Process&format={format}");
            let exported = ask(&running, "gus", Method::GET, &path).send().await.unwrap();
            let (revision, kind) =
                (exported.headers()["revision"].clone(), exported.headers()["content-type"].clone());
            let text = exported.text().await.unwrap();
            let again =
                ask(&running, "pam", Method::PUT, TRAM).header("content-type", kind).header("if-match", "*");
            let again = again.body(text).send().await.unwrap();
            assert_eq!((again.status(), &again.headers()["revision"]), (StatusCode::OK, &revision));
        }
        // What is taken out of the file is gone.
        let smaller = TRAM_YAML.split("permissions").next().unwrap();
        let unnamed = told(yaml(&running, "pam", Method::PUT, TRAM, smaller)).await;
        assert_eq!(unnamed.0, StatusCode::PRECONDITION_REQUIRED);
        let smaller = yaml(&running, "pam", Method::PUT, TRAM, smaller).header("if-match", "*");
        assert_eq!(told(smaller).await.1["permissions"], json!([]));

        let elsewhere = told(yaml(&running, "pam", Method::PUT, "/process-templates/Bus", TRAM_YAML)).await;
        assert_eq!((elsewhere.0, &elsewhere.1["pointer"]), (StatusCode::BAD_REQUEST, &json!("/template")));
        let (status, problem) =
            told(yaml(&running, "pam", Method::POST, "/process-templates", TRAM_YAML)).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        let wrong = TRAM_YAML.replace("role: driver", "role: diver").replace("Tram Process", "Bus");
        let (status, problem) = told(yaml(&running, "pam", Method::POST, "/process-templates", &wrong)).await;
        assert_eq!(
            (status, &problem["problems"][0]["line"]),
            (StatusCode::BAD_REQUEST, &json!(6)),
            "{problem}"
        );
        let plain =
            ask(&running, "pam", Method::PUT, TRAM).header("content-type", "text/plain").body("template");
        assert_eq!(told(plain).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);

        let keys =
            json!({"application": "any", "roles": [], "iteration_types": ["build"], "description": "D"});
        let (_, after) = changed(&running, "pam", Method::PATCH, TRAM, keys.clone()).await;
        keys.as_object().unwrap().iter().for_each(|(key, value)| assert_eq!(&after[key], value, "{after}"));
        let (status, _) = changed(&running, "pam", Method::PATCH, TRAM, json!({"template": "Rail"})).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "it is elsewhere now");
        assert_eq!(
            get(&running, "gus", "/process-templates/Rail").await.1["iteration_types"],
            json!(["build"])
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_made_of_a_project_areas_process_and_another_begins_with_it() {
    let running = start(Database::Sqlite).await;
    let of_area = "/project-areas/gc%3AElectric%20Vehicle/process-template";
    let (_, process) = get(&running, "gus", of_area).await;
    assert_eq!(process["template"], "Electric Vehicle");
    let named = json!({"template": "Cars"});
    assert_eq!(told(ask(&running, "ada", Method::POST, of_area).json(&named)).await.0, StatusCode::FORBIDDEN);
    let made = ask(&running, "pam", Method::POST, of_area).json(&named).send().await.unwrap();
    assert_eq!(
        (made.status(), &made.headers()["location"]),
        (StatusCode::CREATED, &"/api/v1/process-templates/Cars".parse().unwrap())
    );
    let made: Value = made.json().await.unwrap();
    assert_eq!((&made["roles"], &made["permissions"]), (&process["roles"], &process["permissions"]));
    let new = json!({"application": "gc", "name": "Van", "access": "everyone", "template": "Cars"});
    let (status, van) = told(ask(&running, "pam", Method::POST, "/project-areas").json(&new)).await;
    assert_eq!((status, &van["roles"]), (StatusCode::CREATED, &process["roles"]), "{van}");
    // Nobody learns of a process whose area is hidden.
    let hidden =
        told(ask(&running, "gus", Method::GET, "/project-areas/rm%3ARequirements/process-template")).await;
    let absent =
        told(ask(&running, "gus", Method::GET, "/project-areas/rm%3ARequiremints/process-template")).await;
    assert_eq!((hidden.0, &hidden), (StatusCode::NOT_FOUND, &absent));
}
