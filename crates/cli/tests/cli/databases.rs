//! `plan`, `import`, `export`, `migrate`, and questions about what a database holds or held.

use std::process::Command;

use crate::support::{ELEVEN, Folder, MODIFY, MOTOR, Ran, TUNING, run};

/// A place for a database, as `--data DIR` or `--database URL` names it.
pub(crate) trait Place {
    fn arguments(&self) -> [String; 2];

    fn run(&self, command: &str, arguments: &[&str]) -> Ran {
        let [option, value] = self.arguments();
        run([command, &option, &value].into_iter().chain(arguments.iter().copied()))
    }
}

pub(crate) struct DataFolder(Folder);

impl DataFolder {
    pub(crate) fn new() -> Self {
        Self(Folder::new())
    }
}

impl Place for DataFolder {
    fn arguments(&self) -> [String; 2] {
        ["--data".to_owned(), self.0.path("data")]
    }
}

/// A database of its own in the PostgreSQL of the tests.
pub(crate) struct Postgres {
    server: String,
    name: String,
}

impl Postgres {
    pub(crate) fn new(name: &str) -> Self {
        let server = std::env::var("BAILIWICK_TEST_POSTGRES")
            .expect("BAILIWICK_TEST_POSTGRES names a PostgreSQL; `cargo xtask postgres -- cargo test -p cli` starts one");
        let name = format!("cli_{name}_{}", std::process::id());
        let place = Self { server, name };
        place.tool("createdb");
        place
    }

    fn tool(&self, program: &str) {
        let mut command = Command::new(program);
        let ran = command.arg(format!("--maintenance-db={}", self.server)).arg(&self.name).output().unwrap();
        assert!(ran.status.success(), "{program}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

impl Place for Postgres {
    fn arguments(&self) -> [String; 2] {
        let (server, parameters) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let server =
            server.rsplit_once('/').filter(|(before, _)| !before.ends_with('/')).map_or(server, |it| it.0);
        ["--database".to_owned(), format!("{server}/{}?{parameters}", self.name)]
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.tool("dropdb");
    }
}

#[track_caller]
fn came_to(ran: &Ran, status: i32, said: &str) {
    assert_eq!(ran.status, status, "{ran:?}");
    assert!(ran.stdout.contains(said) || ran.stderr.contains(said), "{said} in {ran:?}");
}

fn an_import_changes_what_its_plan_says(place: &impl Place) {
    came_to(&place.run("plan", &[TUNING]), 1, "created  9 users");
    came_to(
        &place.run("import", &[TUNING]),
        2,
        "error: nobody is there to be asked; nothing was imported\nhelp: ",
    );
    came_to(&place.run("import", &[TUNING, "--yes"]), 0, "Imported as revision 1.");
    came_to(&place.run("plan", &[TUNING]), 0, "Nothing to change: revision 1 says the same already.");
    came_to(&place.run("import", &[TUNING]), 0, "Nothing to change");

    let exported = place.run("export", &[]);
    assert_eq!(exported.stdout, run(["export", "--org", TUNING]).stdout);
    let folder = Folder::new();
    let file = folder.file("export.yaml", &exported.stdout);
    came_to(&place.run("plan", &[&file, "--replace"]), 0, "Nothing to change");

    // The second file is laid over: nothing of the first goes away.
    let imported = place.run("apply", &[ELEVEN, "--yes", "--json"]);
    assert_eq!(imported.status, 0, "{imported:?}");
    let value: serde_json::Value = serde_json::from_str(&imported.stdout).unwrap();
    assert_eq!(value["revision"], 2);
    came_to(&place.run("explain", &["bob", MODIFY, MOTOR]), 1, "Bob may not");

    // Replacing takes away what the document does not have.
    let plan = place.run("plan", &[&file, "--replace"]);
    came_to(&plan, 1, "archived  11 users");
    came_to(&place.run("import", &[&file, "--replace", "--yes"]), 0, "Imported as revision 3.");

    // Every revision is still there to be asked about.
    let users = |at: &str| {
        let exported = place.run("export", &["--at-revision", at]);
        assert_eq!(exported.status, 0, "{exported:?}");
        exported.stdout.matches("id: user").count()
    };
    assert_eq!((users("0"), users("1"), users("2")), (0, 0, 11));
    assert_eq!((users("2020-01-01T00:00:00Z"), users("2020-01-01T00:00:00+01:00")), (0, 0));
    let to_come = "2998-12-31T23:00:00Z is still to come\nhelp: the newest revision is 3";
    came_to(&place.run("export", &["--at-revision", "2999-01-01T00:00:00+01:00"]), 2, to_come);
    came_to(&place.run("export", &["--at-revision", "9"]), 2, "there is no revision 9");
    came_to(&place.run("migrate", &[]), 0, " is up to date, at revision 3.");
}

#[test]
fn an_import_changes_what_its_plan_says_on_sqlite() {
    an_import_changes_what_its_plan_says(&DataFolder::new());
}

#[test]
fn an_import_changes_what_its_plan_says_on_postgresql() {
    an_import_changes_what_its_plan_says(&Postgres::new("import"));
}

#[test]
fn a_plan_makes_nothing_and_neither_does_an_import_that_fails() {
    let place = DataFolder::new();
    let exists = || std::path::Path::new(&place.0.path("data")).exists();
    came_to(&place.run("plan", &[TUNING]), 1, "created");
    came_to(&place.run("import", &[TUNING]), 2, "nobody is there to be asked");
    let wrong = place.0.file("wrong.yaml", "bailiwick: 1\nusers: [{id: a, groups: [Nobody]}]\n");
    came_to(&place.run("import", &[&wrong, "--yes"]), 2, "wrong.yaml:2:26: users[0].groups[0]: ");
    came_to(&place.run("import", &[TUNING, "--json"]), 2, "add `--yes`");
    for command in ["export", "plan"] {
        let file = if command == "plan" { &["nowhere.yaml"] as &[&str] } else { &[] };
        assert_eq!(place.run(command, file).status, 2);
    }
    came_to(&place.run("export", &[]), 2, "error: there is no database at `");
    assert!(!exists());
}

#[test]
fn a_plan_comes_in_every_form() {
    let place = DataFolder::new();
    let plan = |form| place.run("plan", &[TUNING, "--output", form]).stdout;
    assert!(plan("csv").starts_with("change,kind,name\ncreated,user,root\n"), "{}", plan("csv"));
    let value: serde_json::Value = serde_json::from_str(&plan("json")).unwrap();
    assert_eq!(value["changes"][0]["name"], "root");
    assert!(plan("yaml").starts_with("revision: 0\nchanges:\n  - change: \"created\"\n"), "{}", plan("yaml"));
}

#[test]
fn a_change_tells_who_gains_by_it() {
    let place = DataFolder::new();
    came_to(&place.run("import", &[TUNING, "--yes"]), 0, "revision 1");
    let over = place.0.file(
        "over.yaml",
        "bailiwick: 1\nproject_areas:\n  - application: gc\n    name: Electric Vehicle\n    components:\n      \
         - {name: Motor, team_area: Tuning Team}\n",
    );
    let plan = place.run("plan", &[&over]);
    came_to(
        &plan,
        1,
        "changed  1 component  gc:Electric Vehicle#component:Motor: team area — → gc:Electric Vehicle@Tuning Team\n",
    );
    came_to(&plan, 1, "bob   gains ");
    came_to(&plan, 1, "users gain; 1 loses.\n");
}

#[test]
fn a_template_is_imported_edited_and_exported_and_the_export_of_the_organisation_has_it() {
    let place = DataFolder::new();
    let scrum = run(["export", "--template", "Scrum"]);
    came_to(&scrum, 0, "template: Scrum\napplication: ccm\nroles:\n");
    let edited = scrum.stdout.replace("name: Scrum Master", "name: Chief");
    let file = place.0.file("scrum.yaml", &edited);
    came_to(&place.run("plan", &[&file]), 1, "created  1 process template  Scrum\n");
    came_to(&place.run("import", &[&file, "--yes"]), 0, "revision 1");
    came_to(&place.run("plan", &[&file]), 0, "Nothing to change");
    assert_eq!(place.run("export", &["--template", "Scrum"]).stdout, edited);
    assert_eq!(place.run("export", &["--template", "Scrum", "--at-revision", "0"]).stdout, scrum.stdout);

    let all = place.run("export", &[]).stdout;
    assert!(all.starts_with("bailiwick: 1\nprocess_templates:\n  - template: Scrum\n"), "{all}");
    let empty = "bailiwick: 1\nprocess_templates: []\n";
    let none = place.0.file("none.yaml", empty);
    came_to(&place.run("plan", &[&none]), 0, "Nothing to change");
    came_to(&place.run("import", &[&none, "--replace", "--yes"]), 0, "removed  1 process template  Scrum\n");
    assert_eq!(place.run("export", &["--template", "Scrum"]).stdout, scrum.stdout);

    came_to(
        &run(["export", "--template", "Scum"]),
        2,
        "no process template `Scum`\nhelp: did you mean `Scrum`?",
    );
    came_to(
        &run(["export", "--template", "Waterfall"]),
        2,
        "\nhelp: there are `Global Configuration Management`, `",
    );
    came_to(&run(["export"]), 2, "no organisation is named");
    let json = run(["export", "--template", "Scrum", "--json"]).stdout;
    let json = place.0.file("scrum.json", &json);
    came_to(&run(["export", "--org", &json, "--template", "Scrum"]), 0, &scrum.stdout);
}

#[test]
fn migrate_makes_what_is_not_there() {
    let place = DataFolder::new();
    came_to(&place.run("migrate", &[]), 0, "Made the tables in sqlite:");
    came_to(&place.run("migrate", &["--json"]), 0, "\"created\": false");
    came_to(&place.run("migrate", &["--output", "csv"]), 0, "database,created,revision\n");
    let strange = place.0.file("strange.db", "this is no database, however long it may be made to look");
    let ran = run(["migrate", "--database", &format!("sqlite:{strange}")]);
    came_to(&ran, 2, "holds something else than an organisation\nhelp: ");
    came_to(&run(["migrate", "--database", "nonsense"]), 2, "names no database\nhelp: write `sqlite:PATH`");
    assert_eq!(run(["migrate"]).status, 2);
}

#[test]
fn a_comparison_of_revisions_tells_who_gained_and_who_lost() {
    let place = DataFolder::new();
    let with_roles = |roles: &str| {
        let text = std::fs::read_to_string(crate::support::repository().join(TUNING)).unwrap();
        let lead = "{lena: [configuration-lead],";
        assert!(text.contains(lead), "lena leads in the story");
        text.replacen(lead, &format!("{{lena: [{roles}],"), 1)
    };
    let without = place.0.file("without.yaml", with_roles(""));
    let lead = place.0.file("lead.yaml", with_roles("configuration-lead"));
    came_to(&place.run("import", &[&without, "--yes"]), 0, "revision 1");
    came_to(&place.run("import", &[&lead, "--replace", "--yes"]), 0, "revision 2");
    let users = |arguments: &[&str]| {
        let ran = place.run("compare", &[arguments, &["--output", "csv"]].concat());
        assert_eq!(ran.status, 0, "{ran:?}");
        let of = |line: &str| line.split(',').take(2).collect::<Vec<_>>().join(" ");
        ran.stdout.lines().skip(1).map(of).collect::<std::collections::BTreeSet<_>>()
    };
    let gains = std::collections::BTreeSet::from(["lena gains".to_owned()]);
    let loses = std::collections::BTreeSet::from(["lena loses".to_owned()]);

    assert_eq!(users(&["--at-revision", "1"]), gains);
    assert_eq!(users(&["--at-revision", "1", "--with-revision", "2"]), gains);
    assert_eq!(users(&["--at-revision", "2", "--with-revision", "1"]), loses);
    assert_eq!(users(&["--with-revision", "1"]), loses);
    assert_eq!(users(&["--at-revision", "1", "--with", &lead]), gains);
    assert_eq!(users(&["--with", &without]), loses);
    let nobody = "Nobody gains or loses anything on what is there already.\n";
    came_to(&place.run("compare", &["--at-revision", "2"]), 0, nobody);
    came_to(&place.run("compare", &["--at-revision", "2999-01-01T00:00:00Z"]), 2, "is still to come");
    // Before there was anything, nobody could do what asks for no item of theirs.
    came_to(
        &place.run("compare", &["--at-revision", "2020-01-01T00:00:00Z"]),
        0,
        "\n2 users gain; nobody loses",
    );
    came_to(&place.run("compare", &["--with-revision", "0"]), 0, "\nNobody gains anything; 2 lose.\n");

    came_to(&place.run("compare", &["--at-revision", "9"]), 2, "there is no revision 9");
    came_to(&place.run("compare", &[]), 2, "would be compared with itself\nhelp: add `--at-revision");
    for impossible in [
        &["--with", &lead, "--with-revision", "1"] as &[&str],
        &["--org", &lead, "--with", &lead],
        &["--at-revision", "yesterday"],
    ] {
        came_to(&place.run("compare", impossible), 2, "error: ");
    }
    for impossible in [
        &["compare", "--org", &lead] as &[&str],
        &["compare", "--with", &lead],
        &["compare", "--org", &lead, "--with", &lead, "--at-revision", "1"],
        &["compare", "--org", &lead, "--with-revision", "1"],
    ] {
        came_to(&run(impossible.iter().copied()), 2, "error: ");
    }
}
