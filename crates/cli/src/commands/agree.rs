//! Asking whether somebody agrees.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::failure::Failure;

/// Goes on if whoever sits at the terminal says yes.
pub(crate) fn agree(question: &str, nothing: &str, to: &str) -> anyhow::Result<()> {
    let help = format!("add `--yes` to {to} without being asked");
    let declined = |cause: String| Failure::new(cause, &help);
    if !io::stdin().is_terminal() {
        return Err(declined(format!("nobody is there to be asked; {nothing}")).into());
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question} [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(declined(format!("you did not say yes; {nothing}")).into()),
    }
}
