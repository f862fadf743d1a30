//! The walk of docs/guide/people.md is taken as it is written, with a real directory.

use std::path::Path;

use crate::operating::{Shell, Step, fits, free_port, steps};
use crate::slapd::{Directory, beginning, group, name_of, person, somebody};
use crate::support::{Folder, repository};

#[test]
fn an_administrator_with_a_directory_gets_to_a_running_organisation() {
    let page = std::fs::read_to_string(repository().join("docs/guide/people.md")).unwrap();
    let (_, walk) = page.split_once("\n## The walk\n").unwrap();
    let (walk, _) = walk.split_once("\n## ").unwrap();
    let entries = ["ann", "tom", "uma", "outside"].map(|id| person(&somebody(id))).concat();
    let groups = group("elm-admins", &[name_of("ann")])
        + &group("elm-users", &["ann", "tom", "uma"].map(name_of))
        + &group("brake-team", &[name_of("tom")]);
    let directory = Directory::start(&(beginning() + &entries + &groups));
    // The servers of the tests' directory, and other ports.
    let walk = walk
        .replace("ldap://ldap1.example.org", "ldap://localhost:1")
        .replace("ldap://ldap2.example.org", &directory.url())
        .replace("8080", &free_port());
    let folder = Folder::new();
    std::fs::copy(directory.authority(), folder.path("ldap-authority.pem")).unwrap();
    let mut shell = Shell::start(Path::new(&folder.path("")));
    let mut taken = 0;
    for Step { command, answer } in steps(&walk) {
        let said = shell.run(&command);
        let (pattern, text) = (answer.join("\n"), said.join("\n"));
        assert!(fits(&pattern, &text), "{command}\nis to say\n{pattern}\nand says\n{text}");
        if command == "cat server.out" {
            make_first_user(&mut shell, &said);
        }
        taken += 1;
    }
    assert!(taken > 20, "{taken}");
}

/// What is done in a browser.
fn make_first_user(shell: &mut Shell, said: &[String]) {
    let link = said.iter().flat_map(|line| line.split(' ')).find(|word| word.contains("?link="));
    let (page, secret) = link.expect("there is a link").trim().split_once("?link=").unwrap();
    let password = "the password that you chose";
    let answer = shell.run(&format!(
        "curl --silent --show-error --output /dev/null --write-out '%{{http_code}}' --data-urlencode 'link={secret}' \
         --data-urlencode 'id=keeper' --data-urlencode 'name=Keeper' --data-urlencode 'password={password}' \
         --data-urlencode 'again={password}' '{page}'"
    ));
    assert_eq!(answer, ["303"]);
}
