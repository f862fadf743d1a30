//! `completions`: what a shell completes.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::output::print;
use crate::{Cli, Status};

/// Print the completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:
  bailiwick completions bash > /etc/bash_completion.d/bailiwick")]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "bailiwick", &mut script);
        print(&String::from_utf8(script)?)?;
        Ok(Status::Done)
    }
}
