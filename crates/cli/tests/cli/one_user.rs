//! `users create`, `edit` and so on, of a running server.

use serde_json::{Value, json};

use crate::demo::Running;
use crate::remote::token_of;
use crate::support::{Folder, Ran, run};

/// `root:secret`
const ROOT: &str = "Authorization: Basic cm9vdDpzZWNyZXQ=\r\nContent-Type: application/json\r\n";

struct Server {
    running: Running,
    folder: Folder,
}

impl Server {
    fn ask(&self, arguments: &[&str]) -> Ran {
        let url = format!("http://{}", self.running.address);
        let token = self.folder.path("token");
        let server = ["--server", &url, "--token-file", &token, "--json"];
        run(["users"].into_iter().chain(arguments.iter().copied()).chain(server))
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Value {
        let ran = self.ask(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str], said: &str) {
        let ran = self.ask(arguments);
        assert!(ran.status == 2 && ran.stderr.contains(said), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn a_user_is_made_changed_archived_and_erased() {
    let folder = Folder::new();
    let running = Running::start("demo", &folder.path("data"), "Ctrl-C");
    folder.file("token", token_of(&running.address, ROOT, &["read", "write", "administer"]));
    let server = Server { running, folder };

    let made =
        ["create", "nia", "--name", "Nia Obi", "--mail", "nia@example.org", "--license", "elm-practitioner"];
    let made = server.done(&made);
    let keys = ["id", "name", "mail", "groups", "licenses", "functional"].map(|key| made[key].clone());
    assert_eq!(
        json!(keys),
        json!(["nia", "Nia Obi", "nia@example.org", ["JazzUsers"], ["elm-practitioner"], false])
    );
    let edited = [
        "edit",
        "NIA",
        "--name",
        "Nia",
        "--mail",
        "",
        "--add-group",
        "JazzProjectAdmins",
        "--remove-group",
        "JazzUsers",
        "--remove-license",
        "elm-practitioner",
        "--add-license",
        "elm-contributor",
    ];
    let edited = server.done(&edited);
    let keys = ["id", "name", "mail", "groups", "licenses"].map(|key| edited[key].clone());
    assert_eq!(json!(keys), json!(["nia", "Nia", null, ["JazzProjectAdmins"], ["elm-contributor"]]));
    assert_eq!(server.done(&["show", "nia"]), edited);
    let found = server.done(&["list", "--text", "nia", "--group", "JazzProjectAdmins"]);
    assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!("nia")));
    server.refused(&["edit", "nia"], "required");
    server.refused(&["create", "Nia"], "differs from `nia`");
    server.refused(&["edit", "nia", "--add-license", "elm-everything"], "elm-everything");
    server.refused(&["show", "nobody"], "users and types of licences by their ids");

    let link = server.done(&["password-link", "nia"]);
    assert!(link["link"].as_str().unwrap().contains("/set-password?link="), "{link}");
    assert_eq!(server.done(&["release", "nia"]), json!({"released": "nia"}));
    assert_eq!((server.done(&["sessions", "nia"]), server.done(&["tokens", "nia"])), (json!([]), json!([])));
    server.done(&["end-sessions", "nia"]);
    server.refused(&["revoke-token", "nia", "0123"], "there is no such thing");

    server.refused(&["erase", "nia", "--yes"], "archive the user first");
    assert_eq!(server.done(&["archive", "nia"])["licenses"], json!([]));
    assert_eq!(server.done(&["list", "--archived"])[0]["id"], "nia");
    server.refused(&["password-link", "nia"], "never signs in");
    server.refused(&["erase", "nia"], "nobody is there to be asked");
    assert_eq!(server.done(&["erase", "nia", "--yes"])["name"], "nia");
    assert_eq!(server.done(&["unarchive", "nia"])["archived"], false);
    let robot = server.done(&["create", "dng_user", "--functional"]);
    assert_eq!(robot["functional"], true);
}
