//! The walk of the seed example, step by step on the command line; tags and CSV of the same project area.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::demo::Running;
use crate::remote::token_of;
use crate::support::{Folder, Ran, run};

/// The people of the demo again, in a project area in which nothing is made yet.
const BEFORE: &str = r#"
bailiwick: 1
project_areas:
  - application: gc
    name: Car
    template: Global Configuration Management
    access: everyone
    administrators: [ada]
    members: {lena: [configuration-lead], carl: [contributor]}
    team_areas:
      - name: Tuning Team
        members: {bob: [configuration-lead], tia: [contributor]}
        permissions:
          - {role: contributor, operation: gc.save-stream, actions: [modify-attributes]}
"#;

/// Who signs in, with `secret` as the password.
const PEOPLE: [(&str, &str); 5] = [
    ("root", "cm9vdDpzZWNyZXQ="),
    ("ada", "YWRhOnNlY3JldA=="),
    ("lena", "bGVuYTpzZWNyZXQ="),
    ("carl", "Y2FybDpzZWNyZXQ="),
    ("bob", "Ym9iOnNlY3JldA=="),
];

pub(crate) const AREA: &str = "gc:Car";
pub(crate) const MOTOR: &str = "gc:Car#component:Motor";
pub(crate) const MOTOR_1: &str = "gc:Car#Motor/stream:Motor 1.0";
const BETA: &str = "gc:Car#Motor/stream:Motor - Performance Beta 0.0";
const SPORT: &str = "gc:Car#Car/stream:Sport 2.0";
const LEADS: &[&str] = &["lena"];
pub(crate) const TEAM: &[&str] = &["bob", "tia"];

pub(crate) struct Car {
    _running: Running,
    url: String,
    tokens: BTreeMap<&'static str, String>,
    folder: Folder,
}

impl Car {
    pub(crate) fn start() -> Self {
        let folder = Folder::new();
        let running = Running::start("demo", &folder.path("data"), "Ctrl-C");
        let token = |(id, basic): (&'static str, &str)| {
            let headers = format!("Authorization: Basic {basic}\r\nContent-Type: application/json\r\n");
            let scopes: &[&str] =
                if id == "root" { &["read", "decide", "write", "administer"] } else { &["read", "write"] };
            (id, folder.file(id, token_of(&running.address, &headers, scopes)))
        };
        let tokens = PEOPLE.map(token).into();
        let url = format!("http://{}", running.address);
        let car = Self { _running: running, url, tokens, folder };
        let before = car.folder.file("before.yaml", BEFORE);
        assert_eq!(car.ask("root", "import", &[&before, "--yes"]).status, 0);
        car
    }

    /// What a command of one or two words comes to, when somebody gives it.
    pub(crate) fn ask(&self, user: &str, command: &str, arguments: &[&str]) -> Ran {
        let server = ["--server", &self.url, "--token-file", &self.tokens[user]];
        run(command.split(' ').chain(server).chain(arguments.iter().copied()))
    }

    /// The same of what is done, as JSON.
    pub(crate) fn done(&self, user: &str, command: &str, arguments: &[&str]) -> Value {
        let ran = self.ask(user, command, &[arguments, &["--json"]].concat());
        assert_eq!(ran.status, 0, "{user} {command} {arguments:?}: {ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    fn refused(&self, user: &str, command: &str, arguments: &[&str]) {
        let ran = self.ask(user, command, arguments);
        assert_eq!((ran.status, &*ran.stdout), (2, ""), "{user} {command} {arguments:?}: {ran:?}");
        assert!(ran.stderr.contains("may not"), "{ran:?}");
    }

    /// Who of the people of the example may modify the attributes of it.
    pub(crate) fn may_modify(&self, item: &str) -> Vec<&'static str> {
        let operation = match item {
            it if it.contains("#component:") => "gc.save-component/modify-attributes",
            it if it.contains("/baseline:") => "gc.save-baseline/modify-attributes",
            _ => "gc.save-stream/modify-attributes",
        };
        let who = self.done("root", "who-can", &[operation, item]);
        let may = |id: &&str| who.as_array().unwrap().iter().any(|it| it["user"] == *id);
        ["ada", "lena", "carl", "bob", "tia"].into_iter().filter(may).collect()
    }

    fn contains(&self, configuration: &str) -> Vec<String> {
        let all = self.done("lena", "contribution list", &[configuration]);
        let text = |it: &Value| it["configuration"].as_str().unwrap().to_owned();
        all.as_array().unwrap().iter().map(text).collect()
    }
}

#[test]
fn the_walk_of_the_seed_example_on_the_command_line() {
    let car = Car::start();

    // Motor begins unassigned; what it begins with inherits.
    let motor = car.done("lena", "component create", &[AREA, "Motor", "--description", "What turns"]);
    assert_eq!((&motor["team_area"], &motor["description"]), (&json!("unassigned"), &json!("What turns")));
    let inherits = |user: &str, configuration: &str| {
        let shown = car.ask(user, "configuration show", &[configuration]);
        let rows: Vec<&str> = shown.stdout.lines().filter(|it| it.starts_with("team area ")).collect();
        assert!(matches!(rows[..], [row] if row.ends_with(" unassigned (inherited)")), "{shown:?}");
    };
    for initial in
        ["gc:Car#Motor/stream:Motor Initial Stream", "gc:Car#Motor/baseline:Motor Initial Baseline"]
    {
        inherits("carl", initial);
        assert_eq!(car.may_modify(initial), LEADS);
    }

    // Both streams come from the initial baseline, and copy its setting.
    for (name, reference) in [("Motor 1.0", MOTOR_1), ("Motor - Performance Beta 0.0", BETA)] {
        let from = ["--kind", "stream", "--name", name, "--from", "baseline:Motor Initial Baseline"];
        car.refused("carl", "configuration create", &[&[MOTOR], &from[..]].concat());
        let made = car.done("lena", "configuration create", &[&[MOTOR], &from[..]].concat());
        assert_eq!((&made["reference"], &made["team_area"]), (&json!(reference), &json!("inherit")));
        inherits("bob", reference);
    }

    // Sport 2.0 is put together from several components.
    for name in ["Battery", "Car"] {
        car.done("lena", "component create", &[AREA, name]);
    }
    let from = ["--kind", "stream", "--name", "Sport 2.0", "--from", "stream:Car Initial Stream"];
    car.done("lena", "configuration create", &[&["gc:Car#component:Car"], &from[..]].concat());
    let battery = "Battery/stream:Battery Initial Stream";
    for part in [battery, MOTOR_1] {
        car.done("lena", "contribution add", &[SPORT, part]);
    }
    car.done("lena", "contribution reorder", &[SPORT, MOTOR_1]);
    assert_eq!(car.contains(SPORT), ["Motor/stream:Motor 1.0", battery]);

    // Beta takes the place of Motor 1.0.
    let replace = [SPORT, MOTOR_1, "--by", BETA];
    car.refused("bob", "contribution replace", &replace);
    car.done("lena", "contribution replace", &replace);
    assert_eq!(car.contains(SPORT), ["Motor/stream:Motor - Performance Beta 0.0", battery]);

    // The team gets Beta and nothing else.
    assert_eq!(car.may_modify(BETA), LEADS);
    car.refused("bob", "configuration edit", &[BETA, "--team-area", "Tuning Team"]);
    let edited = car.done("ada", "configuration edit", &[BETA, "--team-area", "Tuning Team", "--yes"]);
    assert_eq!(edited["effective_team_area"], "Tuning Team");
    assert_eq!(car.may_modify(BETA), TEAM);
    for other in [MOTOR, MOTOR_1, SPORT, "gc:Car#Motor/stream:Motor Initial Stream"] {
        assert_eq!(car.may_modify(other), LEADS, "{other}");
    }

    // What is derived from Beta is theirs; outsiders cannot touch it, members of the project area included.
    let derive =
        [MOTOR, "--kind", "baseline", "--name", "Beta 0.1", "--from", "stream:Motor - Performance Beta 0.0"];
    for outsider in ["lena", "carl", "ada"] {
        car.refused(outsider, "configuration create", &derive);
        car.refused(outsider, "configuration edit", &[BETA, "--description", "mine"]);
        car.refused(outsider, "configuration archive", &[BETA]);
    }
    assert_eq!(car.done("bob", "configuration create", &derive)["team_area"], "Tuning Team");
    assert_eq!(car.may_modify("gc:Car#Motor/baseline:Beta 0.1"), ["bob"]);
    let next = [MOTOR, "--kind", "stream", "--name", "Beta 1.0", "--from", "baseline:Beta 0.1"];
    car.done("bob", "configuration create", &next);
    assert_eq!(car.may_modify("gc:Car#Motor/stream:Beta 1.0"), TEAM);

    // In the car, which is not theirs, they replace their own by their own, and nothing else.
    let next = "gc:Car#Motor/stream:Beta 1.0";
    car.refused("bob", "contribution remove", &[SPORT, BETA]);
    car.refused("bob", "contribution replace", &[SPORT, BETA, "--by", MOTOR_1]);
    car.done("bob", "contribution replace", &[SPORT, BETA, "--by", next]);
    assert_eq!(car.contains(SPORT), ["Motor/stream:Beta 1.0", battery]);
    car.done("bob", "contribution replace", &[SPORT, next, "--by", BETA]);

    // Motor set to the team opens what inherits, at once, and that is shown beforehand.
    let open = [AREA, "component:Motor", "--team-area", "Tuning Team"];
    let before = car.done("root", "edit-attributes", &[&open[..], &["--preview"]].concat());
    // Motor, its initial stream and baseline, Motor 1.0
    assert_eq!((&before["impact"]["items"], &before["revision"]), (&json!(4), &Value::Null), "{before}");
    assert_eq!(car.may_modify(MOTOR_1), LEADS);
    car.done("lena", "edit-attributes", &[&open[..], &["--yes"]].concat());
    for item in [MOTOR_1, "gc:Car#Motor/stream:Motor Initial Stream", BETA] {
        assert_eq!(car.may_modify(item), TEAM, "{item}");
    }

    // Set back, it closes; Beta stays explicit. Who is not there to be asked is shown what it would close.
    let unasked = car.ask("ada", "component edit", &[MOTOR, "--team-area", "unassigned"]);
    assert!(unasked.status == 2 && unasked.stdout.contains("those that inherit included"), "{unasked:?}");
    assert!(unasked.stderr.contains("nothing was changed"), "{unasked:?}");
    assert_eq!(car.may_modify(MOTOR_1), TEAM);
    car.done("ada", "component edit", &[MOTOR, "--team-area", "unassigned", "--yes"]);
    assert_eq!(car.may_modify(MOTOR_1), LEADS);
    assert_eq!(car.may_modify(BETA), TEAM);
    assert_eq!(car.done("carl", "configuration show", &[BETA])["team_area"], "Tuning Team");

    // The team cannot be put away while it governs something, unless something else does then.
    let team = "gc:Car@Tuning Team";
    let asked = car.ask("root", "team-area archive", &[team]);
    assert!(asked.status == 2 && asked.stderr.contains("what governs them instead"), "{asked:?}");
    let unasked = car.ask("root", "team-area archive", &[team, "--replacement", "unassigned"]);
    assert!(unasked.stdout.contains("lose") && unasked.stderr.contains("nothing was changed"), "{unasked:?}");
    let put_away = car.done("root", "team-area archive", &[team, "--replacement", "unassigned", "--yes"]);
    assert_eq!(put_away["archived"], true);
    assert_eq!(car.done("carl", "configuration show", &[BETA])["team_area"], "unassigned");
    assert_eq!(car.may_modify(BETA), LEADS);
    assert_eq!(car.done("root", "team-area unarchive", &[team])["archived"], false);
}

/// Types of attributes, of which one can be changed on baselines.
const TYPES: &str = r#"
bailiwick: 1
project_areas:
  - application: gc
    name: Car
    attribute_types:
      - {id: state, type: enumeration, values: [open, done], required: true, default: open, editable_on_baselines: true}
      - {id: weight, type: number}
"#;

#[test]
fn attributes_links_and_shared_queries_are_kept_on_the_command_line() {
    let car = Car::start();
    let types = car.folder.file("types.yaml", TYPES);
    assert_eq!(car.ask("root", "import", &[&types, "--yes"]).status, 0);
    let made = ["--attribute", "weight=7", "--link", "https://a.b"];
    let motor = car.done("lena", "component create", &[&[AREA, "Motor"], &made[..]].concat());
    assert_eq!(motor["attributes"], json!({"state": "open", "weight": 7}));
    assert_eq!(motor["links"], json!(["https://a.b"]));
    let relink = [MOTOR, "--add-link", "https://c.d", "--remove-link", "https://a.b"];
    assert_eq!(car.done("lena", "component edit", &relink)["links"], json!(["https://c.d"]));
    let unlinked = car.done("lena", "component edit", &[MOTOR, "--remove-link", "https://c.d"]);
    assert_eq!(unlinked.get("links"), None);

    let stream = [MOTOR, "--kind", "stream", "--name", "1.0", "--from", "stream:Motor Initial Stream"];
    car.done("lena", "configuration create", &[&stream[..], &["--attribute", "weight=1"]].concat());
    let baseline = [MOTOR, "--kind", "baseline", "--name", "1.0 R", "--from", "stream:1.0"];
    car.done("lena", "configuration create", &baseline);
    let edit = |attribute: &str| {
        let edit = [AREA, "Motor/baseline:1.0 R", "--attribute", attribute, "--yes", "--json"];
        let ran = car.ask("lena", "edit-attributes", &edit);
        (ran.status, serde_json::from_str::<Value>(&ran.stdout).unwrap())
    };
    let (status, frozen) = edit("weight=2");
    assert_eq!((status, &frozen["refused"]), (1, &json!(1)), "{frozen}");
    assert_eq!(edit("state=done").0, 0);
    assert_eq!(edit("state=lost").0, 1);

    let query = [AREA, "Done", "--where", "attribute=state:done", "--description", "What is done"];
    car.refused("carl", "shared-query create", &query);
    car.done("lena", "shared-query create", &query);
    assert_eq!(car.done("carl", "shared-query list", &[AREA])[0]["name"], "Done");
    let found = car.done("carl", "shared-query run", &[AREA, "Done", "configurations"]);
    assert_eq!((&found["total"], &found["items"][0]["name"]), (&json!(1), &json!("1.0 R")));
    car.done("lena", "shared-query edit", &[AREA, "Done", "--name", "Ready", "--where", "kind=stream"]);
    let kept = &car.done("carl", "shared-query list", &[AREA])[0];
    assert_eq!((&kept["name"], &kept["description"]), (&json!("Ready"), &json!("What is done")));
    car.done("lena", "shared-query delete", &[AREA, "Ready"]);
    assert_eq!(car.ask("carl", "shared-query list", &[AREA]).stdout, "There are no shared queries.\n");

    let cost = |kind: &str| format!("{{\"id\": \"cost\", \"type\": \"{kind}\"}}");
    for kind in ["number", "string"] {
        car.done("root", "types set", &[AREA, "attribute", &cost(kind)]);
        let types = car.done("carl", "types list", &[AREA]);
        let types = types["attribute_types"].as_array().unwrap();
        let cost: Vec<_> = types.iter().filter(|it| it["id"] == "cost").map(|it| &it["type"]).collect();
        assert_eq!(cost, [kind]);
    }
    car.done("root", "types delete", &[AREA, "attribute", "cost"]);
    assert_eq!(car.ask("root", "types delete", &[AREA, "attribute", "cost"]).status, 2);
}

#[test]
fn what_is_made_on_the_command_line_is_put_away_and_taken_out_again() {
    let car = Car::start();
    car.done("lena", "component create", &[AREA, "Motor", "--tag", "drive"]);
    let make = |kind: &str, name: &str, from: &str| {
        car.done("lena", "configuration create", &[MOTOR, "--kind", kind, "--name", name, "--from", from])
    };
    make("stream", "Motor 1.0", "stream:Motor Initial Stream");
    for (noun, reference) in [("configuration", MOTOR_1), ("component", MOTOR)] {
        for (verb, archived) in [("archive", true), ("unarchive", false)] {
            let put_away = car.done("lena", &format!("{noun} {verb}"), &[reference]);
            assert_eq!(put_away["archived"], archived, "{noun}");
        }
    }
    let staging = make("staging", "Ready", "stream:Motor 1.0");
    let committed = car.done("lena", "configuration commit", &[staging["reference"].as_str().unwrap()]);
    assert_eq!(committed["reference"], "gc:Car#Motor/baseline:Ready");
    assert_eq!(make("personal", "Mine", "stream:Motor 1.0")["owner"], "lena");

    let renamed =
        car.done("lena", "component edit", &[MOTOR, "--name", "Engine", "--description", "It turns"]);
    assert_eq!((&renamed["name"], &renamed["description"]), (&json!("Engine"), &json!("It turns")));
    let engine = "gc:Car#component:Engine";
    let cleared = car.done("lena", "component edit", &[engine, "--description", ""]);
    assert_eq!(cleared.get("description"), None);
    for (command, said) in [
        (&["component show", "gc:Car#component:Nothing"][..], "no such thing"),
        (&["component edit", engine], "required"),
        (
            &["contribution reorder", "gc:Car#Engine/stream:Motor 1.0", "Engine/stream:Nothing"],
            "no contribution",
        ),
    ] {
        let ran = car.ask("lena", command[0], &command[1..]);
        assert!(ran.status == 2 && ran.stderr.contains(said), "{command:?}: {ran:?}");
    }

    let parts = ["https://rm.example.com/1", "https://rm.example.com/2"];
    let stream = "gc:Car#Engine/stream:Motor 1.0";
    car.done("lena", "contribution add", &[stream, parts[1]]);
    car.done("lena", "contribution add", &[stream, parts[0], "--at", "1"]);
    assert_eq!(car.contains(stream), parts);
    car.done("lena", "contribution remove", &[stream, parts[0]]);
    assert_eq!(car.contains(stream), parts[1..]);
}

#[test]
fn tags_are_made_renamed_and_deleted_on_the_command_line() {
    let car = Car::start();
    car.done("lena", "tag create", &[AREA, "drive", "--description", "What turns"]);
    car.done("lena", "component create", &[AREA, "Motor", "--tag", "drive"]);
    car.done("lena", "tag create", &[AREA, "drive/old"]);
    car.refused("carl", "tag rename", &[AREA, "drive", "engine"]);
    assert_eq!(car.done("lena", "tag rename", &[AREA, "drive", "engine"])["items"], 1);
    assert_eq!(car.done("carl", "component show", &[MOTOR])["tags"], json!(["engine"]));
    let listed = car.ask("carl", "tag list", &[AREA, "--output", "csv"]).stdout;
    assert_eq!(listed, "name,items,description\nengine,1,What turns\nengine/old,0,\n");
    car.done("lena", "tag delete", &[AREA, "engine"]);
    assert_eq!(car.ask("lena", "tag list", &[AREA]).stdout, "There are no tags.\n");
}

#[test]
fn lines_of_csv_are_shown_imported_and_refused_one_by_one() {
    let car = Car::start();
    let of_car = ["--project-area", AREA];
    let import = |user: &str, what: &str, file: &str, more: &[&str]| {
        car.ask(user, "import", &[&["--csv", what, file], &of_car[..], more].concat())
    };
    let parts = car.folder.file("parts.csv", "name,description\nMotor,What turns\nBattery,\n");
    let shown = import("lena", "components", &parts, &["--preview"]);
    assert!(shown.status == 0 && shown.stdout.contains("2 components"), "{shown:?}");
    let unasked = import("lena", "components", &parts, &[]);
    assert!(unasked.status == 2 && unasked.stderr.contains("nothing was imported"), "{unasked:?}");
    let refused = import("carl", "components", &parts, &["--yes"]);
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(refused.stdout.contains("2 problems; nothing was imported.\n"), "{refused:?}");
    let export = |what: &str, more: &[&str]| {
        car.ask("lena", "export", &[&["--csv", what], &of_car[..], more].concat())
    };
    assert_eq!(export("components", &[]).stdout.lines().count(), 1, "{:?}", export("components", &[]));
    let done = import("lena", "components", &parts, &["--yes"]);
    assert!(done.status == 0 && done.stdout.contains("Imported as revision "), "{done:?}");

    let components = export("components", &[]);
    assert!(components.status == 0 && components.stdout.contains("Motor"), "{components:?}");
    let again = car.folder.file("again.csv", &components.stdout);
    let again = import("lena", "components", &again, &["--yes"]);
    assert!(again.status == 0 && again.stdout.starts_with("Nothing to change"), "{again:?}");
    let below = export("configurations", &["--below", "Motor/stream:Motor Initial Stream"]);
    assert_eq!((below.status, below.stdout.lines().count()), (0, 2), "{below:?}");
    let slips = car.folder.file("slips.csv", "component,kind,name,from\nMotor,stream,1.0,baseline:None\n");
    let slips = import("lena", "configurations", &slips, &["--yes", "--output", "csv"]);
    assert!(slips.status == 1 && slips.stdout.starts_with("line,column,message\n2,"), "{slips:?}");
}
