//! The walk of docs/guide/sharing-a-process.md is taken as it is written, with two servers.

use std::path::Path;

use crate::operating::{Shell, Step, fits, free_port, steps};
use crate::support::{Folder, repository};

#[test]
fn two_servers_come_to_know_each_other_in_six_steps() {
    let page = std::fs::read_to_string(repository().join("docs/guide/sharing-a-process.md")).unwrap();
    let (_, walk) = page.split_once("\n## The walk\n").unwrap();
    let (walk, _) = walk.split_once("\n## ").unwrap();
    let walk = walk.replace("8080", &free_port()).replace("8081", &free_port());
    let folder = Folder::new();
    let mut shell = Shell::start(Path::new(&folder.path("")));
    shell.run("trap 'kill $provider_pid $consumer_pid 2> /dev/null; wait' EXIT; unset BAILIWICK_SERVER BAILIWICK_TOKEN");
    let mut taken = 0;
    for Step { command, answer } in steps(&walk) {
        let said = shell.run(&command);
        let (pattern, text) = (answer.join("\n"), said.join("\n"));
        assert!(fits(&pattern, &text), "{command}\nis to say\n{pattern}\nand says\n{text}");
        if command.starts_with("cat ") && command.ends_with(".out") {
            choose_password(&mut shell, &said);
        }
        taken += 1;
    }
    assert!(taken > 30, "{taken}");
}

/// What is done in a browser.
fn choose_password(shell: &mut Shell, said: &[String]) {
    let link = said.iter().flat_map(|line| line.split(' ')).find(|word| word.contains("?link="));
    let (page, secret) = link.expect("there is a link").trim().split_once("?link=").unwrap();
    let password = "the password that you chose";
    let answer = shell.run(&format!(
        "curl --silent --show-error --output /dev/null --write-out '%{{http_code}}' --data-urlencode 'link={secret}' \
         --data-urlencode 'password={password}' --data-urlencode 'again={password}' '{page}'"
    ));
    assert_eq!(answer, ["303"]);
}
