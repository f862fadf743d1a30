//! Components, configurations and contributions as CSV.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::sync::Arc;

use document::{CsvExport, CsvTable, Limits, Source, export, import_csv, load};
use governance::{Act as _, AreaId, Organisation, View};
use serde_json::json;

const STORY: &[u8] = include_bytes!("../../../stories/gcm/tuning-team.yaml");

/// Words and a local contribution besides, so that every column has something.
const WORDS: &[u8] = br#"
bailiwick: 1
project_areas:
  - application: gc
    name: Electric Vehicle
    link_types: [{id: satisfies}]
    attribute_types:
      - {id: cost, type: number}
      - {id: asil, type: enumeration, values: [QM, D], multiple: true}
    components:
      - name: Motor
        description: "Drives, and \"brakes\".\nTwo lines."
        tags: [safety/brake, fast]
        attributes: {cost: 7.5, asil: [D], other: {any: thing}, text: "7"}
        links: ["https://a.b", {uri: "https://c.d", type: satisfies}]
        configurations:
          - {kind: stream, name: Motor 1.0, tags: ["with, comma"], links: ["https://a.b"], attributes: {cost: 3}}
          - {kind: baseline, name: Without attributes, from: "stream:Motor 1.0"}
    contributions:
      - to: "Battery/stream:Battery 1.0"
        configurations: ["https://rm.example.com/rm/cm/stream/_42"]
"#;

fn story() -> Organisation {
    let source = |name: &str, text| Source { name: name.into(), text };
    load(&[source("story", STORY), source("words", WORDS)], &Limits::default()).unwrap().organisation
}

fn view(organisation: &Organisation, user: &str) -> View {
    View::of(Arc::new(organisation.clone()), organisation.user_by_id(user).unwrap()).unwrap()
}

fn area(organisation: &Organisation) -> AreaId {
    organisation.area_at("gc/Electric Vehicle").unwrap()
}

fn exported(organisation: &Organisation, what: CsvTable) -> Vec<u8> {
    CsvExport::new(view(organisation, "root"), area(organisation), what, None).whole()
}

/// What an import by somebody makes of an organisation, or the report.
fn imported(
    organisation: &Organisation,
    user: &str,
    what: CsvTable,
    text: impl AsRef<[u8]>,
) -> Result<Organisation, String> {
    let source = Source { name: "x.csv".into(), text: text.as_ref() };
    let view = view(organisation, user);
    let done = import_csv(&source, what, &view, area(organisation), &Limits::default(), &|_| {});
    let done = done.map_err(|refused| refused.report.to_string())?;
    match done.act(organisation, view.asker_number(), organisation.leasable()) {
        Ok(acted) => Ok(organisation.after(&acted.events)),
        Err(governance::Refusal::Nothing) => Ok(organisation.clone()),
        Err(refusal) => Err(refusal.to_string()),
    }
}

#[track_caller]
fn refused(user: &str, what: CsvTable, text: impl AsRef<[u8]>, expected: &[&str]) {
    let report = imported(&story(), user, what, text).unwrap_err();
    assert_eq!(report.trim().lines().collect::<Vec<_>>(), expected);
}

#[test]
fn importing_what_is_there_changes_nothing() {
    let organisation = story();
    for what in CsvTable::ALL {
        let text = exported(&organisation, what);
        let again = imported(&organisation, "bob", what, &text).unwrap();
        assert_eq!(export(&again), export(&organisation), "{}", String::from_utf8(text).unwrap());
    }
}

#[test]
fn what_is_exported_and_imported_into_a_copy_without_items_is_the_same() {
    let organisation = story();
    let text = export(&organisation);
    // All but the items, which are the keys of the project area that come last.
    let end = text.find("    components:\n").unwrap();
    let words: Vec<&str> =
        text[end..].lines().skip_while(|line| !line.starts_with("    attribute_types:")).collect();
    let bare = format!("{}{}\n", &text[..end], words.join("\n"));
    let source = |text: &str| {
        let sources = [Source { name: "copy".into(), text: text.as_bytes() }];
        load(&sources, &Limits::default())
            .map(|it| it.organisation)
            .unwrap_or_else(|it| panic!("{it}\n{text}"))
    };
    let mut copy = source(&bare);
    assert_eq!(copy.components().count(), 0);
    for what in CsvTable::ALL {
        copy = imported(&copy, "root", what, exported(&organisation, what)).unwrap();
    }
    assert_eq!(export(&copy), text);
    // Lines are in order of numbers, which are others there.
    let lines = |of, what| {
        let text = String::from_utf8(exported(of, what)).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    for what in CsvTable::ALL {
        assert_eq!(lines(&copy, what), lines(&organisation, what));
    }
}

#[test]
fn what_a_line_is_made_from_may_come_later_and_is_archived_last() {
    let organisation = story();
    let mut text = String::from("component,kind,name,from,archived\n");
    for it in (1..=200).rev() {
        let from = if it == 1 { "Motor 1.0".to_owned() } else { format!("R{}", it - 1) };
        text.push_str(&format!("Motor,stream,R{it},stream:{from},{}\n", it == 1));
    }
    let made = imported(&organisation, "root", CsvTable::Configurations, text).unwrap();
    let motor = made.component_named(area(&made), "Motor").unwrap();
    let streams = made.configurations_of(motor).iter().filter_map(|id| made.configuration(*id));
    let archived: Vec<_> = streams.filter(|it| it.name.starts_with('R')).map(|it| it.archived).collect();
    assert_eq!((archived.len(), archived.iter().filter(|it| **it).count()), (200, 1));
    let circle = "component,kind,name,from\nMotor,stream,A,stream:B\nMotor,stream,B,stream:A\n";
    let said = [
        "x.csv:2:4: there is no `stream:B` of this component",
        "x.csv:3:4: there is no `stream:A` of this component",
    ];
    refused("root", CsvTable::Configurations, circle, &said);
}

#[test]
fn each_line_is_judged_as_the_command_that_it_means() {
    let organisation = story();
    let new = "name,description\nBrake,Stops.\n";
    let made = imported(&organisation, "lena", CsvTable::Components, new).unwrap();
    let brake = made.component_named(area(&made), "Brake").unwrap();
    assert_eq!(made.configurations_of(brake).len(), 2, "the initial stream and baseline");
    refused(
        "bob",
        CsvTable::Components,
        new,
        &[
            "x.csv:2:1: Bob may not create (gc.save-component) on the project area Electric Vehicle: no role of theirs that counts in Electric Vehicle grants create.",
        ],
    );
    // His team's variant is his, a line further it is not; nothing is done.
    let described = "component;kind;name;description\r\nMotor;stream;Motor - Performance Beta 0.0;Ours\r\n";
    let changed = imported(&organisation, "bob", CsvTable::Configurations, described).unwrap();
    assert_ne!(export(&changed), export(&organisation));
    let both = format!("{described}Motor;stream;Motor 1.0;Mine\r\n");
    let report = imported(&organisation, "bob", CsvTable::Configurations, both).unwrap_err();
    assert!(report.starts_with("x.csv:3:1: Bob may not modify attributes"), "{report}");
    // He may replace his own stream in the car by the second path.
    let replaced = "parent,position,contribution\n\"Electric Vehicle/stream:Electric Vehicle - Sport 2.0\",1,Motor/stream:Motor - Performance Beta 1.0\n";
    imported(&organisation, "bob", CsvTable::Contributions, replaced).unwrap();
}

#[test]
fn a_line_may_be_made_from_one_that_comes_after_it() {
    let text = "component\tkind\tname\tfrom\tteam_area\narchived".replace("\narchived", "\tarchived\n")
        + "Motor\tbaseline\tThird 1\tstream:Third\t\tfalse\nMotor\tstream\tThird\tbaseline:Motor Initial Baseline\tunassigned\t\n";
    let made = imported(&story(), "lena", CsvTable::Configurations, &text).unwrap();
    let motor = made.component_named(area(&made), "Motor").unwrap();
    assert!(made.configuration_named(motor, "baseline", "Third 1").is_some());
}

#[test]
fn a_new_configuration_begins_with_the_attributes_that_the_file_does_not_mention() {
    for (header, cell, expected) in [
        ("", "", Some(json!({"cost": 3}))),
        (",attributes.asil", r#","[""D""]""#, Some(json!({"cost": 3, "asil": ["D"]}))),
        (",attributes.cost", ",4", Some(json!({"cost": 4}))),
        (",attributes.cost", ",", None),
    ] {
        let text = format!("component,kind,name,from{header}\nMotor,baseline,B,stream:Motor 1.0{cell}\n");
        let made = imported(&story(), "lena", CsvTable::Configurations, &text).unwrap();
        let motor = made.component_named(area(&made), "Motor").unwrap();
        let new = made.configuration(made.configuration_named(motor, "baseline", "B").unwrap()).unwrap();
        assert_eq!(new.carried.get("attributes"), expected.as_ref(), "{text}");
    }
}

#[test]
fn a_quote_that_is_never_closed_is_told_where_it_begins() {
    let expected = |at: &str| {
        vec![format!(
            "x.csv:{at}: the quote that begins here is never closed: close it, and write one within a cell twice"
        )]
    };
    for (text, at) in [
        ("name,description\nBrake,\"Stops.\nClutch,Parts.\n", "2:2"),
        ("name,description\r\nA,\"x\ny\"\r\n\"Bra\"\"ke,z\r\n", "4:1"),
        ("name\n\"", "2:1"),
        ("\"name\nA\n", "1:1"),
    ] {
        let expected = expected(at);
        refused("lena", CsvTable::Components, text, &expected.iter().map(String::as_str).collect::<Vec<_>>());
    }
    // What stands in the middle of a cell is a letter like any other.
    let text = "name,description\nBrake,a \"b\" 7\"\n\"Clutch\",\"\"\"c\"\"\"\n";
    assert!(imported(&story(), "lena", CsvTable::Components, text).is_ok());
    // One that stands alone closes nothing, and the last record may begin above the last line.
    let text = "name,description\nBrake,7\" disc\nClutch,\"two\nlines\"\n";
    assert!(imported(&story(), "lena", CsvTable::Components, text).is_ok());
}

#[test]
fn what_is_wrong_with_a_file_is_told_at_its_line() {
    use CsvTable::{Components, Configurations, Contributions};
    refused(
        "lena",
        Components,
        "",
        &[
            "x.csv:1:1: the file is empty: begin with a header, such as `name,team_area,archived,description,tags,links`",
        ],
    );
    refused(
        "lena",
        Components,
        "name,colour,name\n",
        &[
            "x.csv:1:2: unknown column `colour`; expected one of `name`, `team_area`, `archived`, `description`, `tags`, `links`",
            "x.csv:1:3: the column `name` is there twice",
        ],
    );
    refused("lena", Components, "description\n", &["x.csv:1:1: missing column `name`"]);
    refused(
        "lena",
        Components,
        "name,tags\nBrake\n",
        &["x.csv:2:1: this line has 1 cells, the header 2: quote a cell that has the separator in it"],
    );
    refused(
        "lena",
        Components,
        b"\xef\xbb\xbfname\nBr\xe4ke\n",
        &["x.csv:2:1: this cell is not UTF-8: save the file as UTF-8"],
    );
    refused("lena", Components, b"\xff\xfen\0", &["x.csv:1:1: the file is UTF-16: save it as UTF-8"]);
    refused(
        "lena",
        Components,
        "name,team_area,archived\nA,Nowhere,\nB,,perhaps\nC,,\n",
        &[
            "x.csv:2:2: there is no team area `Nowhere`; expected `unassigned` or a path such as `Core/Tests`",
            "x.csv:3:3: expected `true` or `false`, found `perhaps`",
        ],
    );
    refused(
        "lena",
        Components,
        "name,attributes.cost,tags\nA,dear,\nB,,Safe\n",
        &[
            "x.csv:2:2: expected a number, or a list such as `[\"a\", \"b\"]`, found `dear`",
            "x.csv:3:1: component `B`: `Safe` is no tag: write `safe`",
        ],
    );
    refused(
        "lena",
        Configurations,
        "component,kind,name,from\nMoter,stream,A,\nMotor,branch,A,\nMotor,stream,A,\nMotor,stream,A,stream:B\nMotor,stream,Motor 1.0,stream:Motor 0.9\n",
        &[
            "x.csv:2:1: there is no component `Moter`",
            "x.csv:3:2: expected one of `stream`, `baseline`, `staging`, `personal`, found `branch`",
            "x.csv:4:3: a new configuration is made `from` a stream or baseline of its component, such as `baseline:Motor 1.0`",
            "x.csv:5:4: there is no `stream:B` of this component",
            "x.csv:6:4: it is not made from `stream:Motor 0.9`, and never will be",
        ],
    );
    refused(
        "lena",
        Contributions,
        "parent,position,contribution\nMotor/stream:Motor 1.0,1,Motor/stream:None\nMotor/stream:Motor 1.0,first,https://a.b\nBattery/stream:Battery 2.0,2,https://a.b\nBattery/stream:Battery 2.0,2,https://c.d\nBattery/stream:Battery 2.0,0,https://e.f\nBattery/stream:Battery 2.0,9,https://a.b\n",
        &[
            "x.csv:2:3: there is no configuration `Motor/stream:None`; expected `COMPONENT/stream:NAME` (or baseline, staging, personal)",
            "x.csv:3:2: expected a whole number from 1, found `first`",
            "x.csv:5:2: the position 2 of this parent is there twice",
            "x.csv:6:2: expected a whole number from 1, found `0`",
            "x.csv:7:3: this parent contains `https://a.b` twice",
        ],
    );
}
