//! `users`, `journal`, `refusals` and `verify` of a running server.

use serde_json::Value;

use crate::demo::Running;
use crate::remote::token_of;
use crate::support::{Folder, Ran, run};

struct Served {
    _running: Running,
    folder: Folder,
    url: String,
}

impl Served {
    fn start() -> Self {
        let folder = Folder::new();
        let running = Running::start("demo", &folder.path("data"), "Ctrl-C");
        for (id, basic) in [("root", "cm9vdDpzZWNyZXQ="), ("bob", "Ym9iOnNlY3JldA==")] {
            let headers = format!("Authorization: Basic {basic}\r\nContent-Type: application/json\r\n");
            let scopes = ["read", "decide", "write", "administer"];
            folder.file(id, token_of(&running.address, &headers, &scopes));
        }
        let url = format!("http://{}", running.address);
        Self { _running: running, folder, url }
    }

    fn ask(&self, user: &str, command: &str, arguments: &[&str]) -> Ran {
        let token = self.folder.path(user);
        let server = ["--server", &self.url, "--token-file", &token];
        run(command.split(' ').chain(server).chain(arguments.iter().copied()))
    }

    #[track_caller]
    fn done(&self, command: &str, arguments: &[&str]) -> String {
        let ran = self.ask("root", command, arguments);
        assert_eq!((ran.status, &*ran.stderr), (0, ""), "{ran:?}");
        ran.stdout
    }
}

#[test]
fn users_come_from_a_file_and_go_to_one() {
    let served = Served::start();
    let exported = served.done("users export", &[]);
    assert!(exported.contains("bob,Bob,"), "{exported}");
    let file = served
        .folder
        .file("users.csv", exported.clone() + "ann,Ann,,[elm-practitioner],[JazzUsers],0\nbob,,,[],,1\n");
    let ran = served.ask("root", "users import", &[&file, "--yes"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stdout.contains("`bob` is there twice, first on line"), "{ran:?}");
    assert!(ran.stdout.ends_with("1 problem; nothing was imported.\n"), "{ran:?}");

    let file = served
        .folder
        .file("users.csv", "ann,Ann,,[elm-practitioner],[JazzUsers],0\nbob,,,[],,1\nlena,,,,,\n");
    let preview = served.done("users import", &[&file, "--preview"]);
    assert!(preview.contains("created   1 user  ann\n"), "{preview}");
    assert!(preview.contains("archived  1 user  bob\n"), "{preview}");
    assert!(preview.contains("1 user as the file says already.\n"), "{preview}");
    assert!(preview.contains("Nobody gains anything; 1 loses.\n"), "{preview}");
    let ran = served.ask("root", "users import", &[&file]);
    assert_eq!(ran.status, 2, "nobody can be asked: {ran:?}");
    assert_eq!(served.done("users export", &[]), exported);
    let rows = served.done("users import", &[&file, "--yes", "--output", "csv"]);
    assert_eq!(rows, "line,user,change,set\n1,ann,created,\n2,bob,archived,\n3,lena,unchanged,\n");
    let after = served.done("users export", &[]);
    assert!(after.ends_with("ann,Ann,,[elm-practitioner],[JazzUsers],0\n"), "{after}");
    assert_eq!(served.done("users export", &["--at-revision", "1"]), exported);
    let again = served.done("users import", &[&file, "--yes"]);
    assert!(again.starts_with("Nothing to change: revision"), "{again}");
    assert_eq!(served.done("users release", &["lena", "--output", "csv"]), "key,value\nreleased,lena\n");
    assert_eq!(served.ask("root", "users release", &["nobody"]).status, 2);
    let refused = served.ask("bob", "users import", &[&file, "--yes"]);
    assert_eq!(refused.status, 2, "bob is archived: {refused:?}");
}

#[test]
fn the_logs_are_listed_shown_exported_and_verified() {
    let served = Served::start();
    let refused =
        served.ask("bob", "component edit", &["gc:Electric Vehicle#component:Motor", "--name", "M"]);
    assert_eq!(refused.status, 2, "{refused:?}");
    served.done("component edit", &["gc:Electric Vehicle#component:Motor", "--description", "It drives."]);
    let list = served.done("journal list", &["--by", "root", "--output", "csv"]);
    assert!(list.starts_with("revision,at,by,via,address,basis,summary\n2,"), "{list}");
    assert!(list.contains(",root,token read-decide-write-administer,127.0.0.1,"), "{list}");
    assert_eq!(served.done("journal list", &["--by", "nobody"]), "There is no such revision.\n");
    let shown: Value = serde_json::from_str(&served.done("journal show", &["2", "--json"])).unwrap();
    assert_eq!(shown["changes"][0]["after"]["carried"]["description"], "It drives.");
    let shown = served.done("journal show", &["2"]);
    assert!(shown.contains("gc:Electric Vehicle#component:Motor"), "{shown}");
    let export = served.done("journal export", &["--changes"]);
    assert!(
        export.starts_with("revision,at,by,via,address,basis,summary,kind,item,key,before,after\n2,"),
        "{export}"
    );
    let lines = served.done("journal export", &["--format", "jsonl"]);
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let refusals = served.done("refusals list", &["--by", "bob", "--output", "csv"]);
    assert!(refusals.contains(",bob,127.0.0.1,Change a component,PERMISSION\n"), "{refusals}");
    let refusals = served.done("refusals export", &["--gate", "PERMISSION"]);
    assert_eq!(refusals.lines().count(), 2, "{refusals}");
    let refused = served.ask("bob", "journal list", &[]);
    assert_eq!(refused.status, 2, "{refused:?}");

    let of_server = served.done("verify", &[]);
    let data = served.folder.path("data");
    assert_eq!(of_server, run(["verify", "--data", &*data]).stdout);
    let noted = of_server.trim_end().rsplit(' ').next().unwrap();
    assert_eq!(served.done("verify", &["--noted", noted]), of_server);
    let other = format!("2:{}", "0".repeat(64));
    assert_eq!(served.ask("root", "verify", &["--noted", &other]).status, 1);
}
