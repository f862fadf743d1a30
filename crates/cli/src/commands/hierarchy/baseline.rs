//! `hierarchy baseline`: baselines of everything in a hierarchy that has changed.

use clap::Args;
use governance::{BaselineLine, BaselineOutcome};

use crate::Status;
use crate::commands::agree::{Consent, agree};
use crate::output::{Output, print};
use crate::progress::Progress;
use crate::remote::{BaselineRun, Remote, ServerArgs};
use crate::table::Table;

/// Baseline a configuration and all that it contains, bottom up, where it has changed
///
/// What is refused leaves a staging stream that holds what succeeded; baseline that to go on.
#[derive(Debug, Args)]
#[command(after_help = r#"Example:
  bailiwick hierarchy baseline --names "{name} - Release 2" --preview \
      "gc:Electric Vehicle#Electric Vehicle/stream:Electric Vehicle - Sport 2.0""#)]
pub(crate) struct Baseline {
    #[command(flatten)]
    server: ServerArgs,
    /// The reference of a stream or staging stream
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    configuration: Option<String>,
    /// What the baselines are called: `{name}` stands for the name of the stream, `{date}` for the day
    #[arg(long, value_name = "PATTERN", alias = "name", conflicts_with = "resume")]
    names: Option<String>,
    /// Only tell what would be done
    #[arg(long, conflicts_with = "resume")]
    preview: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Go on with a run that was interrupted
    #[arg(long, value_name = "RUN")]
    resume: Option<String>,
}

impl Baseline {
    pub(crate) fn run(self, output: Output) -> anyhow::Result<Status> {
        let remote = self.server.connect()?;
        let run = match (&self.resume, &self.configuration) {
            (Some(run), _) => remote.resume_baseline_run(run)?,
            (None, Some(configuration)) => match self.begin(&remote, configuration, output)? {
                Begun::Run(run) => run,
                Begun::Told(status) => return Ok(status),
            },
            (None, None) => return Ok(Status::Done),
        };
        let progress = Progress::of_unknown_length();
        let run = remote.follow_baseline_run(&run.id, |it| {
            let current = it.current.as_deref().unwrap_or("the global configurations");
            progress.part(it.done, it.of, current);
        })?;
        drop(progress);
        let run = run.ended()?;
        output.write(
            &run,
            || table(&run.lines),
            || {
                let mut text = told(&run.lines);
                text += &match (&run.refusal, run.revision, &run.result) {
                    (Some(refusal), ..) => format!("Nothing was changed: {refusal}.\n"),
                    (None, Some(revision), Some(result)) => format!("Revision {revision}: {result}\n"),
                    (None, ..) => "Nothing had to be changed.\n".to_owned(),
                };
                text
            },
        )?;
        Ok(status(&run.lines, run.refusal.is_some()))
    }

    fn begin(&self, remote: &Remote, configuration: &str, output: Output) -> anyhow::Result<Begun> {
        let consent = Consent::of(self.preview, self.yes, output, "nothing was baselined")?;
        if consent != Consent::Given {
            let plan = remote.baseline_plan(configuration, self.names.as_deref())?;
            if consent == Consent::Preview {
                output.write(&plan, || table(&plan.lines), || told(&plan.lines))?;
                return Ok(Begun::Told(status(&plan.lines, false)));
            }
            print(&told(&plan.lines))?;
            if !plan.changes {
                print("Nothing would be changed.\n")?;
                return Ok(Begun::Told(status(&plan.lines, false)));
            }
            agree("Baseline this?", "nothing was baselined", "baseline")?;
        }
        Ok(Begun::Run(remote.baseline_hierarchy(configuration, self.names.as_deref())?))
    }
}

/// What was begun.
enum Begun {
    Run(BaselineRun),
    /// Nothing: all was told.
    Told(Status),
}

fn table(lines: &[BaselineLine]) -> Table {
    let mut table = Table::new(&["configuration", "outcome", "result", "refusals"]);
    for line in lines {
        table.row([
            line.configuration.to_string(),
            line.outcome.word().to_owned(),
            line.result.clone().unwrap_or_default(),
            line.refusals.join("; "),
        ]);
    }
    table
}

/// The same for people: what was there already is only counted.
fn told(lines: &[BaselineLine]) -> String {
    let news: Vec<_> = lines.iter().filter(|it| it.outcome != BaselineOutcome::Reused).cloned().collect();
    let reused = lines.len() - news.len();
    let mut text = if news.is_empty() { String::new() } else { table(&news).text() };
    if reused > 0 {
        text += &format!("{reused} unchanged, for which their baselines stand.\n");
    }
    text
}

fn status(lines: &[BaselineLine], refused: bool) -> Status {
    if refused || lines.iter().any(|it| !it.refusals.is_empty()) { Status::Not } else { Status::Done }
}
