//! A directory of 50,000 people and 500 groups. How long each thing takes is told, and not judged.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use server::Ldap;

use super::{
    Directory, asking, beginning, group, group_name, mapping, name_of, password_of, person, somebody, told_of,
};

const PEOPLE: usize = 50_000;
const GROUPS: usize = 500;

#[tokio::test(flavor = "multi_thread")]
async fn a_large_directory_is_taken_over_and_kept_equal() {
    let began = Instant::now();
    let mut told = String::new();
    let mut tell = |what: &str, since: Instant| {
        let _ = write!(told, "{what} {:.2} s; ", since.elapsed().as_secs_f64());
    };
    let id = |number: usize| format!("p{number:05}");
    let mut entries = beginning();
    (0..PEOPLE).for_each(|number| entries.push_str(&person(&somebody(&id(number)))));
    for number in 0..GROUPS {
        let members: Vec<_> = (0..PEOPLE).skip(number).step_by(GROUPS).map(|it| name_of(&id(it))).collect();
        entries.push_str(&group(&format!("g{number:03}"), &members));
    }
    let everybody: Vec<_> = (0..PEOPLE).map(|number| name_of(&id(number))).collect();
    entries.push_str(&group("everybody", &everybody));
    let directory = Directory::start(&entries);
    tell("slapadd", began);
    let ldap = Ldap {
        page: 500,
        timeout: Duration::from_secs(60),
        groups: mapping(&[("everybody", "JazzUsers")]),
        ..told_of(&directory)
    };
    let running = asking(ldap).await;
    let team = "gc/Electric Vehicle/Tuning Team";
    let bindings: Vec<_> = (0..20)
        .map(|number| json!({"group": group_name(&format!("g{number:03}")), "area": team, "role": "configuration-lead"}))
        .collect();
    let bound = json!({"group_bindings": bindings});
    assert_eq!(running.here(Method::PATCH, "root", "/api/v1/settings", bound).await.0, 200);

    let began = Instant::now();
    let (status, preview) = running.sync("?preview=true").await;
    assert_eq!((status, preview["created"].as_array().map(Vec::len)), (200, Some(PEOPLE)));
    tell("the first preview", began);
    let began = Instant::now();
    let (status, report) = running.sync("").await;
    assert_eq!((status, report["created"].as_array().map(Vec::len)), (200, Some(PEOPLE)));
    assert_eq!(report["bindings"][0]["given"].as_array().map(Vec::len), Some(20 * PEOPLE / GROUPS));
    tell("the first sync", began);
    let began = Instant::now();
    let (_, report) = running.sync("").await;
    assert_eq!(report["created"], json!([]));
    tell("one that changes nothing", began);
    for number in 0..100 {
        directory.replace(&name_of(&id(number)), "cn", "Renamed");
    }
    directory.leave("everybody", &name_of(&id(1)));
    directory.remove(&name_of(&id(2)));
    let began = Instant::now();
    let (status, preview) = running.sync("?preview=true").await;
    assert_eq!((status, preview["renewed"].as_array().map(Vec::len)), (200, Some(99)));
    assert!(
        preview["losses"].as_array().is_some_and(|losses| losses.iter().any(|it| it["user"] == "p00001"))
    );
    tell("a preview of a hundred changes", began);
    let began = Instant::now();
    assert_eq!(running.sync("").await.1["vanished"], json!(["p00002"]));
    tell("the same done", began);
    let began = Instant::now();
    assert!(running.sign_in(&id(49_999), &password_of(&id(49_999))).await.is_some());
    tell("signing in", began);
    println!("{PEOPLE} people, {GROUPS} groups: {told}");
}
