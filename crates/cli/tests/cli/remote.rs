//! Commands that ask a running server: the same bytes and statuses as without one.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use document::{Limits, Source};
use governance::QuestionText;
use serde_json::{Value, json};

use crate::demo::Running;
use crate::support::{
    ELEVEN, Folder, MODIFY, MOTOR, Process, Ran, TUNING, bailiwick, http, repository, run, run_with,
};

/// A server with the organisation of both stories, and an administrator's token for it.
struct Served {
    running: Running,
    folder: Folder,
    url: String,
    token: String,
    /// The same organisation as a document.
    document: String,
}

/// `root:secret`
const ROOT: &str = "Authorization: Basic cm9vdDpzZWNyZXQ=\r\nContent-Type: application/json\r\n";

impl Served {
    fn start() -> Self {
        let folder = Folder::new();
        let running = Running::start("demo", &folder.path("data"), "Ctrl-C");
        let url = format!("http://{}", running.address);
        let token = folder.file("token", token(&running.address, &["read", "decide", "write", "administer"]));
        let mut served = Self { running, folder, url, token, document: String::new() };
        let imported = served.ask("import", &[ELEVEN, "--yes"]);
        assert!(imported.stdout.ends_with("Imported as revision 2.\n"), "{imported:?}");
        let exported = served.ask("export", &[]);
        assert_eq!(exported.status, 0, "{exported:?}");
        served.document = served.folder.file("organisation.yaml", exported.stdout);
        served
    }

    /// A command may have two words: `hierarchy show`.
    fn ask(&self, command: &str, arguments: &[&str]) -> Ran {
        let words = command.split(' ').chain(["--server", &self.url, "--token-file", &self.token]);
        run(words.chain(arguments.iter().copied()))
    }

    /// The same of the server, of the document that it exports, and of its database.
    fn same(&self, command: &str, arguments: &[&str]) {
        let of_server = self.ask(command, arguments);
        let of = |option: &str, source: &str| {
            let source = [option.to_owned(), source.to_owned()];
            let words = command.split(' ').map(str::to_owned).chain(source);
            let words: Vec<String> = words.chain(arguments.iter().map(|it| (*it).to_owned())).collect();
            run(words.iter().map(String::as_str))
        };
        let of_document = of("--org", &self.document);
        let of_database = of("--data", &self.folder.path("data"));
        let same = |here: &Ran| (of_server.status, &of_server.stdout) == (here.status, &here.stdout);
        assert!(same(&of_document), "{command} {arguments:?}: {of_server:?}\n{of_document:?}");
        assert!(same(&of_database), "{command} {arguments:?}: {of_server:?}\n{of_database:?}");
    }
}

fn token(address: &str, scopes: &[&str]) -> String {
    token_of(address, ROOT, scopes)
}

/// A token of whoever these headers sign in.
pub(crate) fn token_of(address: &str, headers: &str, scopes: &[&str]) -> String {
    let expires = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let body = json!({"name": scopes.join("-"), "scopes": scopes, "expires": expires.to_string()});
    let (status, answer) = http(address, "POST", "/api/v1/me/tokens", headers, &body.to_string());
    assert!(status < 300, "{answer}");
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = &body[body.find('{').unwrap()..=body.rfind('}').unwrap()];
    let made: Value = serde_json::from_str(body).unwrap();
    made["secret"].as_str().unwrap().to_owned()
}

/// What the stories ask.
fn questions() -> Vec<QuestionText> {
    let text = |text: &Option<document::Text>| text.as_ref().map(|it| it.value.to_string());
    let mut questions = Vec::new();
    for path in [TUNING, ELEVEN] {
        let story = std::fs::read(repository().join(path)).unwrap();
        let sources = [Source { name: path.into(), text: &story }];
        let loaded = document::load(&sources, &Limits::default()).unwrap();
        questions.extend(loaded.expectations.iter().map(|it| QuestionText {
            user: it.user.value.to_string(),
            operation: it.operation.value.to_string(),
            actions: it.actions.iter().flatten().map(|it| it.value.to_string()).collect(),
            item: it.item.value.to_string(),
            replace: text(&it.replace),
            by: text(&it.by),
            to: text(&it.to),
        }));
    }
    questions
}

const FORMS: [&str; 4] = ["table", "json", "yaml", "csv"];

#[test]
fn many_questions_get_the_same_lines() {
    let served = Served::start();
    let mut lines = "\u{feff}".to_owned();
    for (at, question) in questions().iter().cycle().take(3000).enumerate() {
        let mut line = serde_json::to_value(question).unwrap();
        if at % 3 == 0 {
            line["id"] = json!({"at": at});
        }
        let _ = writeln!(lines, "{line}");
        if at % 50 == 0 {
            lines.push_str(
                "\nnonsense\n{\"id\":7,\"user\":\"bob\",\"operation\":\"read\",\"item\":\"gc:Nowhere\"}\n",
            );
        }
    }
    let mut lines = lines.into_bytes();
    lines.extend(b"{\"user\":\"\xff\"}\n");
    lines.extend(vec![b' '; 3 << 20]);
    lines.extend(b"\n{\"user\":\"bob\",\"operation\":\"read\",\"item\":\"gc:Electric Vehicle\"}");
    let path = served.folder.file("questions.jsonl", &lines);
    served.same("check", &["--questions", &path]);
    let none = served.folder.file("none.jsonl", "");
    served.same("check", &["--questions", &none]);
}

#[test]
fn a_server_can_be_talked_to() {
    let served = Served::start();
    let mut check = bailiwick();
    check.args(["check", "--server", &served.url, "--token-file", &served.token, "--questions", "-"]);
    let mut child = Process::start(&mut check);
    let mut questions = child.0.stdin.take().unwrap();
    let mut answers = BufReader::new(child.0.stdout.take().unwrap()).lines();
    for id in 0..3 {
        writeln!(questions, r#"{{"id":{id},"user":"bob","operation":"read","item":"gc:Electric Vehicle"}}"#)
            .unwrap();
        let answer = answers.next().unwrap().unwrap();
        assert!(answer.starts_with(&format!(r#"{{"id":{id},"allowed":true"#)), "{answer}");
    }
    drop(questions);
    assert!(child.0.wait().unwrap().success());
}

#[test]
fn every_question_of_the_stories_is_explained_alike() {
    let served = Served::start();
    for (at, question) in questions().iter().enumerate() {
        let QuestionText { user, operation, actions, item, replace, by, to } = question;
        let operation =
            if actions.is_empty() { operation.clone() } else { format!("{operation}/{}", actions.join("+")) };
        let mut arguments = vec![user.as_str(), &operation, item];
        for (option, value) in [("--replace", replace), ("--by", by), ("--to", to)] {
            arguments.extend(value.iter().flat_map(|value| [option, value]));
        }
        served.same("explain", &[&arguments[..], &["--output", FORMS[at % 4]]].concat());
        let of_all =
            [&[operation.as_str(), item], &arguments[3..], &["--output", FORMS[(at + 1) % 4]]].concat();
        served.same("who-can", &of_all);
        if at % 3 == 0 {
            served.same("what-can", &[user, &operation, "--output", FORMS[(at / 3) % 4]]);
        }
    }
    for form in FORMS {
        served.same("explain", &["bob", MODIFY, MOTOR, "--output", form]);
        served.same("who-can", &["read", "repository", "--output", form]);
        served.same("what-can", &["root", "read", "--output", form]);
    }
}

#[test]
fn bad_questions_are_bad_input_alike() {
    let served = Served::start();
    for (operation, item) in
        [("gc.fly/away", MOTOR), (MODIFY, "gc:Nowhere"), ("gc.save-stream", MOTOR), (MODIFY, "Motor")]
    {
        for asked in [vec!["explain", "bob", operation, item], vec!["who-can", operation, item]] {
            served.same(asked[0], &asked[1..]);
            let said = served.ask(asked[0], &asked[1..]).stderr;
            let offline = run([&[asked[0], "--org", &served.document], &asked[1..]].concat()).stderr;
            assert_eq!(said.lines().next(), offline.lines().next(), "{said}");
            assert!(said.contains("\nnote: the server's log has this as request "), "{said}");
        }
    }
    served.same("explain", &["bbo", MODIFY, MOTOR]);
    served.same("what-can", &["bbo", MODIFY]);
    served.same("what-can", &["bob", "process.save-team-area/move"]);
}

#[test]
fn the_past_is_asked_alike() {
    let served = Served::start();
    let data = served.folder.path("data");
    let same = |command: &str, arguments: &[&str]| {
        let there = served.ask(command, arguments);
        let here = run([&[command, "--data", &data], arguments].concat());
        assert_eq!(
            (there.status, &there.stdout),
            (here.status, &here.stdout),
            "{command} {arguments:?} {there:?}"
        );
    };
    let work_item = "ccm:Development#work-item:1";
    for at in ["1", "2", "2999-01-01T00:00:00Z", "7"] {
        same("explain", &["user1", "read", work_item, "--at-revision", at]);
        same("who-can", &["read", work_item, "--at-revision", at]);
        same("what-can", &["user1", "read", "--at-revision", at]);
        same("export", &["--at-revision", at]);
        same("compare", &["--at-revision", at]);
        same("compare", &["--with-revision", at, "--json"]);
    }
    for form in FORMS {
        same("compare", &["--at-revision", "1", "--with-revision", "2", "--output", form]);
        same("export", &["--output", form]);
    }
    same("compare", &[]);
    same("export", &["--template", "Scrum"]);
    same("export", &["--template", "Skrum", "--json"]);
}

#[test]
fn documents_are_compared_planned_and_imported_alike() {
    let served = Served::start();
    let moved = "bailiwick: 1\nproject_areas:\n  - {application: gc, name: Electric Vehicle, components: [{name: \
                 Motor, team_area: Tuning Team}]}\n";
    let moved = served.folder.file("moved.yaml", moved);
    let more = served.folder.file("more.yaml", "bailiwick: 1\nusers: [{id: zoe}]\n");
    let slip = served.folder.file("slip.yaml", "bailiwick: 1\nusres: []\n");
    let binary = served.folder.file("binary.yaml", b"bailiwick: 1\nusers: [{id: \xff}]\n");
    let data = served.folder.path("data");
    for form in FORMS {
        served.same("compare", &["--with", &served.document, "--with", &moved, "--output", form]);
        for files in [&[moved.as_str(), &more][..], &[&moved, "--replace"], &[&served.document]] {
            let arguments = [files, &["--output", form]].concat();
            let there = served.ask("plan", &arguments);
            let here = run([&["plan", "--data", &data], &arguments[..]].concat());
            assert_eq!((there.status, &there.stdout), (here.status, &here.stdout), "{there:?} {here:?}");
        }
    }
    for wrong in [&slip, &binary] {
        let there = served.ask("plan", &[wrong]);
        let here = run(["plan", "--data", &data, wrong]);
        assert_eq!((there.status, there.stdout), (2, String::new()));
        assert!(there.stderr.ends_with(&here.stderr), "{} {}", there.stderr, here.stderr);
        assert_eq!(served.ask("import", &[wrong, "--yes"]).status, 2);
    }
    let unasked = served.ask("import", &[&moved]);
    assert_eq!(unasked.status, 2);
    assert!(unasked.stderr.contains("nobody is there to be asked"), "{unasked:?}");
    let planned = served.ask("plan", &[&moved, &more]).stdout;
    let imported = served.ask("apply", &[&moved, &more, "--yes"]);
    assert_eq!((imported.status, imported.stdout), (0, format!("{planned}Imported as revision 3.\n")));
    let again = served.ask("import", &[&moved, "--yes"]);
    assert_eq!(
        (again.status, again.stdout),
        (0, "Nothing to change: revision 3 says the same already.\n".to_owned())
    );
    let json = served.ask("import", &[&served.document, "--replace", "--yes", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&json.stdout).unwrap()["revision"], 4);
}

#[test]
fn what_a_token_is_not_for_is_refused_and_no_message_tells_it() {
    let served = Served::start();
    let reader = token(&served.running.address, &["read"]);
    let asked = |token: &str, arguments: &[&str]| {
        let mut command = bailiwick();
        command.args(arguments).args(["--server", &served.url]).env("BAILIWICK_TOKEN", token);
        let ran = Ran::from(command.output().unwrap());
        assert!(token.is_empty() || !format!("{ran:?}").contains(token.trim()), "{ran:?}");
        ran
    };
    let own = &["explain", "root", "read", MOTOR];
    let others = &["explain", "bob", "read", MOTOR];
    assert_eq!(asked(&reader, own).status, 0);
    for (token, arguments, said) in [
        (reader.as_str(), &others[..], "it needs the scope `decide`"),
        (&reader, &["plan", TUNING], "`write`"),
        ("bwk_wrong", own, "does not accept the access token"),
        ("two words", own, "$BAILIWICK_TOKEN holds no access token"),
        ("", own, "wants to know who asks"),
    ] {
        let ran = asked(token, arguments);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(said) && ran.stderr.contains("\nhelp: "), "{said} in {ran:?}");
    }
    served.running.stop();
}

#[test]
fn a_server_that_is_not_there_or_is_another_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let stranger = std::thread::spawn(move || {
        for answer in [
            "HTTP/1.1 404 Not Found",
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/",
            "HTTP/1.1 200 OK",
        ] {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(&stream).lines();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            write!(&stream, "{answer}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi").unwrap();
        }
    });
    let url = format!("http://{address}");
    let explain = |url: &str| {
        let mut command = bailiwick();
        command.args(["explain", "--server", url, "bob", "read", MOTOR]).env("BAILIWICK_TOKEN", "secret");
        let ran = Ran::from(command.output().unwrap());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
        ran.stderr
    };
    for said in [
        "answered 404 (Not Found)\nhelp: check that this is the address of a Bailiwick server",
        "answered 302 (Found)\nhelp: give the address to which it leads",
        "is not understood",
    ] {
        let told = explain(&url);
        assert!(told.contains(said), "{said} in {told}");
    }
    stranger.join().unwrap();
    let told = explain(&url);
    assert!(told.starts_with(&format!("error: cannot reach {url}: ")), "{told}");
    let told = explain("http://192.0.2.1");
    assert!(told.contains("unencrypted") && told.contains("--insecure"), "{told}");
    for address in ["elm.example.org", "ftp://elm", "https://elm/?x"] {
        assert!(explain(address).contains("is no address of a server"), "{address}");
    }
    assert!(explain("https://bob:hidden@elm").contains("names a user or a password"));
}

#[test]
fn contexts_are_kept_for_their_owner_alone() {
    let served = Served::start();
    let home = served.folder.path("home");
    let with = |arguments: &[&str], stdin: &str| {
        let mut command = bailiwick();
        command.args(arguments).env("XDG_CONFIG_HOME", &home);
        let mut child = Process::start(&mut command);
        child.0.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        Ran::from(child.output())
    };
    let came_to = |arguments: &[&str], stdin: &str, stdout: &str| {
        let ran = with(arguments, stdin);
        assert_eq!((ran.status, ran.stdout.as_str()), (0, stdout), "{ran:?}");
    };
    let refused = |arguments: &[&str], said: &str| {
        let ran = with(arguments, "");
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains(said), "{said} in {}", ran.stderr);
    };
    refused(&["explain", "root", "read", MOTOR], "no organisation is named");
    refused(&["context", "current"], "no context is in use");
    came_to(&["context", "list", "--json"], "", "[]\n");
    let secret = std::fs::read_to_string(&served.token).unwrap();
    let add = ["context", "add", "here", "--server", &served.url, "--token-file", "-"];
    came_to(&add, &secret, &format!("Added the context here: {}.\n", served.url));
    let add = ["context", "add", "file", "--server", &served.url, "--token-file", &served.token];
    came_to(&add, "", &format!("Added the context file: {}.\n", served.url));
    came_to(&["context", "current"], "", &format!("here: {}\n", served.url));
    let list = with(&["context", "list"], "").stdout;
    assert!(list.contains("kept here") && list.contains(&served.token) && !list.contains(&secret), "{list}");
    for options in [&[][..], &["--context", "file"], &["--context", "here"]] {
        let ran = with(&[&["explain"], options, &["root", "read", MOTOR]].concat(), "");
        assert_eq!(ran.status, 0, "{ran:?}");
    }
    refused(&["explain", "--context", "there", "root", "read", MOTOR], "there is no context `there`");
    refused(&["explain", "--context", "here", "--org", TUNING, "root", "read", MOTOR], "cannot be used with");
    came_to(&["context", "use", "file"], "", &format!("From now on file is asked: {}.\n", served.url));
    came_to(&["context", "remove", "file"], "", "Removed the context file.\n");
    refused(&["explain", "root", "read", MOTOR], "no organisation is named");
    refused(&["context", "remove", "file"], "there is no context `file`");
    refused(&["context", "add", "x", "--server", "http://192.0.2.1", "--token-file", "t"], "unencrypted");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &str| {
            std::fs::metadata(format!("{home}/bailiwick{path}")).unwrap().permissions().mode() & 0o777
        };
        assert_eq!((mode(""), mode("/contexts.json")), (0o700, 0o600));
    }
    served
        .folder
        .file("home/bailiwick/contexts.json", r#"{"contexts": {"x": {"server": 1, "token": "hidden"}}}"#);
    let broken = with(&["context", "list"], "");
    assert!(broken.status == 2 && !broken.stderr.contains("hidden"), "{broken:?}");
    assert!(broken.stderr.contains("contexts.json` is not understood"), "{broken:?}");
    let ran = run_with(&["context", "add", "x", "--server", &served.url], b"");
    assert!(ran.status == 2 && ran.stderr.contains("cannot write"), "{ran:?}");
}

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
