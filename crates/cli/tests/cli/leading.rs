//! The walk of docs/guide/configurations.md is taken as it is written.

use std::path::Path;

use crate::operating::{Shell, Step, fits, free_port, steps};
use crate::support::{Folder, repository};

#[test]
fn a_configuration_lead_gets_from_a_component_to_a_baseline_of_everything() {
    let page = std::fs::read_to_string(repository().join("docs/guide/configurations.md")).unwrap();
    let (_, walk) = page.split_once("\n## The walk\n").unwrap();
    let (walk, _) = walk.split_once("\n## ").unwrap();
    let walk = walk.replace("8080", &free_port());
    let folder = Folder::new();
    let mut shell = Shell::start(Path::new(&folder.path("")));
    let mut taken = 0;
    for Step { command, answer } in steps(&walk) {
        let said = shell.run(&command);
        let (pattern, text) = (answer.join("\n"), said.join("\n"));
        assert!(fits(&pattern, &text), "{command}\nis to say\n{pattern}\nand says\n{text}");
        assert!(!shell.was_too_late(), "{command}");
        taken += 1;
    }
    assert!(taken > 20, "{taken}");
}
