//! `check`: a filter for JSON lines.

use std::io::{BufRead as _, BufReader, Write as _};

use crate::support::{Folder, Process, TUNING, bailiwick, run, run_with};

const QUESTION: &str = r#"{"user":"bob","operation":"gc.save-stream","actions":["modify-attributes"],"item":"gc:Electric Vehicle#Motor/stream:Motor 1.0"}"#;
const ANSWER: &str = r#"{"allowed":false,"gate":"PERMISSION","basis":null,"area":"gc/Electric Vehicle","missing":["modify-attributes"]}"#;
const READ: &str = r#"{"user":"bob","operation":"read","item":"gc:Electric Vehicle"}"#;
const MAY_READ: &str = r#"{"allowed":true,"gate":null,"basis":"read","area":null,"missing":[]}"#;

fn check(questions: impl AsRef<[u8]>, answers: &[&str]) {
    let ran = run_with(&["check", "--org", TUNING, "--questions", "-"], questions.as_ref());
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), answers);
}

#[test]
fn every_question_gets_its_answer_in_order_from_a_file_too() {
    let questions = format!("{QUESTION}\n{READ}\n");
    check(&questions, &[ANSWER, MAY_READ]);
    check(format!("{QUESTION}\r\n{READ}"), &[ANSWER, MAY_READ]);
    // The mark that some editors put at the beginning of a file is passed over, in joined files too.
    check(format!("\u{feff}{QUESTION}\n\u{feff}{READ}\n"), &[ANSWER, MAY_READ]);
    check("", &[]);
    let folder = Folder::new();
    let ran = run(["check", "--json", "--org", TUNING, "--questions", &folder.file("q.jsonl", questions)]);
    assert_eq!((ran.status, ran.stdout), (0, format!("{ANSWER}\n{MAY_READ}\n")));
}

#[test]
fn an_id_comes_back_as_it_was_written() {
    for id in ["7", "\"x\"", "null", "[1, {\"a\": 2.50}]", "12345678901234567890123"] {
        let question = READ.replacen('{', &format!("{{\"id\":{id},"), 1);
        check(question, &[&MAY_READ.replacen('{', &format!("{{\"id\":{id},"), 1)]);
    }
}

#[test]
fn a_bad_line_is_answered_in_its_place_and_the_rest_goes_on() {
    let unknown = r#"{"id":1,"user":"bob","operation":"read","item":"gc:Nowhere"}"#;
    check(
        format!("\n{unknown}\nnonsense\n{READ}\n"),
        &[
            r#"{"error":"the line is empty; write a question"}"#,
            r#"{"id":1,"error":"unknown item `gc:Nowhere`"}"#,
            r#"{"error":"this is no JSON: expected ident at column 2"}"#,
            MAY_READ,
        ],
    );
}

#[test]
fn bytes_that_are_no_text_are_answered_in_their_place() {
    let questions = [b"{\"user\":\"\xff\xfe\"}\n", READ.as_bytes()].concat();
    check(questions, &[r#"{"error":"the line is not UTF-8: its byte 10 is wrong"}"#, MAY_READ]);
}

#[test]
fn a_question_is_answered_while_more_may_come() {
    let mut child = Process::start(bailiwick().args(["check", "--org", TUNING, "--questions", "-"]));
    let mut questions = child.0.stdin.take().unwrap();
    let mut answers = BufReader::new(child.0.stdout.take().unwrap()).lines();
    for _ in 0..3 {
        writeln!(questions, "{QUESTION}").unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), ANSWER);
        // Half a line waits for its other half.
        let (begin, end) = READ.split_at(20);
        write!(questions, "{QUESTION}\n{begin}").unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), ANSWER);
        writeln!(questions, "{end}").unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), MAY_READ);
    }
    drop(questions);
    assert!(answers.next().is_none());
    assert!(child.0.wait().unwrap().success());
}

#[test]
fn a_million_questions_on_one_line_are_one_error_in_bounded_memory() {
    let mut child = Process::start(bailiwick().args(["check", "--org", TUNING, "--questions", "-"]));
    let mut questions = child.0.stdin.take().unwrap();
    let mut answers = BufReader::new(child.0.stdout.take().unwrap()).lines();
    let thousand = QUESTION.repeat(1000);
    for _ in 0..1000 {
        questions.write_all(thousand.as_bytes()).unwrap();
    }
    writeln!(questions, "\n{READ}").unwrap();
    let error = r#"{"error":"the line is longer than 1 MiB; write one question a line"}"#;
    assert_eq!(answers.next().unwrap().unwrap(), error);
    assert_eq!(answers.next().unwrap().unwrap(), MAY_READ);
    if let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", child.0.id())) {
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kilobytes: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kilobytes < 128 << 10, "{kilobytes} kB");
    }
    drop(questions);
    assert!(child.0.wait().unwrap().success());
}

#[test]
fn who_stops_listening_is_no_error() {
    let mut child = Process::start(bailiwick().args(["check", "--org", TUNING, "--questions", "-"]));
    drop(child.0.stdout.take());
    let mut questions = child.0.stdin.take().unwrap();
    while writeln!(questions, "{QUESTION}").is_ok() {}
    assert_eq!(child.0.wait().unwrap().code(), Some(0));
}

#[test]
fn what_cannot_be_checked_is_status_two() {
    let said = |arguments: &[&str]| {
        let ran = run(arguments.iter().copied());
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        ran.stderr
    };
    let table = said(&["check", "--org", TUNING, "--questions", "-", "--output", "csv"]);
    assert!(table.starts_with("error: `check` always writes JSON lines\nhelp: "), "{table}");
    let missing = said(&["check", "--org", TUNING, "--questions", "nowhere.jsonl"]);
    assert!(missing.contains("cannot read `nowhere.jsonl`"), "{missing}");
    let folder = said(&["check", "--org", TUNING, "--questions", "."]);
    assert!(folder.contains("cannot read `.`"), "{folder}");
    let both = said(&["check", "--org", "-", "--questions", "-"]);
    assert!(both.contains("standard input"), "{both}");
    let source = said(&["check", "--questions", "-"]);
    assert!(source.contains("--org"), "{source}");
}
