//! Pictures of pages, for whoever looks at how they are: `cargo xtask screenshots` and `cargo xtask
//! pictures`.

use std::path::PathBuf;

use serde_json::json;

use crate::pages::friends::befriended;
use crate::pages::{DESKTOP, PHONE, signed_in};
use crate::running::{BETA, Database, MODIFY, MOTOR, Running, demo_of, query, told_by, why};
use crate::web_driver::{Browser, Scripts};

/// Name, who looks, and where.
fn shots(server: &Running, key: &str) -> Vec<(String, &'static str, String)> {
    let area = |name: &str| {
        let id = server.organisation.project_areas().find(|(_, area, _)| *area.name == *name);
        id.map(|(id, ..)| id.number()).unwrap_or_default()
    };
    let vehicle = area("Electric Vehicle");
    let team =
        server.organisation.team_areas(governance::Id::new(vehicle)).next().map_or(0, |it| it.number());
    let mut shots = vec![
        ("sign-in".to_owned(), "", "/sign-in".to_owned()),
        ("home".to_owned(), "root", "/".to_owned()),
        ("home-bob".to_owned(), "bob", "/".to_owned()),
        ("why".to_owned(), "bob", why("/why", "bob", MODIFY, MOTOR)),
        ("why-allowed".to_owned(), "bob", why("/why", "bob", MODIFY, BETA)),
        ("search".to_owned(), "lena", "/search?q=motor".to_owned()),
        ("context".to_owned(), "lena", "/context".to_owned()),
        ("nothing".to_owned(), "lena", "/nowhere".to_owned()),
        ("project-areas".to_owned(), "root", "/project-areas".to_owned()),
        ("new-project-area".to_owned(), "root", "/project-areas/new".to_owned()),
        ("requests".to_owned(), "lena", "/access-requests".to_owned()),
    ];
    let configuration = |name: &str| {
        let all = server.organisation.configurations().find(|(_, it)| *it.name == *name);
        all.map_or(0, |(id, _)| id.number())
    };
    let (sport, motor) = (configuration("Electric Vehicle - Sport 2.0"), configuration("Motor 1.0"));
    for (name, who, path) in [
        ("configurations", "lena", "/configurations".to_owned()),
        ("components", "lena", "/components".to_owned()),
        ("component", "lena", "/components/0".to_owned()),
        ("configuration", "lena", format!("/configurations/{motor}")),
        ("configuration-refused", "bob", format!("/configurations/{motor}")),
        ("hierarchy", "ada", format!("/configurations/{sport}/hierarchy?as=bob&at=root")),
        ("picture", "ada", format!("/configurations/{sport}/picture")),
        ("baselines", "ada", format!("/configurations/{sport}/baselines")),
        ("vocabulary", "ada", format!("/project-areas/{vehicle}/vocabulary")),
        ("tables", "ada", format!("/project-areas/{vehicle}/tables")),
    ] {
        shots.push((name.to_owned(), who, path));
    }
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
        let name = if tab.is_empty() { "overview" } else { &tab[1..] };
        shots.push((format!("area-{name}"), "ada", format!("/project-areas/{vehicle}{tab}")));
    }
    let development = area("Development");
    for tab in ["timelines", "team-areas", "history"] {
        shots.push((format!("development-{tab}"), "root", format!("/project-areas/{development}/{tab}")));
    }
    shots.push(("preconditions".to_owned(), "ada", format!("/project-areas/{vehicle}/preconditions")));
    shots.push(("items".to_owned(), "root", format!("/project-areas/{}/items?item=1", area("Requirements"))));
    let cell = "permissions?cell=contributor%20gc.save-stream&with=days:30";
    shots.push(("team-cell".to_owned(), "ada", format!("/team-areas/{team}/{cell}")));
    let of_server = [
        ("users", "/users"),
        ("users-found", "/users?q=b&licence=elm-practitioner"),
        ("new-user", "/new-user"),
        ("user-import", "/user-import"),
        ("lock-outs", "/lock-outs"),
        ("user", "/users/bob"),
        ("user-access", "/users/bob/access"),
        ("user-sign-in", "/users/bob/sign-in"),
        ("groups", "/groups"),
        ("licences", "/licences"),
        ("licence", "/licences/elm-practitioner"),
        ("licences-unused", "/licences/unused"),
        ("access-groups", "/access-groups"),
        ("access-group-new", "/access-groups/new"),
        ("registries", "/registries"),
        ("settings", "/settings"),
        ("documents", "/documents"),
        ("process-templates", "/process-templates"),
        ("process-template", "/process-templates/Global%20Configuration%20Management"),
        ("audit", "/audit"),
        ("audit-revision", "/audit/1"),
        ("audit-refusals", "/refusals"),
        ("audit-verify", "/audit/verify?verify=yes"),
        ("me", "/me"),
    ];
    shots.extend(of_server.map(|(name, path)| (name.to_owned(), "root", path.to_owned())));
    let of_friends = [
        ("friends", "/friends".to_owned()),
        ("friend-new", "/new-friend".to_owned()),
        ("friend", "/friends/Powertrain".to_owned()),
        ("friend-processes", "/friends/Powertrain/processes".to_owned()),
        ("friend-settings", "/friends/Powertrain/settings".to_owned()),
        ("consumers", "/consumers".to_owned()),
        ("consumer-new", "/new-consumer".to_owned()),
        ("consumer", format!("/consumers/{key}")),
        ("handshakes-refused", "/refused-handshakes".to_owned()),
        ("sharing-from-friend", format!("/project-areas/{vehicle}/sharing?from=Powertrain")),
    ];
    shots.extend(of_friends.map(|(name, path)| (name.to_owned(), "root", path)));
    let change = query(&[("kind", "team-area"), ("what", MOTOR), ("team", "Tuning Team")]);
    let asked = query(&[("change", &change), ("user", "bob"), ("operation", MODIFY), ("item", MOTOR)]);
    shots.push(("what-if".to_owned(), "ada", format!("/what-if?{asked}")));
    shots.push(("what-if-nothing".to_owned(), "ada", "/what-if".to_owned()));
    let asked = query(&[("operation", MODIFY), ("item", BETA)]);
    shots.push(("who-can".to_owned(), "root", format!("/who-can?{asked}")));
    let asked = query(&[("user", "bob"), ("operation", MODIFY)]);
    shots.push(("what-can".to_owned(), "root", format!("/what-can?{asked}")));
    for tab in ["", "/members", "/permissions", "/team-areas"] {
        let name = if tab.is_empty() { "overview" } else { &tab[1..] };
        shots.push((format!("team-{name}"), "bob", format!("/team-areas/{team}{tab}")));
    }
    shots
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_can_be_looked_at() {
    let Some(folder) = std::env::var_os("BAILIWICK_SCREENSHOTS").map(PathBuf::from) else { return };
    let only = std::env::var("BAILIWICK_SCREENSHOTS_OF").unwrap_or_default();
    std::fs::create_dir_all(&folder).unwrap();
    let ([server, _there], key) = befriended().await;
    let mut painted = Vec::new();
    for (size, width) in [(DESKTOP, "desktop"), (PHONE, "phone")] {
        let mut looks = "";
        let mut browser = Browser::start(size, Scripts::On).await;
        for (name, who, path) in shots(&server, &key) {
            if !name.contains(&only) {
                continue;
            }
            if looks != who {
                looks = who;
                browser = signed_in(&server, who, size, Scripts::On).await;
            }
            browser.open(&format!("{}{path}", server.base)).await;
            browser.reads("h1", "").await;
            painted.push((first_paint(&browser).await, format!("{name} ({width})")));
            for theme in ["light", "dark"] {
                browser.look(theme).await;
                let picture = browser.picture().await;
                std::fs::write(folder.join(format!("{name}-{width}-{theme}.png")), picture).unwrap();
            }
            browser.look("light").await;
        }
    }
    painted.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    if let (Some((median, _)), Some((most, page))) = (painted.get(painted.len() / 2), painted.last()) {
        println!(
            "first paint of {} pages: median {median:.0} ms, slowest {most:.0} ms ({page})",
            painted.len()
        );
    }
}

/// How long after it was asked for a page is seen, in milliseconds.
async fn first_paint(browser: &Browser) -> f64 {
    let script = "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN";
    browser.run(script, json!([])).await.as_f64().unwrap_or(f64::NAN)
}

/// What the demo shows, as far as a README can.
#[tokio::test]
async fn the_readme_shows_the_demo() {
    let Some(folder) = std::env::var_os("BAILIWICK_PICTURES").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).unwrap();
    let demo = told_by(include_str!("../../../../stories/gcm/tuning-team.yaml"));
    let users = Some(demo_of(&["bob", "lena", "ada"]));
    let server = Running::start_on(demo, Database::Sqlite, |config| config.demo = users).await;
    let motor = server.organisation.configurations().find(|(_, it)| *it.name == *"Motor 1.0");
    let motor = motor.map_or(0, |(id, _)| id.number());
    // What of the page is the point of it is brought into sight.
    for (name, who, path, size, sight) in [
        ("why", "bob", why("/why", "bob", MODIFY, MOTOR), (1040, 1000), "scrollTo(0, 316)"),
        (
            "impact",
            "ada",
            format!("/configurations/{motor}"),
            (1040, 680),
            "document.querySelector('#field-team_area').scrollIntoView({ block: 'center' })",
        ),
        (
            "permissions",
            "ada",
            "/project-areas/0/permissions".to_owned(),
            // Every column of it.
            (1200, 680),
            "const group = [...document.querySelectorAll('.matrix .group')].find((it) => it.textContent.includes('gc.save-stream'));
            document.querySelector('.matrix').scrollTop = group.offsetTop - 53;",
        ),
    ] {
        let browser = signed_in(&server, who, DESKTOP, Scripts::On).await;
        browser.fits(size.0, size.1).await;
        browser.open(&format!("{}{path}", server.base)).await;
        browser.is_at(&path).await;
        if name == "impact" {
            browser.choose("#field-team_area", "Tuning Team").await;
            browser.reads(".savebar .change", "gain").await;
        }
        browser.run(sight, json!([])).await;
        for theme in ["light", "dark"] {
            browser.look(theme).await;
            std::fs::write(folder.join(format!("{name}-{theme}.png")), browser.view().await).unwrap();
        }
    }
}
