//! Hierarchies and many attributes at once, by commands that ask a running server.

use serde_json::Value;

use crate::remote::Served;
use crate::support::{MODIFY, MOTOR, run};

const SPORT: &str = "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0";
const BETA: &str = "Motor/stream:Motor - Performance Beta 0.0";
const NEWER_BETA: &str = "Motor/stream:Motor - Performance Beta 1.0";

#[test]
fn a_hierarchy_is_the_same_of_a_server_a_document_and_a_database() {
    let served = Served::start();
    let beta = format!("gc:Electric Vehicle#{BETA}");
    served.same("hierarchy show", &[SPORT]);
    served.same("hierarchy show", &[SPORT, "--level", "0", "--output", "csv"]);
    served.same("hierarchy where-used", &[&beta]);
    served.same("hierarchy where-used", &[&beta, "--direct", "--output", "csv"]);
    served.same("hierarchy skew", &[SPORT]);
    served.same("hierarchy compare", &[&beta, "--with", NEWER_BETA, "--output", "csv"]);
    served.same("hierarchy compare", &[MOTOR, "--with", BETA]);
    served.same(
        "hierarchy compare",
        &[MOTOR, "--with", BETA, "--base", "Motor/baseline:Motor Initial Baseline"],
    );
    let drawn = served.ask("hierarchy picture", &[SPORT, "--format", "graphml"]);
    assert_eq!((drawn.status, drawn.stdout.matches("<edge ").count()), (0, 1), "{drawn:?}");
    let nothing = served.ask("hierarchy show", &["gc:Electric Vehicle#Motor/stream:Nothing"]);
    assert_eq!(nothing.status, 2, "{nothing:?}");
}

#[test]
fn a_server_replaces_everywhere_and_branches() {
    let served = Served::start();
    let replace = [SPORT, "--replace", BETA, "--by", NEWER_BETA];
    let told = served.ask("hierarchy replace", &[&replace[..], &["--dry-run"]].concat());
    assert!(told.status == 0 && told.stdout.contains("would be"), "{told:?}");
    let done = served.ask("hierarchy replace", &replace);
    assert!(done.status == 0 && done.stdout.contains("Electric Vehicle - Sport 2.0  yes"), "{done:?}");
    let again = served.ask("hierarchy replace", &replace);
    assert!(again.status == 2 && again.stderr.contains("at any level"), "{again:?}");
    let branched = served.ask("hierarchy branch", &[SPORT, "--names", "{name} - Branch"]);
    assert_eq!(branched.status, 0, "{branched:?}");
    let shown = served.ask("hierarchy show", &[&format!("{SPORT} - Branch")]);
    assert!(shown.stdout.contains("└── Motor · stream Motor - Performance Beta 1.0 - Branch"), "{shown:?}");
    // One name for all will do where no component is there twice; but once.
    let same = [SPORT, "--names", "Branch"];
    assert_eq!(served.ask("hierarchy branch", &same).status, 0);
    let taken = served.ask("hierarchy branch", &same);
    assert!(taken.status == 2 && taken.stderr.contains("`Branch`"), "{taken:?}");
}

/// The seed example on the command line: the team gets the motor, is shown what that opens, and gives it
/// back.
#[test]
fn attributes_of_many_are_edited_after_a_look_at_who_gains_and_who_loses() {
    let served = Served::start();
    let edit =
        |arguments: &[&str]| served.ask("edit-attributes", &[&["gc:Electric Vehicle"], arguments].concat());
    let may = |user: &str| served.ask("explain", &[user, MODIFY, MOTOR]).status == 0;
    assert!(!may("bob") && may("lena"));
    let previewed = edit(&["component:Motor", "--team-area", "Tuning Team", "--preview"]);
    assert_eq!(previewed.status, 0, "{previewed:?}");
    assert!(previewed.stdout.contains("1 changed, 0 unchanged, 0 refused."), "{previewed:?}");
    assert!(previewed.stdout.contains("bob") && previewed.stdout.contains("those that inherit included"));
    assert!(!may("bob"), "a preview changes nothing");
    let unasked = edit(&["component:Motor", "--team-area", "Tuning Team"]);
    assert_eq!(unasked.status, 2, "{unasked:?}");
    assert!(unasked.stderr.contains("nothing was changed"), "{unasked:?}");
    let done = edit(&["component:Motor", "--team-area", "Tuning Team", "--yes"]);
    assert!(done.stdout.contains("Changed as revision"), "{done:?}");
    assert!(may("bob") && may("tia") && !may("lena") && !may("carl"));
    let found = served.ask("search", &["configurations", "motor 1.0", "--where", "kind=stream", "--json"]);
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(found["items"][0]["effective_team_area"], "Tuning Team", "{found}");
    let back = edit(&["--of", "components", "--where", "name=motor", "--team-area", "unassigned", "--yes"]);
    assert_eq!(back.status, 0, "{back:?}");
    assert!(!may("bob") && may("lena"));
    served.same("search", &["configurations", "beta", "--sort", "-name"]);
    served.same("search", &["components", "--where", "team_area=unassigned"]);
    let wrong = served.ask("search", &["configurations", "--where", "colour=red"]);
    assert_eq!(wrong.status, 2, "{wrong:?}");
    let refused = edit(&["component:Nothing", "--add-tag", "x", "--yes"]);
    assert_eq!(refused.status, 1, "{refused:?}");
}

#[test]
fn a_hierarchy_is_previewed_baselined_and_approved() {
    let served = Served::start();
    let sport = "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0";
    let ask = |verb: &str, arguments: &[&str]| {
        let group = if verb == "baseline" { "hierarchy" } else { "configuration" };
        let server = [group, verb, "--server", &served.url, "--token-file", &served.token];
        run([&server, arguments].concat())
    };
    let names = ["--names", "{name} R1", sport];
    let preview = ask("baseline", &[&["--preview"], &names[..]].concat());
    let made = "gc:Electric Vehicle#Electric Vehicle/baseline:Electric Vehicle - Sport 2.0 R1";
    assert_eq!(preview.status, 0, "{preview:?}");
    assert!(preview.stdout.contains(made), "{preview:?}");
    let nobody = ask("baseline", &names);
    assert!(nobody.status == 2 && nobody.stderr.contains("nobody is there to be asked"), "{nobody:?}");
    let done = ask("baseline", &[&["--yes"], &names[..]].concat());
    assert_eq!(done.status, 0, "{done:?}");
    assert!(done.stdout.ends_with(&format!("Revision 3: {made}\n")), "{done:?}");
    let again = ask("baseline", &[&["--yes"], &names[..]].concat());
    assert!(again.status == 0 && again.stdout.ends_with("Nothing had to be changed.\n"), "{again:?}");

    let approved = ask("approve", &[sport]);
    assert!(approved.status == 0 && approved.stdout.contains("root"), "{approved:?}");
    let withdrawn = ask("withdraw", &[sport]);
    assert_eq!((withdrawn.status, &*withdrawn.stdout), (0, "Nobody approves it.\n"), "{withdrawn:?}");
}
