use std::sync::Arc;
use std::time::Duration;

use governance::{Application, Command, CreateComponent, Refusal, SetMember};
use serde_json::json;
use server::{Author, ChangeError, Office, Scope, Scopes};
use store::{Location, Revision, Store};

use crate::running::{
    BETA, BOTH, Database, MODIFY, MOTOR, Running, client, demo, entry, location, started, told,
};

async fn open(location: &str) -> Arc<Office> {
    let store = Store::open(&Location::parse(location).unwrap(), "test").await.unwrap();
    Office::open(store).await.unwrap()
}

/// A database with the stories' organisation in it.
async fn filled(database: Database, folder: &std::path::Path) -> (String, governance::Organisation) {
    let location = location(database, folder);
    let told = told();
    let store = Store::open(&Location::parse(&location).unwrap(), "test").await.unwrap();
    store.append(Revision::NONE, &entry("import"), &told.events).await.unwrap();
    store.close().await;
    (location, told.organisation)
}

fn author(organisation: &governance::Organisation, id: &str) -> Author {
    let user = organisation.user_by_id(id).unwrap();
    Author { user, via: None, address: None, scopes: Scopes::ALL }
}

fn component(organisation: &governance::Organisation, name: String) -> Command {
    let project_area = organisation.project_area_named(Application::Gc, "Electric Vehicle").unwrap();
    CreateComponent { project_area, name: name.into(), carried: Default::default() }.into()
}

#[tokio::test]
async fn a_change_is_kept_or_refused() {
    for database in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let (location, organisation) = filled(database, folder.path()).await;
        let office = open(&location).await;
        let change = async |id: &str| {
            let command = component(&organisation, "Brake".into());
            office.change(author(&organisation, id), "create the component Brake".into(), command).await
        };
        assert!(matches!(change("bob").await, Err(ChangeError::Refused(Refusal::Decision { .. }))));
        assert_eq!(change("lena").await.unwrap(), Revision::new(2));
        assert!(
            matches!(change("lena").await, Err(ChangeError::Refused(Refusal::Rules(_)))),
            "the name is taken"
        );
        drop(office);
        let store = Store::open(&Location::parse(&location).unwrap(), "test").await.unwrap();
        let journal = store.journal(&Default::default()).await.unwrap();
        let (revision, entry) = &journal.entries[0];
        assert_eq!((revision.number(), &*entry.by, &*entry.basis), (2, "lena", "role"), "{database:?}");
    }
}

#[tokio::test]
async fn a_token_changes_what_its_scopes_are_for() {
    let folder = tempfile::tempdir().unwrap();
    let (location, organisation) = filled(Database::Sqlite, folder.path()).await;
    let office = open(&location).await;
    let change = async |id: &str, scopes: &[Scope], command: Command| {
        let author = Author { scopes: scopes.iter().copied().collect(), ..author(&organisation, id) };
        office.change(author, "try a token".into(), command).await
    };
    let component = |name: &str| component(&organisation, name.into());
    let area = organisation.project_area_named(Application::Gc, "Electric Vehicle").unwrap();
    let bob = organisation.user_by_id("bob").unwrap();
    let member = || Command::from(SetMember { area, user: bob, roles: Arc::from([]) });
    let all = [Scope::Read, Scope::Decide, Scope::Write];
    let refused = change("lena", &[Scope::Read], component("Brake")).await;
    assert!(matches!(refused, Err(ChangeError::Scope(Scope::Write))), "{refused:?}");
    let refused = change("bob", &[Scope::Read], component("Brake")).await;
    assert!(matches!(refused, Err(ChangeError::Refused(_))), "never more than the owner may: {refused:?}");
    change("lena", &all, component("Brake")).await.unwrap();
    let refused = change("ada", &all, member()).await;
    assert!(matches!(refused, Err(ChangeError::Scope(Scope::Administer))), "{refused:?}");
    change("ada", &[Scope::Administer], member()).await.unwrap();
}

#[tokio::test]
async fn nodes_that_change_at_the_same_time_decide_again() {
    let folder = tempfile::tempdir().unwrap();
    let (location, organisation) = filled(Database::Postgres, folder.path()).await;
    let nodes = [open(&location).await, open(&location).await];
    let mut changes = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (node, lena) = (Arc::clone(&nodes[number % 2]), author(&organisation, "lena"));
        // Each name is wanted by both nodes, and given once.
        let command = component(&organisation, format!("Wheel {}", number / 2));
        changes.spawn(async move { node.change(lena, "create a wheel".into(), command).await });
    }
    let results = changes.join_all().await;
    let kept = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!(kept, 10, "{results:?}");
    let refused = |result: &&Result<_, _>| matches!(result, Err(ChangeError::Refused(Refusal::Rules(_))));
    assert_eq!(results.iter().filter(refused).count(), 10, "{results:?}");
}

#[tokio::test]
async fn a_server_follows_what_another_node_changes_and_remembers_the_past() {
    let folder = tempfile::tempdir().unwrap();
    let (location, organisation) = filled(Database::Postgres, folder.path()).await;
    let (base, task) = started(folder.path(), Some(location.clone()), Some(demo())).await;
    let client = client();
    let asked = async |context: serde_json::Value| {
        let body = json!({
            "subject": {"type": "user", "id": "bob"}, "action": {"name": MODIFY},
            "resource": {"type": "stream", "id": MOTOR}, "context": context,
        });
        let request = client.post(format!("{base}/access/v1/evaluation")).json(&body);
        let request = request.basic_auth("bob", Some(crate::running::password("bob")));
        request.send().await.unwrap().json::<serde_json::Value>().await.unwrap()
    };
    assert_eq!(asked(json!({})).await["decision"], false);
    let area = organisation.project_area_named(Application::Gc, "Electric Vehicle").unwrap();
    let bob = organisation.user_by_id("bob").unwrap();
    let roles = Arc::from([governance::text::Name::from("configuration-lead")]);
    let command = Command::from(SetMember { area, user: bob, roles });
    let office = open(&location).await;
    office
        .change(author(&organisation, "ada"), "make Bob a configuration lead".into(), command)
        .await
        .unwrap();
    for _ in 0..100 {
        if asked(json!({})).await["decision"] == true {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let now = asked(json!({})).await;
    assert_eq!((&now["decision"], &now["context"]["revision"]), (&json!(true), &json!(2)));
    let then = asked(json!({"as_of": 1})).await;
    assert_eq!((&then["decision"], &then["context"]["revision"]), (&json!(false), &json!(1)));
    task.abort();
}

#[tokio::test]
async fn the_past_is_shown_with_the_rights_of_today() {
    let server = Running::start(Database::Sqlite).await;
    let path = crate::running::why("/why", "bob", MODIFY, BETA);
    let page = server.page_as("bob", &format!("{path}&as_of=1")).await;
    assert!(page.contains("as of now (revision 1)"), "revision 1 is the newest");
    let page = server.page_as("bob", &format!("{path}&as_of=0")).await;
    assert!(page.contains("unknown item") && page.contains("<details class=\"field wide\" open>"));
}
