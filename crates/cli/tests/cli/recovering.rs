//! When nobody gets in: links that are printed on the server's own machine.

use std::io::{BufRead as _, BufReader};

use crate::databases::{DataFolder, Place, Postgres};
use crate::support::{ELEVEN, Process, bailiwick, http, run};

fn an_administrator_gets_in_beside_a_running_server(place: &impl Place) {
    assert_eq!(place.run("import", &[ELEVEN, "--yes"]).status, 0);
    let [option, value] = place.arguments();
    let mut command = bailiwick();
    command.args(["serve", "--listen", "127.0.0.1:0", &option, &value]);
    let mut server = Process::start(&mut command);
    let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut line = || lines.next().unwrap();
    let address = line().split("http://").nth(1).unwrap().to_owned();
    assert_eq!(line(), "Nobody who administers the server has a password. Let `user1` set one at");
    let printed = line().trim().strip_prefix(&format!("http://{address}")).unwrap().to_owned();
    let get = |path: &str| http(&address, "GET", path, "Accept: text/html\r\n", "");
    assert_eq!(get(&printed).0, 200);

    let recovered = place.run("recover-administrator", &["USER1"]);
    assert_eq!(recovered.status, 0, "{}", recovered.stderr);
    assert!(recovered.stderr.contains("--base-uri"), "{}", recovered.stderr);
    let link = recovered.stdout.trim();
    assert_eq!((get(link).0, get(&printed).0), (200, 410), "a newer link ends an older one");
    let with_base = place.run("recover-administrator", &["user1", "--base-uri", "https://elm.example.org/"]);
    let link = with_base.stdout.trim().strip_prefix("https://elm.example.org").unwrap();

    let (_, secret) = link.split_once("link=").unwrap();
    let form = format!("link={secret}&password=four+words+are+good&again=four+words+are+good");
    let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
    let (status, answer) = http(&address, "POST", "/set-password", headers, &form);
    assert_eq!(status, 303, "{answer}");
    // user1:four words are good
    let basic = "Authorization: Basic dXNlcjE6Zm91ciB3b3JkcyBhcmUgZ29vZA==\r\n";
    let (status, journal) = http(&address, "GET", "/api/v1/journal?limit=1", basic, "");
    assert_eq!(status, 200, "{journal}");
    for told in ["operator", "recover-administrator", "Make a link with which user1 sets a password"] {
        assert!(journal.contains(told), "{told}: {journal}");
    }
    // The server goes on from there.
    let (status, answer) = http(
        &address,
        "POST",
        "/api/v1/users",
        &format!("{basic}Content-Type: application/json\r\n"),
        r#"{"id":"new"}"#,
    );
    assert_eq!(status, 201, "{answer}");
    assert!(server.0.try_wait().unwrap().is_none());

    let refused = place.run("recover-administrator", &["user2"]);
    assert_eq!((refused.status, refused.stdout.as_str()), (2, ""));
    assert!(
        refused.stderr.contains("`user2` does not administer the server") && refused.stderr.contains("user1"),
        "{}",
        refused.stderr
    );
}

#[test]
fn an_administrator_gets_in_on_sqlite() {
    an_administrator_gets_in_beside_a_running_server(&DataFolder::new());
}

#[test]
fn an_administrator_gets_in_on_postgresql() {
    an_administrator_gets_in_beside_a_running_server(&Postgres::new("recover"));
}

#[test]
fn where_there_is_no_database_none_is_made() {
    let folder = crate::support::Folder::new();
    let nowhere = folder.path("nowhere");
    let ran = run(["recover-administrator", "root", "--data", &nowhere]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("there is no database at"), "{}", ran.stderr);
    assert!(!std::path::Path::new(&nowhere).exists());
}
