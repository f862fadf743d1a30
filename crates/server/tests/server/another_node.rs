//! Several nodes on one database.

use crate::running::{Database, Running, password, started};

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_changed_on_one_node_ends_sessions_on_another() {
    const NEW: &str = "another correct horse";
    let running = Running::start(Database::Postgres).await;
    let folder = tempfile::tempdir().unwrap();
    let (other, task) = started(folder.path(), Some(running.location.clone()), None).await;
    let elsewhere = async |cookie: &str| {
        let request = running.client.get(format!("{other}/api/v1/users/bob")).header("cookie", cookie);
        request.send().await.unwrap().status().as_u16()
    };
    let (here, there) = (
        running.sign_in("bob", &password("bob")).await.unwrap(),
        running.sign_in("bob", &password("bob")).await.unwrap(),
    );
    let lena = running.sign_in("lena", &password("lena")).await.unwrap();
    assert_eq!([elsewhere(&here).await, elsewhere(&there).await, elsewhere(&lena).await], [200; 3]);
    let fields = [("old", &*password("bob")), ("password", NEW), ("again", NEW)];
    let changed = running.submit("/password", Some(&here), &fields).await;
    assert!(changed.status().is_success() || changed.status().is_redirection(), "{changed:?}");
    // For a second another node goes by what it has read (docs/storage.md#credentials).
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!([elsewhere(&there).await, elsewhere(&lena).await], [401, 200]);
    // The old password is of no use there either.
    let tried = |secret: &str| {
        running.client.get(format!("{other}/api/v1/users/bob")).basic_auth("bob", Some(secret))
    };
    assert_eq!(tried(&password("bob")).send().await.unwrap().status(), 401);
    assert_eq!(tried(NEW).send().await.unwrap().status(), 200);
    task.abort();
}
