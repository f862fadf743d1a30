//! Help, completions, and what is refused before anything is done.

use std::fs::File;

use crate::support::{Folder, MODIFY, MOTOR, Ran, TUNING, bailiwick, run, run_with};

const COMMANDS: [&str; 25] = [
    "check",
    "types",
    "explain",
    "tag",
    "test",
    "who-can",
    "what-can",
    "compare",
    "plan",
    "import",
    "export",
    "serve",
    "component",
    "config",
    "configuration",
    "context",
    "contribution",
    "demo",
    "hierarchy",
    "migrate",
    "backup",
    "restore",
    "recover-administrator",
    "doctor",
    "completions",
];

#[test]
fn every_command_has_an_example_in_its_help() {
    let all = run(["--help"]);
    assert_eq!(all.status, 0);
    for command in COMMANDS {
        assert!(all.stdout.contains(&format!("\n  {command} ")), "{command}");
        let help = run([command, "--help"]);
        assert_eq!(help.status, 0);
        assert!(help.stdout.contains(&format!("Example:\n  bailiwick {command}")), "{}", help.stdout);
    }
    assert!(run(["--version"]).stdout.starts_with("bailiwick "));
}

#[test]
fn bad_usage_is_status_two() {
    for arguments in [
        &[] as &[&str],
        &["frobnicate"],
        &["explain", "--org", TUNING],
        &["explain", "--org", TUNING, "--data", "x", "bob", MODIFY, MOTOR],
        &["who-can", "read", MOTOR],
        &["check", "--org", TUNING, "--at-revision", "1", "--questions", "-"],
        &["export", "--data", "x", "--at-revision", "yesterday"],
        &["test"],
        &["plan", TUNING],
        &["import", "--data", "x"],
        &["who-can", "--org", TUNING, "read", MOTOR, "--output", "xml"],
        &["serve", "--listen", "nowhere"],
        &["completions", "cmd"],
    ] {
        let ran = run(arguments.iter().copied());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn colours_are_asked_for_by_a_terminal_and_refused_by_no_color() {
    let coloured = |variables: &[(&str, &str)]| {
        let mut command = bailiwick();
        command.args(["explain", "--org", TUNING, "bob", MODIFY, MOTOR]).envs(variables.iter().copied());
        Ran::from(command.output().unwrap()).stdout.contains('\u{1b}')
    };
    assert!(!coloured(&[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn completions_are_there_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = run(["completions", shell]);
        assert_eq!(ran.status, 0);
        assert!(ran.stdout.contains("who-can") && ran.stdout.contains("bailiwick"), "{shell}");
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let folder = Folder::new();
    let path = folder.path("huge.yaml");
    File::create(&path).unwrap().set_len((512 << 20) + 1).unwrap();
    let ran = run(["export", "--org", &path]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("huge.yaml` is larger than 512 MiB\nhelp: "), "{}", ran.stderr);
    assert_eq!(run(["export", "--org", "nowhere.yaml"]).status, 2);
}

#[test]
fn a_document_can_come_from_standard_input_and_its_export_is_stable() {
    let first = run(["export", "--org", TUNING]);
    assert_eq!((first.status, first.stderr.as_str()), (0, ""));
    assert!(first.stdout.starts_with("bailiwick: 1\n"));
    let again = run_with(&["export", "--org", "-"], first.stdout.as_bytes());
    assert_eq!((again.status, again.stdout), (0, first.stdout.clone()));
    let json = run(["export", "--org", TUNING, "--json"]).stdout;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["bailiwick"], 1);
    let from_json = run_with(&["export", "--org", "-"], json.as_bytes());
    assert_eq!(from_json.stdout, first.stdout);
    for form in ["table", "csv"] {
        assert_eq!(run(["export", "--org", TUNING, "--output", form]).status, 2);
    }
}
