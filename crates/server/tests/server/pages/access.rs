//! What axe-core, a console and a ruler find wrong with pages: nothing.

use serde_json::{Value, json};

use super::{DESKTOP, PHONE, areas, signed_in};
use crate::npm::install;
use crate::running::{Database, MODIFY, MOTOR, Running, why};
use crate::web_driver::{Browser, Scripts};

/// Everything that axe-core looks at, and what of it depends on the colours of a theme.
const ALL: &str =
    "{ type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }";
const COLOURS: &str = "{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }";

/// What axe-core, which is there already, says of a page: each rule with the first place where it is broken.
async fn found(browser: &Browser, rules: &str) -> Vec<String> {
    let script = format!(
        "const done = arguments[arguments.length - 1];
        axe.run(document, {{ runOnly: {rules} }})
            .then((it) => done(it.violations.map((it) => `${{it.id}}: ${{it.nodes[0].html}} ${{it.nodes[0].failureSummary}}`)));"
    );
    let violations = browser.run_for_long(&script, json!([])).await;
    let violations = violations.as_array().unwrap().iter();
    violations.map(|it| it.as_str().unwrap_or_default().to_owned()).collect()
}

/// How many questions stand above the page.
pub(super) async fn questions(browser: &Browser) -> u64 {
    let script =
        "return [...document.querySelectorAll('.question')].filter((it) => it.checkVisibility()).length";
    browser.run(script, json!([])).await.as_u64().unwrap()
}

/// How much moves while a page loads, and how far it sticks out of the window.
async fn moved(browser: &Browser) -> (f64, f64) {
    let script = "const done = arguments[arguments.length - 1];
        let sum = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((it) => { sum += it.value; }))
            .observe({ type: 'layout-shift', buffered: true });
        const out = document.documentElement.scrollWidth - innerWidth;
        setTimeout(() => done([sum, out]), 50);";
    let answer = browser.run_for_long(script, json!([])).await;
    let number = |at: usize| answer[at].as_f64().unwrap_or(f64::MAX);
    (number(0), number(1))
}

#[tokio::test]
async fn pages_are_sound_for_everybody_on_desktop_and_phone_in_light_and_dark() {
    let server = Running::start(Database::Sqlite).await;
    let (area, team) = areas(&server, "Electric Vehicle");
    let mut paths = vec![
        "/".to_owned(),
        why("/why", "ada", MODIFY, MOTOR),
        "/search?q=motor".to_owned(),
        "/context".to_owned(),
        "/access-requests".to_owned(),
        "/password".to_owned(),
        "/nowhere".to_owned(),
        "/project-areas".to_owned(),
        "/project-areas/new".to_owned(),
        format!("/project-areas/{area}/permissions?cell=default%20gc.save-stream&with=days:30"),
        format!("/project-areas/{area}/permissions?by=role&role=configuration-lead"),
        format!("/team-areas/{team}/permissions?edit=cells&q=streams"),
    ];
    for tab in [
        "",
        "/members",
        "/roles",
        "/permissions",
        "/timelines",
        "/access",
        "/team-areas",
        "/sharing",
        "/history",
    ] {
        paths.push(format!("/project-areas/{area}{tab}"));
    }
    paths.push(format!("/project-areas/{area}/preconditions"));
    paths.push("/process-templates".to_owned());
    paths.push("/process-templates/Scrum".to_owned());
    paths.push("/process-templates?edit=Scrum".to_owned());
    for tab in ["", "/members", "/roles", "/permissions", "/team-areas", "/history"] {
        paths.push(format!("/team-areas/{team}{tab}"));
    }
    // Names are as long as somebody makes them.
    let role = json!({"id": LONG, "name": LONG, "cardinality": "many"});
    let (status, answer) = server.post_as("ada", &format!("/api/v1/project-areas/{area}/roles"), &role).await;
    assert_eq!(status, 201, "{answer}");
    assert_sound(&server, "ada", &paths).await;
}

/// A name without a blank.
pub(super) const LONG: &str = "ELM_Powertrain_Control_Unit_Calibration_And_Diagnostics_Data";

/// Looks at pages as somebody who sees them, on desktop and phone, in light and dark.
pub(super) async fn assert_sound(server: &Running, who: &str, paths: &[String]) {
    let axe = std::fs::read_to_string(install("pages").join("node_modules/axe-core/axe.min.js")).unwrap();
    let mut wrong: Vec<String> = Vec::new();
    for size in [DESKTOP, PHONE] {
        let browser = signed_in(server, who, size, Scripts::On).await;
        for path in paths {
            browser.open(&format!("{}{path}", server.base)).await;
            browser.is_at(path).await;
            browser.reads("h1", "").await;
            browser.run(&axe, json!([])).await;
            for (theme, rules) in [("light", ALL), ("dark", COLOURS)] {
                browser.look(theme).await;
                let found = found(&browser, rules).await.into_iter();
                wrong.extend(found.map(|it| format!("{path} {size:?} {theme}: {it}")));
            }
            let (moved, out) = moved(&browser).await;
            if moved > 0.01 || out > 0.0 {
                wrong.push(format!("{path} {size:?}: {moved} moves, {out} pixels stick out"));
            }
            if questions(&browser).await > 0 {
                wrong.push(format!("{path} {size:?}: asks before anybody has done anything"));
            }
            let complaints = browser.complaints().await.into_iter();
            // Of a page that is not there the browser says so itself.
            wrong.extend(complaints.filter(|it| !it.contains("404")).map(|it| format!("{path}: {it}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_page_tells_how_long_it_took() {
    let server = Running::start_as(Database::Sqlite, |config| {
        config.metrics.token = Some(server::Token::new("a token of the metrics".to_owned()));
    })
    .await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let path = format!("/project-areas/{area}/permissions");
    let request = server.get(&path).header("accept", "text/html");
    let answer = request.basic_auth("ada", Some(crate::running::password("ada"))).send().await.unwrap();
    let timing = answer.headers()["server-timing"].to_str().unwrap().to_owned();
    assert!(timing.starts_with("app;dur="), "{timing}");
    let metrics = server.get("/metrics").bearer_auth("a token of the metrics").send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let took = "bailiwick_http_request_duration_seconds_count{route=\"/project-areas/{project_area}/permissions\",method=\"GET\"";
    assert!(metrics.contains(took), "{metrics}");
}

/// The element that has the focus, by its id or what it says.
async fn focused(browser: &Browser) -> String {
    let script = "const it = document.activeElement; return it.id || it.textContent.trim();";
    browser.run(script, json!([])).await.as_str().unwrap_or_default().to_owned()
}

const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";
const RIGHT: &str = "\u{E014}";
const DOWN: &str = "\u{E015}";

#[tokio::test]
async fn everything_is_reached_by_keyboard() {
    let server = Running::start(Database::Sqlite).await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let browser = signed_in(&server, "ada", DESKTOP, Scripts::On).await;
    // Past what every page has.
    browser.press(TAB).await;
    assert_eq!(focused(&browser).await, "Skip to the content");
    browser.press(ENTER).await;
    assert_eq!(focused(&browser).await, "main");
    // Search, from anywhere.
    browser.press("/").await;
    assert_eq!(focused(&browser).await, "find");
    browser.press(&format!("motor{ENTER}")).await;
    browser.is_at("/search?q=motor").await;
    browser.reads("main", "Motor 1.0").await;
    // The matrix: one stop of the tabulator, and from there by arrows.
    browser.open(&format!("{}/project-areas/{area}/permissions", server.base)).await;
    browser.reads("#matrix table[role=grid]", "Contributor").await;
    let stops = "return document.querySelectorAll('#matrix a[tabindex=\"0\"], #matrix[tabindex]').length";
    assert_eq!(browser.run(stops, json!([])).await, 1);
    browser.run("document.querySelector('#matrix a[tabindex=\"0\"]').focus()", json!([])).await;
    browser.press(&format!("{RIGHT}{DOWN}")).await;
    let place = "const cell = document.activeElement.closest('td'); \
                 const rows = [...document.querySelectorAll('#matrix tr:has(td)')]; \
                 return [cell.cellIndex, rows.indexOf(cell.parentElement)];";
    assert_eq!(browser.run(place, json!([])).await, json!([2, 1]));
    assert_eq!(browser.run(stops, json!([])).await, 1);
    // A form: a name for a team area, and its button.
    browser.open(&format!("{}/project-areas/{area}/team-areas", server.base)).await;
    browser.reads("h1", "Electric Vehicle").await;
    browser.run("document.getElementById('field-name').focus()", json!([])).await;
    browser.press(&format!("Brake Team{ENTER}")).await;
    browser.reads("h1", "Brake Team").await;
    let answer: Value =
        server.get_as("ada", &format!("/api/v1/project-areas/{area}/team-areas")).await.json().await.unwrap();
    assert!(answer.to_string().contains("Brake Team"), "{answer}");
}
