//! `check`: many decisions, a JSON line each.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use governance::{
    LONGEST_LINE, LicenceSet, Organisation, QuestionLines, QuestionText, decide, write_answer_line,
};

use crate::Status;
use crate::failure::Failure;
use crate::lines::{Line, next_line};
use crate::organisation_source::{Opened, OrganisationSource, cannot_read};
use crate::output::{Format, Output};
use crate::remote::Remote;

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

/// Questions and answers wait until there are so many bytes, or until more questions must be waited for.
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
        let stdout = io::stdout().lock();
        let answered = match self.source.open()? {
            Opened::Here(organisation) => answer(&mut Here::new(&organisation), questions, stdout),
            Opened::There(there) => answer(&mut There::new(&there.remote, there.as_of), questions, stdout),
        };
        match answered {
            Err(Stopped::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Status::Done),
            Err(Stopped::Io(error)) if error.kind() == io::ErrorKind::IsADirectory => {
                Err(cannot_read(&self.questions, &error).into())
            }
            Err(Stopped::Io(error)) => Err(error.into()),
            Err(Stopped::Remote(error)) => Err(error),
            Ok(()) => Ok(Status::Done),
        }
    }
}

/// Why not every line got an answer.
enum Stopped {
    Io(io::Error),
    Remote(anyhow::Error),
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What answers questions.
trait Answering {
    /// Takes the question that a line asks.
    fn ask(&mut self, line: &[u8], id: Option<&str>, question: &QuestionText);
    /// Takes the answer to a line that asks nothing.
    fn say(&mut self, id: Option<&str>, error: &str);
    /// How many bytes wait to be written.
    fn waiting(&self) -> usize;
    /// Writes the answers to whatever was taken, in its order.
    fn write(&mut self, answers: &mut dyn Write) -> Result<(), Stopped>;
}

/// Answers line by line, holding no more than one line and what waits.
fn answer(to: &mut dyn Answering, questions: impl Read, mut answers: impl Write) -> Result<(), Stopped> {
    let mut input = BufReader::with_capacity(WAITING, questions);
    let mut lines = QuestionLines::default();
    let mut line = Vec::new();
    while let Some(read) = next_line(&mut input, &mut line, LONGEST_LINE, || to.write(&mut answers))? {
        let read = lines.read(match read {
            Line::Read => Some(&line),
            Line::TooLong => None,
        });
        match read.question {
            Ok(question) => to.ask(&line, read.id, question),
            Err(error) => to.say(read.id, &error),
        }
        if to.waiting() >= WAITING {
            to.write(&mut answers)?;
        }
    }
    to.write(&mut answers)
}

/// An organisation that is at hand.
struct Here<'a> {
    organisation: &'a Organisation,
    leases: LicenceSet,
    waiting: Vec<u8>,
}

impl<'a> Here<'a> {
    fn new(organisation: &'a Organisation) -> Self {
        Self { organisation, leases: organisation.leasable(), waiting: Vec::with_capacity(2 * WAITING) }
    }
}

impl Answering for Here<'_> {
    fn ask(&mut self, _: &[u8], id: Option<&str>, question: &QuestionText) {
        match self.organisation.question(question, self.leases) {
            Ok(question) => {
                let answer = self.organisation.answer(&question, &decide(self.organisation, &question));
                write_answer_line(id, Ok(&answer), &mut self.waiting);
            }
            Err(error) => self.say(id, &error.to_string()),
        }
    }
    fn say(&mut self, id: Option<&str>, error: &str) {
        write_answer_line(id, Err(error), &mut self.waiting);
    }
    fn waiting(&self) -> usize {
        self.waiting.len()
    }
    fn write(&mut self, answers: &mut dyn Write) -> Result<(), Stopped> {
        answers.write_all(&self.waiting)?;
        self.waiting.clear();
        Ok(answers.flush()?)
    }
}

/// A server, which is asked many questions at a time.
struct There<'a> {
    remote: &'a Remote,
    /// Once it is known, every question is answered from the same revision.
    as_of: Option<String>,
    questions: Vec<u8>,
    lines: Vec<Waiting>,
    bytes: usize,
}

/// A line whose answer is to be written.
enum Waiting {
    /// The server is asked.
    Asked,
    /// It asks nothing; this is said of it.
    Said(Vec<u8>),
}

impl<'a> There<'a> {
    fn new(remote: &'a Remote, as_of: Option<String>) -> Self {
        Self { remote, as_of, questions: Vec::new(), lines: Vec::new(), bytes: 0 }
    }

    fn take(&mut self, line: Waiting, bytes: usize) {
        self.lines.push(line);
        self.bytes += bytes;
    }
}

impl Answering for There<'_> {
    fn ask(&mut self, line: &[u8], _: Option<&str>, _: &QuestionText) {
        self.questions.extend_from_slice(line);
        self.questions.push(b'\n');
        self.take(Waiting::Asked, line.len());
    }
    fn say(&mut self, id: Option<&str>, error: &str) {
        let mut line = Vec::new();
        write_answer_line(id, Err(error), &mut line);
        let bytes = line.len();
        self.take(Waiting::Said(line), bytes);
    }
    fn waiting(&self) -> usize {
        self.bytes
    }
    fn write(&mut self, answers: &mut dyn Write) -> Result<(), Stopped> {
        let questions = std::mem::take(&mut self.questions);
        let asked = self.lines.iter().filter(|line| matches!(line, Waiting::Asked)).count();
        let checked = self.remote.check(questions, asked, &mut self.as_of).map_err(Stopped::Remote)?;
        let mut checked = checked.split_inclusive(|byte| *byte == b'\n');
        for line in self.lines.drain(..) {
            match line {
                Waiting::Asked => answers.write_all(checked.next().unwrap_or_default())?,
                Waiting::Said(line) => answers.write_all(&line)?,
            }
        }
        self.bytes = 0;
        Ok(answers.flush()?)
    }
}
