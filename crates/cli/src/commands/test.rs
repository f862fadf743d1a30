//! `test`: stories.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::Status;
use crate::failure;
use crate::organisation_source::Files;
use crate::output::{Output, count};
use crate::table::{Table, visible};

/// Run stories: documents that say what they expect of themselves
///
/// Each file is a story of its own; they are not laid over one another.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick test stories/gcm/tuning-team.yaml stories/development/eleven-users.yaml

Exit status: 0 when every expectation holds, 1 when one fails.")]
pub(crate) struct Test {
    /// The stories
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Results {
    stories: usize,
    expectations: usize,
    failures: Vec<Failed>,
}

#[derive(Serialize)]
struct Failed {
    file: String,
    line: u32,
    question: String,
    because: Vec<String>,
}

impl Test {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let mut results = Results { stories: self.files.len(), expectations: 0, failures: Vec::new() };
        let mut unreadable = None;
        for path in self.files {
            match run_file(&path, &mut results) {
                Ok(()) => {}
                // The others are tested all the same.
                Err(error) => {
                    if let Some(earlier) = unreadable.replace(error) {
                        failure::tell(&earlier);
                    }
                }
            }
        }
        if let Some(error) = unreadable {
            if results.expectations > 0 {
                write(output, &results)?;
            }
            return Err(error);
        }
        write(output, &results)?;
        Ok(if results.failures.is_empty() { Status::Done } else { Status::Not })
    }
}

fn run_file(path: &PathBuf, results: &mut Results) -> anyhow::Result<()> {
    let file = path.display().to_string();
    let files = Files::read(std::slice::from_ref(path))?;
    let loaded = document::load(&files.sources(), &files.limits)?;
    let outcomes = document::run_story(&loaded.organisation, &loaded.expectations);
    if outcomes.is_empty() {
        failure::note(format_args!("`{file}` expects nothing: it has no `expect`"));
    }
    results.expectations += outcomes.len();
    let failed = outcomes.into_iter().filter(|outcome| !outcome.failures.is_empty());
    results.failures.extend(failed.map(|outcome| Failed {
        file: file.clone(),
        line: outcome.span.line,
        question: outcome.question.to_string(),
        because: outcome.failures,
    }));
    Ok(())
}

fn write(output: Output, results: &Results) -> anyhow::Result<()> {
    let rows = || {
        let mut table = Table::new(&["place", "question", "because"]);
        for Failed { file, line, question, because } in &results.failures {
            table.row([format!("{file}:{line}"), question.clone(), because.join("\n")]);
        }
        table
    };
    let text = || {
        let Results { stories, expectations, failures } = results;
        let stories = if *stories == 1 { "1 story".to_owned() } else { format!("{stories} stories") };
        let expected = count(*expectations, "expectation");
        if failures.is_empty() {
            let hold = if *expectations == 1 { "holds" } else { "hold" };
            return format!("{expected} in {stories} {hold}\n");
        }
        let mut text = String::new();
        for Failed { file, line, question, because } in failures {
            text += &format!("{}\n", visible(&format!("{file}:{line}: {question}")));
            for because in because {
                text += &format!("    {}\n", visible(because));
            }
        }
        let fail = if failures.len() == 1 { "fails" } else { "fail" };
        text + &format!("\n{} of {expected} in {stories} {fail}\n", failures.len())
    };
    output.write(results, rows, text)
}
