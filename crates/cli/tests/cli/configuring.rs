//! `config`: what is wrong is told, what is right is shown.

use crate::support::{Folder, run};

#[test]
fn an_example_is_a_configuration() {
    let example = run(["config", "example"]);
    assert_eq!(example.status, 0);
    assert!(example.stdout.contains("\n[limits]\n# The largest body of a request.\nbody = \"2 MiB\"\n"));
    let folder = Folder::new();
    let file = folder.file("bailiwick.toml", &example.stdout);
    let checked = run(["config", "check", "--config", &file, "--listen", "127.0.0.1:9"]);
    assert_eq!((checked.status, checked.stderr.as_str()), (0, ""));
    let lines: Vec<Vec<&str>> =
        checked.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let line = |key: &str| lines.iter().find(|words| words[0] == key).unwrap()[1..].to_vec();
    assert_eq!(line("http.listen"), ["\"127.0.0.1:9\"", "--listen"]);
    assert_eq!(line("https.key"), ["–", "default"]);
    let body = line("limits.body");
    assert!(body[..2] == ["\"2", "MiB\""] && body[2].starts_with(&format!("{file}:")), "{body:?}");
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_keeps_the_server_from_starting() {
    let folder = Folder::new();
    let file = folder.file("x.toml", "lisen = 1\n[limits]\nbody = 7\n");
    for arguments in [&["config", "check"] as &[&str], &["serve"]] {
        let ran = run(arguments.iter().copied().chain(["--config", &file]));
        let expected = format!(
            "error: 2 problems in the configuration:\n{file}:1:1: unknown key `lisen`\n\
             {file}:3:8: limits.body: this is an integer; expected a size such as `64 KiB`, `2 MiB` or `1 GiB`, \
             in quotes\nhelp: `bailiwick config example` shows every key\n"
        );
        assert_eq!((ran.status, ran.stderr), (2, expected));
    }
}

#[test]
fn a_configuration_for_programs_has_each_key_with_its_origin_and_no_secret() {
    let folder = Folder::new();
    let file = folder.file("x.toml", "database = \"postgres://ann:swordfish@db/jazz\"\n");
    let ran = run(["config", "check", "--config", &file, "--json"]);
    let keys: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = keys.as_array().unwrap().iter().find(|key| key["key"] == "database").unwrap();
    assert_eq!(found["value"], "\"postgres://ann@db:5432/jazz\"");
    assert_eq!(found["origin"], format!("{file}:1:12"));
    assert!(!ran.stdout.contains("swordfish"));
}

#[test]
fn the_address_of_a_database_comes_from_a_file_for_a_server_too() {
    let folder = Folder::new();
    let config = folder.file("x.toml", "database = \"sqlite:x\"\n");
    let at = format!("@{}", folder.file("url", "postgres://ann:swordfish@db/jazz\n"));
    let ran = run(["config", "check", "--config", &config, "--database", &at, "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let keys: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = keys.as_array().unwrap().iter().find(|key| key["key"] == "database_url_file").unwrap();
    assert_eq!(found["origin"], "--database");
    for command in [&["serve"] as &[&str], &["recover-administrator", "root"]] {
        let nowhere = ["--config", &config, "--database", "@nowhere"];
        let ran = run(command.iter().copied().chain(nowhere));
        assert!(ran.status == 2 && ran.stderr.contains("cannot read `nowhere`"), "{ran:?}");
    }
}
