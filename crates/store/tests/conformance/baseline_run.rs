//! Runs that baseline a hierarchy are kept, taken over by one, and ended once.

use governance::{ConfigurationId, UserId};
use store::{BaselineRun, LocalAnswer, Moment, Revision, RunEnd};

use crate::database::Database;

fn run(id: &str, user: u32, begun: i64) -> BaselineRun {
    BaselineRun {
        id: id.to_owned(),
        user: UserId::new(user),
        root: ConfigurationId::new(u32::MAX),
        names: "{name} 1".to_owned(),
        begun: Moment::new(begun),
        node: "one".to_owned(),
        alive: Moment::new(begun),
        end: None,
    }
}

async fn a_run_is_found_by_its_id_and_by_its_user(database: Database) {
    let store = database.open().await;
    for it in [run("a", 1, 1), run("b", 2, 2), run("c", 1, 3)] {
        assert!(store.add_baseline_run(&it).await.unwrap());
    }
    assert_eq!(store.baseline_run("a").await.unwrap(), Some(run("a", 1, 1)));
    assert_eq!(store.baseline_run("d").await.unwrap(), None);
    let of_one = store.baseline_runs(Some(UserId::new(1))).await.unwrap();
    assert_eq!(of_one, [run("c", 1, 3), run("a", 1, 1)], "the newest first");
    assert_eq!(store.baseline_runs(None).await.unwrap().len(), 3);
}

async fn one_process_goes_on_with_a_run(database: Database) {
    let store = database.open().await;
    let first = run("a", 1, 1);
    assert!(store.add_baseline_run(&first).await.unwrap());
    let other = BaselineRun { names: "other".to_owned(), ..first.clone() };
    assert!(!store.add_baseline_run(&other).await.unwrap(), "there is one of this name");
    assert!(store.baseline_run_lives("a", "one", Moment::new(5)).await.unwrap());
    assert!(!store.baseline_run_lives("a", "two", Moment::new(6)).await.unwrap());
    assert!(!store.take_baseline_run(&first, "two", Moment::new(7)).await.unwrap(), "it lives");
    let read = store.baseline_run("a").await.unwrap().unwrap();
    assert!(store.take_baseline_run(&read, "two", Moment::new(7)).await.unwrap());
    assert!(!store.take_baseline_run(&read, "three", Moment::new(8)).await.unwrap(), "two was faster");
    assert!(!store.baseline_run_lives("a", "one", Moment::new(9)).await.unwrap(), "it is not its any more");

    let end = RunEnd { at: Moment::new(10), revision: Some(Revision::new(7)), report: "done".to_owned() };
    store.end_baseline_run("a", &end).await.unwrap();
    let other = RunEnd { at: Moment::new(11), revision: None, report: "again".to_owned() };
    store.end_baseline_run("a", &other).await.unwrap();
    let ended = store.baseline_run("a").await.unwrap().unwrap();
    assert_eq!(ended.end.as_ref(), Some(&end), "it ends once");
    assert!(!store.take_baseline_run(&ended, "two", Moment::new(12)).await.unwrap());
}

async fn answers_of_applications_are_kept_in_their_order(database: Database) {
    let store = database.open().await;
    let answer = |uri: &str, answer: Result<&str, &str>| LocalAnswer {
        uri: uri.to_owned(),
        answer: answer.map(str::to_owned).map_err(str::to_owned),
    };
    let answers = [answer("u:2", Ok("b:2")), answer("u:1", Err("locked"))];
    for it in &answers {
        store.add_local_answer("a", it).await.unwrap();
    }
    store.add_local_answer("b", &answer("u:3", Ok("b:3"))).await.unwrap();
    assert_eq!(store.local_answers("a").await.unwrap(), answers);
    assert_eq!(store.local_answers("c").await.unwrap(), []);
}

crate::on_each_database!(
    a_run_is_found_by_its_id_and_by_its_user,
    one_process_goes_on_with_a_run,
    answers_of_applications_are_kept_in_their_order,
);
