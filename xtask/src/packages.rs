//! What the tests need from the machine. Root on Debian gets it installed, others are told what to install.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::postgres;

struct Needed {
    present: fn() -> bool,
    package: &'static str,
    why: &'static str,
}

/// One line for each thing that a machine with Rust and a C linker may still lack.
const NEEDED: &[Needed] = &[
    Needed { present: || on_path("git"), package: "git", why: "tidy asks it which files are ours" },
    Needed {
        present: postgres::available,
        package: "postgresql",
        why: "the store is tested on PostgreSQL too",
    },
    Needed { present: || on_path("curl"), package: "curl", why: "the guide for operators is walked through" },
    Needed { present: || on_path("jq"), package: "jq", why: "the guide uses it" },
    Needed { present: || on_path("openssl"), package: "openssl", why: "the guide makes certificates" },
    Needed {
        present: || on_path("chromium"),
        package: "chromium",
        why: "pages are tested in a real browser",
    },
    Needed {
        present: makes_python_environments,
        package: "python3-venv",
        why: "schemathesis, which tries the API by its description, is in Python",
    },
    Needed {
        present: || on_path("node"),
        package: "nodejs",
        why: "people sign in by a real provider of identities, which runs on it",
    },
    Needed { present: || on_path("npm"), package: "npm", why: "it installs that provider" },
    Needed { present: || on_path("slapd"), package: "slapd", why: "people sign in by a real directory" },
    Needed { present: || on_path("ldapmodify"), package: "ldap-utils", why: "tests change that directory" },
    Needed { present: || on_path("chromedriver"), package: "chromium-driver", why: "it drives that browser" },
];

pub(crate) fn install_missing() -> Result<()> {
    let missing: Vec<&Needed> = NEEDED.iter().filter(|needed| !(needed.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for needed in &missing {
        println!("`{}` is missing: {}", needed.package, needed.why);
    }
    let packages: Vec<&str> = missing.iter().map(|needed| needed.package).collect();
    if !(root()? && on_path("apt-get")) {
        bail!("install {0} first, on Debian by `sudo apt-get install {0}`", packages.join(" "));
    }
    install(&packages)?;
    match missing.iter().find(|needed| !(needed.present)()) {
        Some(needed) => bail!("`{}` is installed and still not found", needed.package),
        None => Ok(()),
    }
}

fn install(packages: &[&str]) -> Result<()> {
    let mut script = Command::new("sh");
    script.args(["-c", include_str!("packages.sh"), "packages.sh"]).args(packages);
    let status = script.status().context("cannot run `sh`")?;
    ensure!(status.success(), "apt-get could not install {}: its messages are above", packages.join(" "));
    Ok(())
}

/// Are we root? The kernel gives a process's own folder to its effective user.
pub(crate) fn root() -> Result<bool> {
    Ok(std::fs::metadata("/proc/self").context("cannot tell who runs this")?.uid() == 0)
}

/// Debian keeps the part of Python that does so apart.
fn makes_python_environments() -> bool {
    let asked = Command::new("python3").args(["-c", "import ensurepip, venv"]).output();
    asked.is_ok_and(|output| output.status.success())
}

/// Debian keeps servers in `sbin`, which is not on everyone's path.
fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(program)).any(|candidate| Path::is_file(&candidate))
}

#[cfg(test)]
mod tests {
    use super::on_path;

    #[test]
    fn a_program_is_found_by_its_name() {
        assert!(on_path("sh"));
        assert!(!on_path("no-such-program"));
    }
}
