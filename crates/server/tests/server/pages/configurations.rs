//! Pages of global configurations: who sees what, what may be changed, and the walk of the Tuning Team.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::access::{LONG, assert_sound};
use super::{DESKTOP, areas, signed_in};
use crate::running::{BETA, Database, MOTOR, Running, demo_of, password, query, told_by};
use crate::web_driver::Scripts;

const SPORT: &str = "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0";

/// The number of a configuration or component.
async fn number(server: &Running, reference: &str) -> u64 {
    let address = format!("/api/v1/items?{}", query(&[("reference", reference)]));
    let item: Value = server.get_as("root", &address).await.json().await.unwrap();
    item["number"].as_u64().unwrap()
}

async fn page(server: &Running, who: &str, path: &str) -> (StatusCode, String) {
    let request = server.client.get(format!("{}{path}", server.base)).header("accept", "text/html");
    let response = request.basic_auth(who, Some(password(who))).send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

async fn post(server: &Running, who: &str, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
    let request = server.client.post(format!("{}{path}", server.base)).header("accept", "text/html");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(query(fields));
    let response = request.basic_auth(who, Some(password(who))).send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_history_tells_what_changed_and_who_approved_and_a_name_of_its_own_is_enough_to_compare() {
    let server = Running::start_with(Database::Sqlite, Some(demo_of(&["root", "lena", "bob"]))).await;
    let motor = number(&server, MOTOR).await;
    let (status, told) =
        server.post_as("lena", &format!("/api/v1/configurations/{motor}/approvals"), &json!({})).await;
    assert_eq!(status, 200, "{told}");
    let rename = [("name", "Motor 1.1"), ("upon", "*"), ("team_area", "Tuning Team")];
    let path = format!("/configurations/{motor}");
    let (mut status, mut text) = post(&server, "lena", &path, &rename).await;
    if let Some((_, rest)) =
        text.split_once("name=\"reviewed\" value=\"").filter(|_| status == StatusCode::OK)
    {
        let reviewed = rest.split('"').next().unwrap().to_owned();
        (status, text) =
            post(&server, "lena", &path, &[&rename[..], &[("reviewed", &*reviewed)]].concat()).await;
    }
    assert_eq!(status, StatusCode::SEE_OTHER, "{text}");
    let history = server.page_as("bob", &format!("{path}/history")).await;
    for part in ["approval", "Motor 1.0", "Motor 1.1", "Tuning Team"] {
        assert!(history.contains(part), "{part}: {history}");
    }
    // A row for what is another, in the words of the page, and none for what is the same.
    for row in [
        "<th scope=\"row\" data-label=\"What\">Team Area</th><td class=\"before said\" data-label=\"Before\">Inherited</td>\
         <td class=\"after said\" data-label=\"After\">Tuning Team</td>",
        "data-label=\"What\">Approval lena</th>",
    ] {
        assert!(history.contains(row), "{row}: {history}");
    }
    assert!(!history.contains("carried"), "{history}");
    // Every tab says what it is of.
    assert!(history.contains("<span class=\"badge plain\">stream</span>"), "{history}");
    let with = "Motor - Performance Beta 0.0";
    let compared = server.page_as("bob", &format!("{path}/compare?{}", query(&[("with", with)]))).await;
    assert!(compared.contains("difference") && !compared.contains("There is no configuration"), "{compared}");
}

#[tokio::test]
async fn every_page_of_a_configuration_is_there_for_those_who_see_it_and_absent_for_others() {
    let server = Running::start(Database::Sqlite).await;
    let sport = number(&server, SPORT).await;
    for tab in ["", "/hierarchy", "/picture", "/where-used", "/compare", "/baselines", "/history", "/new"] {
        let (status, text) = page(&server, "bob", &format!("/configurations/{sport}{tab}")).await;
        assert_eq!(status, StatusCode::OK, "{tab}: {text}");
        assert!(text.contains("Electric Vehicle - Sport 2.0"), "{tab}");
        assert_eq!(text.matches("<h1").count(), 1, "{tab}");
    }
    for path in
        ["/configurations", "/components", "/components/new", "/configurations?sort=-component&kind=stream"]
    {
        let (status, _) = page(&server, "bob", path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
    }
    let (status, text) = page(&server, "bob", "/configurations?team_area=nowhere").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text.contains("There is no team area") || text.contains("there is no team area"), "{text}");
}

#[tokio::test]
async fn the_tree_opens_and_closes_by_links_and_marks_what_somebody_may_edit() {
    let server = Running::start_with(Database::Sqlite, Some(demo_of(&["root", "lena", "bob", "gus"]))).await;
    let (sport, beta) = (number(&server, SPORT).await, number(&server, BETA).await);
    let (_, open) = page(&server, "lena", &format!("/configurations/{sport}/hierarchy")).await;
    assert!(open.contains("Motor - Performance Beta 0.0"), "{open}");
    let (_, shut) = page(&server, "lena", &format!("/configurations/{sport}/hierarchy?shut=root")).await;
    assert!(!shut.contains(&format!("data-path=\"{beta}\"")), "{shut}");
    let (_, seen) = page(&server, "root", &format!("/configurations/{sport}/hierarchy?as=bob")).await;
    assert!(seen.contains("✎ Bob may edit") && seen.contains("Bob may not edit"), "{seen}");
    // A button that would be refused is not one.
    let at = format!("/configurations/{sport}/hierarchy?at={beta}");
    let (_, told) = page(&server, "gus", &at).await;
    let button = told.split("<button").find(|it| it.contains("Replace everywhere")).unwrap();
    assert!(button.contains("disabled"), "{button}");
    let (_, told) = page(&server, "bob", &at).await;
    let button = told.split("<button").find(|it| it.contains("Replace everywhere")).unwrap();
    assert!(!button.contains("disabled"), "{button}");
    let (_, told) = page(&server, "root", &format!("/configurations/{sport}/new")).await;
    let button = told.split("<button").find(|it| it.contains("Make it")).unwrap();
    assert!(!button.contains("disabled"), "{button}");
    let (_, told) = page(&server, "gus", &format!("/configurations/{sport}/new")).await;
    let button = told.split("<button").find(|it| it.contains("Make it")).unwrap();
    assert!(button.contains("disabled"), "{button}");
    // Whoever may not ask about others is told so, and nothing of what these may do.
    let (_, told) = page(&server, "gus", &format!("/configurations/{sport}/hierarchy?as=bob")).await;
    assert!(told.contains("about whom you may ask") && !told.contains("Bob may not edit"), "{told}");
    // What somebody else has taken out does not take the page with it.
    let (status, told) = page(&server, "gus", &format!("/configurations/{sport}/hierarchy?at=99")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(told.contains("not in this place any more"), "{told}");
    // The picture tells whole names to those who do not see it.
    let (_, told) = page(&server, "gus", &format!("/configurations/{sport}/picture")).await;
    assert!(told.contains(">Motor - Performance Beta 0.0 (Motor): stream, "), "{told}");
    let (_, told) = page(&server, "lena", &format!("/configurations/{sport}/hierarchy?q=beta")).await;
    assert!(told.contains("Show in the tree"), "{told}");
}

#[tokio::test]
async fn home_and_histories_begin_with_what_became_of_a_contribution() {
    let server = Running::start_with(Database::Sqlite, Some(demo_of(&["root", "lena", "ada"]))).await;
    let (sport, motor) = (number(&server, SPORT).await, number(&server, MOTOR).await);
    let below = format!("/api/v1/configurations/{sport}/contributions");
    let (status, told) = server.post_as("lena", &below, &json!({"configuration": motor.to_string()})).await;
    assert!(status == 200 || status == 201, "{told}");
    let added = "Added contribution Motor 1.0 of Electric Vehicle - Sport 2.0";
    for path in ["/".to_owned(), format!("/configurations/{sport}/history")] {
        let page = server.page_as("ada", &path).await;
        assert!(page.contains(added), "{path}: {page}");
    }
    // What was made before them is told by what it did to the areas of whoever looks, and not by its users.
    let home = server.page_as("ada", "/").await;
    assert!(home.contains("Made project area Electric Vehicle") && !home.contains("Made user"), "{home}");
}

#[tokio::test]
async fn a_wide_tree_is_gone_through_page_by_page() {
    let numbers = 0..600;
    let components =
        numbers.clone().map(|it| format!("      - {{name: Wheel {it:03}}}\n")).collect::<String>();
    let stream = |it: usize| format!("Wheel {it:03}/stream:Wheel {it:03} Initial Stream");
    // Of the last ones each contains the next.
    let chain =
        |it| format!("      - {{to: \"{}\", configurations: [\"{}\"]}}\n", stream(it), stream(it + 1));
    let chain: String = (450..599).map(chain).collect();
    let streams = numbers.map(|it| format!("          - \"{}\"\n", stream(it)));
    let told = format!(
        "bailiwick: 1\nusers:\n  - {{id: root, groups: [JazzAdmins], licenses: [elm-practitioner]}}\n\
         project_areas:\n  - application: gc\n    name: Car\n    \
         template: Global Configuration Management\n    access: everyone\n    components:\n      - {{name: Car}}\n\
         {components}    contributions:\n{chain}      - to: \"Car/stream:Car Initial Stream\"\n        configurations:\n{}",
        streams.collect::<String>(),
    );
    let server = Running::start_on(told_by(&told), Database::Sqlite, |config| {
        config.demo = Some(demo_of(&["root"]));
    })
    .await;
    let car = number(&server, "gc:Car#Car/stream:Car Initial Stream").await;
    let last = number(&server, "gc:Car#Wheel 599/stream:Wheel 599 Initial Stream").await;
    let path = format!("/configurations/{car}/hierarchy");
    let (_, first) = page(&server, "root", &path).await;
    assert!(first.contains("Wheel 498 Initial") && !first.contains("Wheel 499 Initial"), "{}", first.len());
    assert!(first.contains(&format!("href=\"{path}?from=500\"")));
    // Below what it is in, the next rows.
    let (_, next) = page(&server, "root", &format!("{path}?from=500")).await;
    assert!(
        next.contains("data-path=\"\"") && next.contains("Wheel 499 Initial") && next.contains("Wheel 599")
    );
    assert!(
        !next.contains("Wheel 498 Initial") && next.contains(&format!("href=\"{path}\">The rows before"))
    );
    // What is chosen or found is shown where it is.
    let (_, chosen) = page(&server, "root", &format!("{path}?at={last}")).await;
    assert!(chosen.contains("is-here") && chosen.contains(&format!("data-path=\"{last}\"")));
    let (_, found) = page(&server, "root", &format!("{path}?q=wheel")).await;
    assert!(found.contains("And 500 more"), "{}", found.len());
    // What is deeper than a tree opens has one of its own.
    let [top, deep] = [450, 550].map(|it| format!("gc:Car#{}", stream(it)));
    let (top, deep) = (number(&server, &top).await, number(&server, &deep).await);
    let (_, opened) = page(&server, "root", &format!("/configurations/{top}/hierarchy?level=150")).await;
    let own = format!("href=\"/configurations/{deep}/hierarchy\" aria-label=\"Open Wheel 550");
    assert!(opened.contains(&own) && !opened.contains("Wheel 551"), "{opened}");
    let (_, picture) = page(&server, "root", &format!("/configurations/{car}/picture")).await;
    assert!(picture.contains("201 more are below or beside them"), "{}", picture.len());
}

#[tokio::test]
async fn what_is_not_in_the_form_stays_and_what_is_refused_is_kept_in_it() {
    let server = Running::start(Database::Sqlite).await;
    let motor = number(&server, MOTOR).await;
    let path = format!("/configurations/{motor}");
    let tag = |text: &str| {
        text.split("name=\"upon\" value=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#34;", "\"")
    };
    // Bob's team does not govern it: the fields are there to be read.
    let (_, text) = page(&server, "bob", &path).await;
    assert!(text.contains("<fieldset class=\"form\" disabled>") && text.contains("Why not?"), "{text}");
    let upon = tag(&text);
    let (status, text) = post(&server, "bob", &path, &[("name", "Motor 1.1"), ("upon", &upon)]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(text.contains("value=\"Motor 1.1\"") && text.contains("Nothing was saved"), "{text}");
    let (status, _) =
        post(&server, "lena", &path, &[("name", "Motor 1.1"), ("description", "Tuned"), ("upon", &upon)])
            .await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let now: Value = server.get_as("root", &format!("/api/v1{path}")).await.json().await.unwrap();
    assert_eq!(
        (&now["name"], &now["description"], &now["team_area"]),
        (&"Motor 1.1".into(), &"Tuned".into(), &"inherit".into())
    );
    // Whoever read it before that sees both versions.
    let (status, text) = post(&server, "lena", &path, &[("name", "Motor 1.2"), ("upon", &upon)]).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    assert!(text.contains("Motor 1.1") && text.contains("Motor 1.2"), "{text}");
}

#[tokio::test]
async fn many_are_edited_at_once_and_each_is_told_of() {
    let server = Running::start(Database::Sqlite).await;
    let (motor, beta) = (number(&server, MOTOR).await.to_string(), number(&server, BETA).await.to_string());
    let chosen =
        [("what", "configurations"), ("item", &*motor), ("item", &*beta), ("back", "/configurations")];
    let (status, text) = post(&server, "bob", "/edit-attributes", &chosen).await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("Motor 1.0, Motor - Performance Beta 0.0"), "{text}");
    let preview = [&chosen[..], &[("description", "Fast"), ("step", "preview")]].concat();
    let (_, text) = post(&server, "bob", "/edit-attributes", &preview).await;
    assert!(text.contains("1 changed") && text.contains("1 refused"), "{text}");
    let reviewed =
        text.split("name=\"reviewed\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let save = [&chosen[..], &[("description", "Fast"), ("step", "save"), ("reviewed", &*reviewed)]].concat();
    let (_, text) = post(&server, "bob", "/edit-attributes", &save).await;
    assert!(text.contains("Saved as revision"), "{text}");
    let odd = [&chosen[..], &[("attributes", "colour red"), ("step", "preview")]].concat();
    let (status, text) = post(&server, "bob", "/edit-attributes", &odd).await;
    assert!(status == StatusCode::BAD_REQUEST && text.contains("colour red</code> has no"), "{text}");
    let all = [
        ("what", "configurations"),
        ("all", "yes"),
        ("query", "kind=stream"),
        ("add_tags", "fast"),
        ("step", "preview"),
    ];
    let (_, text) = post(&server, "lena", "/edit-attributes", &all).await;
    assert!(text.contains("refused") && text.contains("changed"), "{text}");
}

async fn the_stream_goes_to_the_team(scripts: Scripts) {
    let server = Running::start(Database::Sqlite).await;
    let motor = number(&server, MOTOR).await;
    let browser = signed_in(&server, "lena", DESKTOP, scripts).await;
    browser.open(&format!("{}/configurations/{motor}", server.base)).await;
    browser.reads("h1", "Motor 1.0").await;
    browser.choose("#field-team_area", "Tuning Team").await;
    if scripts == Scripts::Off {
        browser.click(".savebar button.primary").await;
    }
    // Who gains and who loses is shown before it is done, as far as she may ask about them.
    browser.reads(".savebar .change", "Lena loses").await;
    browser.click(".savebar button.primary").await;
    browser.reads(".notice.ok", "Saved").await;
    browser.reads(".facts", "Tuning Team").await;
    assert_eq!(browser.complaints().await, [""; 0]);
    // Bob's it is now, and no longer Lena's.
    let browser = signed_in(&server, "bob", DESKTOP, scripts).await;
    browser.open(&format!("{}/configurations/{motor}", server.base)).await;
    browser.reads(".savebar", "Save changes").await;
    browser.type_into("#field-description", "Ours").await;
    browser.click(".savebar button.primary").await;
    browser.reads(".notice.ok", "Saved").await;
}

#[tokio::test]
async fn a_stream_is_given_to_the_tuning_team_on_its_attributes() {
    the_stream_goes_to_the_team(Scripts::On).await;
    the_stream_goes_to_the_team(Scripts::Off).await;
}

#[tokio::test]
async fn streams_are_given_to_the_tuning_team_by_multi_select() {
    let server = Running::start(Database::Sqlite).await;
    for scripts in [Scripts::On, Scripts::Off] {
        let browser = signed_in(&server, "lena", DESKTOP, scripts).await;
        browser.open(&format!("{}/configurations?name_prefix=Motor%201.0", server.base)).await;
        browser.reads("h1", "Configurations").await;
        browser.click(".listed input[name='item']").await;
        browser.click("form[action='/edit-attributes'] button").await;
        browser.reads("h1", "Edit attributes").await;
        browser.choose("#field-team_area", "Tuning Team").await;
        browser.click("button[value='preview']").await;
        if scripts == Scripts::On {
            browser.reads("#outcome", "What this comes to").await;
            browser.reads(".change", "Lena loses").await;
            browser.click("button[value='save']").await;
            browser.reads("#outcome", "Done").await;
        } else {
            // It is the team's by now, and Lena's no longer.
            browser.reads("main", "1 refused").await;
        }
        assert_eq!(browser.complaints().await, [""; 0]);
    }
    let journal: Value = server.get_as("root", "/api/v1/journal?limit=1").await.json().await.unwrap();
    assert!(journal["items"][0]["impact"].is_object(), "the journal keeps who gained and lost: {journal}");
}

#[tokio::test]
async fn pages_of_configurations_are_sound() {
    let server = Running::start(Database::Sqlite).await;
    let (sport, motor) =
        (number(&server, SPORT).await, number(&server, "gc:Electric Vehicle#component:Motor").await);
    let (area, _) = areas(&server, "Electric Vehicle");
    let mut paths: Vec<String> =
        ["/configurations", "/configurations?sort=-kind&tag=x", "/components", "/components/new"]
            .map(str::to_owned)
            .to_vec();
    for tab in [
        "",
        "/hierarchy",
        "/hierarchy?at=root&as=bob",
        "/picture",
        "/where-used",
        "/compare",
        "/baselines",
        "/history",
        "/new",
    ] {
        paths.push(format!("/configurations/{sport}{tab}"));
    }
    let with = query(&[("with", &number(&server, BETA).await.to_string())]);
    paths.push(format!("/configurations/{}/compare?{with}", number(&server, MOTOR).await));
    let component = json!({"name": LONG});
    let (status, made) =
        server.post_as("lena", &format!("/api/v1/project-areas/{area}/components"), &component).await;
    assert_eq!(status, 201, "{made}");
    let long = number(&server, &format!("gc:Electric Vehicle#{LONG}/stream:{LONG} Initial Stream")).await;
    for tab in ["", "/hierarchy", "/picture"] {
        paths.push(format!("/configurations/{long}{tab}"));
    }
    paths.push(format!("/components/{motor}"));
    paths.push(format!("/project-areas/{area}/vocabulary"));
    paths.push(format!("/project-areas/{area}/tables"));
    assert_sound(&server, "ada", &paths).await;
}

#[tokio::test]
async fn the_tree_is_walked_by_keyboard() {
    let server = Running::start(Database::Sqlite).await;
    let sport = number(&server, SPORT).await;
    let browser = signed_in(&server, "lena", DESKTOP, Scripts::On).await;
    browser.open(&format!("{}/configurations/{sport}/hierarchy", server.base)).await;
    browser.reads("#tree[role=treegrid]", "Motor - Performance Beta 0.0").await;
    // Left closes the row in which somebody is, right opens it and goes on, a space ticks it.
    browser.run("document.querySelector('#tree tbody tr').focus()", json!([])).await;
    browser.press("\u{e012}").await;
    browser.reads("#tree tr[aria-expanded=false]", "Electric Vehicle - Sport 2.0").await;
    assert!(browser.address().await.contains("shut=root"));
    browser.press("\u{e014}").await;
    browser.reads("#tree tr[aria-level='2']", "Motor - Performance Beta 0.0").await;
    browser.press("\u{e014} ").await;
    let ticked = "return document.activeElement.querySelector('input:checked') !== null";
    assert_eq!(browser.run(ticked, json!([])).await, true);
    assert_eq!(browser.complaints().await, [""; 0]);
}

#[tokio::test]
async fn whoever_signs_in_sees_the_configurations_that_they_may() {
    let ids = ["root", "pam", "ada", "lena", "carl", "bob", "tia", "gus", "nora", "user5", "user7"];
    let server = Running::start_with(Database::Sqlite, Some(demo_of(&ids))).await;
    for who in ids {
        let (status, text) = page(&server, who, "/configurations?name=motor").await;
        assert_eq!(status, StatusCode::OK);
        assert!(text.contains("Motor 1.0"), "everyone reads Electric Vehicle, {who} too");
    }
}

#[tokio::test]
async fn many_tags_come_in_pages_and_each_can_be_changed() {
    let server = Running::start_with(Database::Sqlite, Some(demo_of(&["root", "lena"]))).await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let path = format!("/project-areas/{area}/vocabulary");
    let tags: Vec<String> = (0..150).map(|at| format!("tag{at:03}")).collect();
    let motor =
        format!("/api/v1/components/{}", number(&server, "gc:Electric Vehicle#component:Motor").await);
    let request = server.client.patch(format!("{}{motor}", server.base)).header("If-Match", "*");
    let request = request.basic_auth("root", Some(password("root"))).json(&json!({"tags": tags}));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    let kept = json!({"name": "Ours", "criteria": {"tag": ["tag007"], "component": "Motor"}});
    let queries = format!("/api/v1/project-areas/{area}/shared-queries");
    assert_eq!(server.post_as("root", &queries, &kept).await.0, 400, "no component is called so");
    let kept = json!({"name": "Ours", "criteria": {"tag": ["tag007", "none"], "team_area": "Tuning Team"}});
    assert_eq!(server.post_as("root", &queries, &kept).await.0, 201);
    let (_, first) = page(&server, "root", &path).await;
    assert!(first.contains("tag099") && !first.contains("tag100") && first.contains("150 tags"), "{first}");
    // Both lists by a query, with what it names that is not there.
    for told in ["/configurations?tag=tag007", "/components?tag=tag007", "there is no tag <code>none</code>"]
    {
        assert!(first.contains(told), "{told}: {first}");
    }
    let (_, next) = page(&server, "root", &format!("{path}?after=100&tag=tag003")).await;
    assert!(next.contains("tag149") && !next.contains("tag099"), "{next}");
    assert!(next.contains("Change tag003"), "what is changed may be on another page: {next}");
}
