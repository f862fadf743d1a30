//! The guides show what the binary prints, and what they tell to do works.

use std::io::{BufRead as _, BufReader};
use std::process::Command;

use crate::support::{Folder, Process, Ran, bailiwick, repository};

fn document(path: &str) -> String {
    std::fs::read_to_string(repository().join("docs").join(path)).unwrap()
}

#[test]
fn what_the_command_line_page_shows_is_what_is_printed() {
    let page = document("command-line.md");
    let mut lines = page.lines().peekable();
    let mut shown = 0;
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_bailiwick")).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    while let Some(line) = lines.next() {
        let Some(first) = line.strip_prefix("    $ ") else { continue };
        let mut command = first.to_owned();
        while command.ends_with('\\') {
            command += &format!("\n{}", lines.next().unwrap());
        }
        // Questions that are typed stand among the answers.
        if command.contains("--questions -") {
            continue;
        }
        let mut expected = String::new();
        while let Some(line) = lines.next_if(|line| line.is_empty() || line.starts_with("    ")) {
            expected += &format!("{}\n", line.strip_prefix("    ").unwrap_or(line));
        }
        let ran =
            Command::new("sh").args(["-c", &command]).env("PATH", &path).current_dir(repository()).output();
        let ran: Ran = ran.unwrap().into();
        assert_eq!(ran.stdout.trim_end(), expected.trim_end(), "{command}");
        shown += 1;
    }
    assert!(shown >= 4, "{shown}");
}

#[test]
fn the_first_steps_can_be_taken() {
    let page = document("guide/first-steps.md");
    let blocks: Vec<&str> =
        page.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    let story = blocks.concat();
    let folder = Folder::new();
    folder.file("bicycle.yaml", &story);
    folder.file("proposed.yaml", story.replace("{name: Frame}", "{name: Frame, team_area: Brake Team}"));
    folder.file("slip.yaml", story.replacen("licenses", "licences", 1));
    folder.file("apart.yaml", story.replace("{name: Brake, team_area: Brake Team}", "{name: Brake}"));
    let went = |line: &str, status: i32, said: &str| {
        let ran = bailiwick().args(line.split(' ')).current_dir(folder.path("")).output().unwrap();
        let ran = Ran::from(ran);
        assert_eq!(ran.status, status, "{line}: {ran:?}");
        assert!(ran.stdout.contains(said) || ran.stderr.contains(said), "{line}: {said} in {ran:?}");
    };
    let line_of_tom = 1 + story.lines().position(|line| line.contains("user: tom")).unwrap();
    went(
        "test slip.yaml",
        2,
        "slip.yaml:3:26: users[0].licences: unknown key `licences`; did you mean `licenses`?",
    );
    went("test bicycle.yaml", 0, "6 expectations in 1 story hold");
    went("test apart.yaml", 1, &format!("apart.yaml:{line_of_tom}: tom gc.save-stream/modify-attributes"));
    went("test apart.yaml", 1, "\n1 of 6 expectations in 1 story fails\n");
    went("compare --org bicycle.yaml --with proposed.yaml", 0, "1 user gains; nobody loses anything.");
    went("plan --data bicycle-data bicycle.yaml", 1, "created  4 users");
    went("import --data bicycle-data bicycle.yaml --yes", 0, "Imported as revision 1.");
    went("plan --data bicycle-data bicycle.yaml", 0, "Nothing to change");
    went("plan --data bicycle-data proposed.yaml", 1, "1 user gains; nobody loses anything.");
    went("import --data bicycle-data proposed.yaml --yes", 0, "Imported as revision 2.");
    let compared = bailiwick()
        .args(["compare", "--data", "bicycle-data", "--at-revision", "1"])
        .current_dir(folder.path(""))
        .output();
    let compared = Ran::from(compared.unwrap());
    let shown: String =
        compared.stdout.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect();
    assert!(document("command-line.md").contains(&shown), "{shown}");
    let frame = |at: &[&str]| {
        let mut command = bailiwick();
        command.args(["explain", "--data", "bicycle-data"]).args(at).current_dir(folder.path(""));
        command.args([
            "tom",
            "gc.save-stream/modify-attributes",
            "gc:Bicycle#Frame/stream:Frame Initial Stream",
        ]);
        command.output().unwrap().status.code()
    };
    assert_eq!((frame(&[]), frame(&["--at-revision", "1"])), (Some(0), Some(1)));
    let serve = ["serve", "--data", &folder.path("bicycle-data"), "--listen", "127.0.0.1:0"];
    let mut server = Process::start(bailiwick().args(serve));
    let said: Vec<_> =
        BufReader::new(server.0.stdout.take().unwrap()).lines().take(3).map(Result::unwrap).collect();
    assert!(
        said[1].ends_with("Let `root` set one at") && said[2].contains("/set-password?link="),
        "{said:?}"
    );
}
