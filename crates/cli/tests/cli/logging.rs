//! The log of a server: what it says of each request, and what it never says.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Folder, Process, bailiwick, http, run};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

#[test]
fn the_log_says_who_asked_for_which_page_and_no_secret() {
    let folder = Folder::new();
    let log = std::fs::File::create(folder.path("log")).unwrap();
    let mut command = bailiwick();
    command.args(["serve", "--data", &folder.path("data"), "--listen", "127.0.0.1:0", "--log", "json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let server = Process(child);
    let address = lines.next().unwrap().strip_prefix("Listening on http://").unwrap().to_owned();
    let line = lines.find(|line| line.contains("?link=")).unwrap();
    let (_, link) = line.split_once("?link=").unwrap();

    let password = "correct-horse-battery-staple";
    let form = format!("link={link}&id=mia&name=Mia&mail=&password={password}&again={password}");
    assert_eq!(http(&address, "GET", &format!("/first-start?link={link}"), "", "").0, 200);
    let (status, answer) = http(&address, "POST", "/first-start", FORM, &form);
    assert_eq!(status, 303, "{answer}");
    let (_, cookie) = answer.split_once("set-cookie: ").unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let asked = "/explain.json?user=mia&operation=read&item=gc:A-secret-project";
    http(&address, "GET", asked, &format!("Cookie: {cookie}\r\nX-Request-Id: r-17\r\n"), "");
    http(&address, "GET", asked, "Authorization: Bearer bw_a-token-that-is-none\r\n", "");
    http(&address, "GET", asked, "Authorization: Basic bWlhOndyb25nLXBhc3N3b3Jk\r\n", "");
    http(&address, "POST", "/sign-in", FORM, "user=mia&password=another-wrong-one");
    drop(server);

    let log = std::fs::read_to_string(folder.path("log")).unwrap();
    let token = cookie.split_once('=').unwrap().1;
    for secret in [
        link,
        password,
        token,
        "secret",
        "a-token-that-is-none",
        "bWlhOndyb25nLXBhc3N3b3Jk",
        "wrong-password",
        "another-wrong-one",
        "mia",
    ] {
        assert!(!log.contains(secret), "{secret} is in\n{log}");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |id: &str| lines.iter().find(|line| line["span"]["id"] == id).unwrap();
    let line = of("r-17");
    assert_eq!(line["span"]["path"], "/explain.json");
    assert_eq!(line["span"]["method"], "GET");
    assert_eq!(line["span"]["client"], "127.0.0.1");
    assert_eq!(line["span"]["user"], 0, "users are told by their number");
    assert!(line["status"].is_number() && line["milliseconds"].is_number());
    assert!(!log.contains('\u{1b}'), "a file gets no colours");
}

/// What a server with this document says until it listens. The data folder can be changed before.
fn said_at_the_start(document: &str, change: impl FnOnce(&Path)) -> String {
    let folder = Folder::new();
    let (data, document) = (folder.path("data"), folder.file("organisation.yaml", document));
    assert_eq!(run(["import", "--data", &data, "--yes", &document]).status, 0);
    change(Path::new(&data));
    let log = std::fs::File::create(folder.path("log")).unwrap();
    let mut command = bailiwick();
    command.args(["serve", "--data", &data, "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let server = Process(child);
    assert!(lines.next().unwrap().starts_with("Listening on "));
    drop(server);
    std::fs::read_to_string(folder.path("log")).unwrap()
}

#[test]
fn whoever_starts_a_server_that_nobody_administers_is_warned() {
    let warned =
        |document: &str| said_at_the_start(document, |_| {}).contains("WARN nobody is in JazzAdmins");
    assert!(warned("bailiwick: 1\nusers: [{id: mia}]\n"));
    assert!(!warned("bailiwick: 1\nusers: [{id: mia, groups: [JazzAdmins]}]\n"));
}

#[test]
fn a_key_of_secrets_that_others_can_read_is_told_at_the_start() {
    let warned = |mode: u32| {
        let log = said_at_the_start("bailiwick: 1\nusers: [{id: mia}]\n", |data| {
            let file = data.join("secrets.key");
            std::fs::write(&file, "a key that was copied here by hand\n").unwrap();
            std::fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
        });
        log.contains("WARN others than its owner can read the key of secrets in `")
    };
    assert!(warned(0o644) && !warned(0o600));
}
