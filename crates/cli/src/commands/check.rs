//! `check`: many decisions, a JSON line each.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use governance::{Organisation, QuestionText, decide};

use crate::Status;
use crate::failure::Failure;
use crate::lines::{Line, next_line};
use crate::organisation_source::{OrganisationSource, cannot_read};
use crate::output::{Format, Output};
use crate::question_line;

/// Answer many questions, one JSON line each
///
/// Reads one question a line and writes one answer a line, in the same order, at once: it can be talked to. A
/// line that is no question answers `{"error":"…"}` in its place, and the rest goes on. `id`, whatever it is,
/// comes back with the answer.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick check --org stories/gcm/tuning-team.yaml --questions questions.jsonl

A question and its answer:
  {"id":1,"user":"bob","operation":"read","item":"gc:Electric Vehicle"}
  {"id":1,"allowed":true,"gate":null,"basis":"read","area":null,"missing":[]}

Exit status: 0 when every line got an answer, whatever it says."#)]
pub(crate) struct Check {
    #[command(flatten)]
    source: OrganisationSource,
    /// The questions, one JSON object a line; `-` is standard input
    #[arg(long, value_name = "FILE.jsonl|-")]
    questions: PathBuf,
}

/// No question is that long; a longer line is one that lost its ends.
const LONGEST: usize = 1 << 20;
/// Answers wait until there are so many, or until more questions must be waited for.
const WAITING: usize = 1 << 16;

impl Check {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        if let Some(Format::Table | Format::Yaml | Format::Csv) = output.asked() {
            let help = "leave `--output` away; for one question there is `bailiwick explain`";
            return Err(Failure::new("`check` always writes JSON lines", help).into());
        }
        let stdin = Path::new("-");
        if self.questions == stdin && self.source.org.iter().any(|file| file == stdin) {
            let help = "put one of them into a file";
            return Err(Failure::new("standard input cannot be the document and the questions", help).into());
        }
        let questions: Box<dyn Read> = if self.questions == stdin {
            Box::new(io::stdin().lock())
        } else {
            let file = File::open(&self.questions).map_err(|cause| cannot_read(&self.questions, &cause))?;
            Box::new(file)
        };
        let organisation = self.source.load()?;
        match answer(&organisation, questions, io::stdout().lock()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Status::Done),
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
                Err(cannot_read(&self.questions, &error).into())
            }
            other => Ok(other.map(|()| Status::Done)?),
        }
    }
}

/// Answers line by line, holding no more than one line and some answers.
fn answer(organisation: &Organisation, questions: impl Read, mut answers: impl Write) -> io::Result<()> {
    let leases = organisation.leasable();
    let mut input = BufReader::with_capacity(WAITING, questions);
    let (mut line, mut waiting) = (Vec::new(), Vec::with_capacity(2 * WAITING));
    let mut text = QuestionText::default();
    let mut flush = |waiting: &mut Vec<u8>| {
        answers.write_all(waiting)?;
        waiting.clear();
        answers.flush()
    };
    while let Some(read) = next_line(&mut input, &mut line, LONGEST, || flush(&mut waiting))? {
        let mut id = None;
        let answer = readable(read, &line).and_then(|line| {
            question_line::read(line, &mut text, &mut id)?;
            let question = organisation.question(&text, leases).map_err(|error| error.to_string())?;
            Ok(organisation.answer(&question, &decide(organisation, &question)))
        });
        if let Some(id) = id {
            waiting.extend_from_slice(b"{\"id\":");
            waiting.extend_from_slice(id.as_bytes());
        }
        let begin = waiting.len();
        match answer {
            Ok(answer) => serde_json::to_writer(&mut waiting, &answer)?,
            Err(error) => {
                waiting.extend_from_slice(b"{\"error\":");
                serde_json::to_writer(&mut waiting, &error)?;
                waiting.push(b'}');
            }
        }
        if id.is_some() {
            // The answer goes on after the id.
            waiting[begin] = b',';
        }
        waiting.push(b'\n');
        if waiting.len() >= WAITING {
            flush(&mut waiting)?;
        }
    }
    flush(&mut waiting)
}

/// The line as text, without the mark that some editors put at the beginning of a file; joined files have it
/// anywhere.
fn readable(read: Line, line: &[u8]) -> Result<&str, String> {
    if read == Line::TooLong {
        return Err(format!("the line is longer than {} MiB; write one question a line", LONGEST >> 20));
    }
    let text = std::str::from_utf8(line)
        .map_err(|error| format!("the line is not UTF-8: its byte {} is wrong", error.valid_up_to() + 1))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_ascii().is_empty() {
        Err("the line is empty; write a question".to_owned())
    } else {
        Ok(text)
    }
}
