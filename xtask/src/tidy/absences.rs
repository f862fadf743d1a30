//! Words that may not stand in the code of some folders.

use super::arrows::dependencies_of;
use super::source::{Source, lines_with};
use super::{Problem, Repository};

struct Absence {
    words: &'static [&'static str],
    /// Folders and files, relative to the workspace; the empty name is the workspace.
    within: &'static [&'static str],
    except: &'static [&'static str],
    of_tests_too: bool,
    remedy: &'static str,
}

const EVERYWHERE: &[&str] = &[""];

/// The crates whose functions depend on their arguments only.
const PURE: &[&str] = &["crates/governance", "crates/document", "crates/oauth1"];

/// They run while compiling, on files of our own.
const BUILD_SCRIPTS: &[&str] = &[
    "crates/governance/build.rs",
    "crates/document/build.rs",
    "crates/oauth1/build.rs",
    "crates/server/build.rs",
];

const ABSENCES: &[Absence] = &[
    // A decision that waits can be overtaken; one that does not is atomic and can be tested by the million.
    Absence {
        words: &["async", ".await", "tokio", "futures"],
        within: PURE,
        except: BUILD_SCRIPTS,
        of_tests_too: false,
        remedy: "let the server wait and hand over what it waited for",
    },
    // A decision can be explained and repeated only when the time and the chance that went into it are known.
    Absence {
        words: &["SystemTime", "Instant::now", "Timestamp::now", "Zoned::now", "Uuid::now_v7", "::now"],
        within: PURE,
        except: BUILD_SCRIPTS,
        of_tests_too: false,
        remedy: "take the time as an argument",
    },
    Absence {
        words: &["rand", "getrandom", "thread_rng", "Ulid::new", "Uuid::new_v4"],
        within: PURE,
        except: BUILD_SCRIPTS,
        of_tests_too: false,
        remedy: "take the identifier or number as an argument",
    },
    // The same question must have the same answer on every node, whatever is on its disk.
    Absence {
        words: &[
            "std::fs",
            "std::net",
            "std::process",
            "std::env",
            "println!",
            "print!",
            "eprintln!",
            "eprint!",
        ],
        within: PURE,
        except: BUILD_SCRIPTS,
        of_tests_too: false,
        remedy: "let the caller read and write, and hand over the text",
    },
    // One crate knows how facts are kept; `bench` may time a database by hand against it.
    Absence {
        words: &["sqlx"],
        within: EVERYWHERE,
        except: &["crates/store", "bench"],
        of_tests_too: true,
        remedy: "ask crates/store",
    },
    // One crate knows HTTP, so that permission cannot depend on the way a question came in.
    Absence {
        words: &["axum"],
        within: EVERYWHERE,
        except: &["crates/server"],
        of_tests_too: true,
        remedy: "speak HTTP in crates/server only",
    },
    // A second place that decides will one day decide otherwise. Who asks whether somebody is an
    // administrator means whether they may do something.
    Absence {
        words: &["JazzAdmins", "is_administrator", "is_admin"],
        within: &["crates/server/src", "crates/cli/src", "crates/store/src"],
        except: &[],
        of_tests_too: false,
        remedy: "ask governance::decision whether the user may do what is about to be done",
    },
    // A handler that held everything could show what its caller may not see; a view of one user cannot.
    Absence {
        words: &["Organisation"],
        within: &["crates/server/src/api", "crates/server/src/pages", "crates/server/src/access"],
        except: &[],
        of_tests_too: false,
        remedy: "take the `View` of the caller",
    },
    // What is not in the one table is told to nobody, and no test tries it as somebody who may not.
    Absence {
        words: &[".route(", "Router::new"],
        within: &["crates/server/src"],
        except: &["crates/server/src/routes.rs"],
        of_tests_too: false,
        remedy: "add it to the `Routes` of its module",
    },
    // `expect` speaks up once its reason is gone; `allow` stays for ever.
    Absence {
        words: &["#[allow", "#![allow"],
        within: EVERYWHERE,
        except: &[],
        of_tests_too: true,
        remedy: "write `#[expect(…, reason = \"…\")]`",
    },
    // A server that stops is worse than an answer that names cause and remedy.
    Absence {
        words: &[".unwrap()", "panic!", "todo!", "unimplemented!"],
        within: EVERYWHERE,
        except: BUILD_SCRIPTS,
        of_tests_too: false,
        remedy: "return an error, or `expect` what the lines above have made sure of",
    },
];

pub(super) fn words(_: &Repository, file: &Source) -> Vec<Problem> {
    let holds = |absence: &&Absence| file.is_in(absence.within) && !file.is_in(absence.except);
    let mut problems = Vec::new();
    for absence in ABSENCES.iter().filter(holds) {
        let code = if absence.of_tests_too { &file.code } else { &file.product };
        for word in absence.words {
            let wrong = format!("`{word}` does not belong here");
            let found = lines_with(code, word).into_iter();
            problems.extend(found.map(|line| Problem::new(file, line, wrong.as_str(), absence.remedy)));
        }
    }
    problems.dedup_by(|next, kept| next.line == kept.line && next.remedy == kept.remedy);
    problems
}

/// A dependency without a word in the source still costs every build, and the word follows.
pub(super) fn dependencies(_: &Repository, file: &Source) -> Vec<Problem> {
    const KEPT: [(&str, &[&str]); 2] = [("sqlx", &["crates/store", "bench"]), ("axum", &["crates/server"])];
    let mut problems = Vec::new();
    for dependency in dependencies_of(file) {
        for (family, homes) in KEPT {
            if dependency.name.starts_with(family) && !file.is_in(homes) {
                let wrong = format!("depends on `{}`", dependency.name);
                problems.push(Problem::new(
                    file,
                    dependency.line,
                    wrong,
                    format!("only {} does", homes.join(", ")),
                ));
            }
        }
    }
    problems
}

/// Where statements may stand: beside the tables that they name, and in the comparison with plain SQL.
const HOMES_OF_SQL: &[&str] = &["crates/store", "bench"];

const MOVE_SQL: &str = "move it to crates/store";

/// Statements outside the store would fetch what the caller may not see, and break when a table changes.
pub(super) fn sql_text(_: &Repository, file: &Source) -> Vec<Problem> {
    if file.is_in(HOMES_OF_SQL) {
        return Vec::new();
    }
    let statements = file.strings.iter().filter(|(_, text)| is_statement(text));
    statements.map(|(line, _)| Problem::new(file, *line, "SQL text", MOVE_SQL)).collect()
}

/// The same for statements in a file of their own.
pub(super) fn sql_files(_: &Repository, file: &Source) -> Vec<Problem> {
    let stray = file.path.ends_with(".sql") && !file.is_in(HOMES_OF_SQL);
    stray.then(|| Problem::new(file, 1, "a file of SQL", MOVE_SQL)).into_iter().collect()
}

fn is_statement(text: &str) -> bool {
    const VERBS: [&str; 9] =
        ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "PRAGMA", "WITH"];
    let mut words = text.split_whitespace();
    // HTTP deletes too, what is at a path.
    words.next().is_some_and(|verb| VERBS.contains(&verb))
        && words.next().is_some_and(|word| !word.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use crate::tidy::said_of;

    /// Each rule catches its bad line in `path`, and says so with `remedy`.
    fn caught(path: &str, lines: &[&str], remedy: &str) {
        for line in lines {
            let said = said_of(path, &format!("\n{line}\n"));
            assert_eq!(said.len(), 1, "{line} in {path}: {said:?}");
            assert!(said[0].starts_with(&format!("{path}:2: ")) && said[0].contains(remedy), "{said:?}");
        }
    }

    fn fine(path: &str, lines: &[&str]) {
        for line in lines {
            assert_eq!(said_of(path, line), [""; 0], "{line} in {path}");
        }
    }

    #[test]
    fn pure_crates_do_not_wait() {
        caught(
            "crates/governance/src/a.rs",
            &["async fn f() {}", "x.await;", "use tokio::x;"],
            "let the server wait",
        );
        fine("crates/governance/src/a.rs", &["// async fn", "let asynchronous = 1;"]);
        fine("crates/store/src/a.rs", &["async fn f() { x.await }"]);
    }

    #[test]
    fn pure_crates_have_no_clock() {
        let lines =
            ["Instant::now()", "use std::time::SystemTime;", "jiff::Timestamp::now()", "Zoned::now()"];
        caught("crates/document/src/a.rs", &lines, "the time as an argument");
    }

    #[test]
    fn pure_crates_have_no_chance() {
        let lines = ["rand::rng()", "Ulid::new()", "getrandom::fill(&mut x)"];
        caught("crates/oauth1/src/a.rs", &lines, "identifier or number");
        fine("crates/governance/src/a.rs", &["let operand = brand;"]);
    }

    #[test]
    fn pure_crates_do_no_io_but_their_build_scripts_and_tests_do() {
        let lines = ["std::fs::read(x)", "use std::{env, fmt};", "println!()", "std::net::TcpStream"];
        caught("crates/governance/src/a.rs", &lines, "hand over the text");
        fine("crates/governance/build.rs", &lines);
        fine("crates/governance/tests/a.rs", &lines);
        fine("crates/governance/src/a.rs", &["#[cfg(test)]\nmod tests { use std::fs; }"]);
    }

    #[test]
    fn only_the_store_knows_sqlx() {
        caught("crates/server/src/a.rs", &["use sqlx::Row;"], "crates/store");
        assert!(
            said_of("crates/cli/Cargo.toml", "[dependencies]\nsqlx = \"1\"")[0]
                .contains(":2: depends on `sqlx`")
        );
        fine("crates/store/src/a.rs", &["use sqlx::Row;"]);
    }

    #[test]
    fn only_the_server_knows_axum() {
        caught("crates/cli/src/a.rs", &["axum::serve()"], "crates/server");
        fine("crates/server/src/a.rs", &["axum::serve()"]);
    }

    #[test]
    fn only_decisions_know_administrators() {
        caught(
            "crates/server/src/a.rs",
            &["if RepositoryGroup::JazzAdmins == g {}", "u.is_admin()"],
            "governance::decision",
        );
        fine("crates/governance/src/a.rs", &["RepositoryGroup::JazzAdmins"]);
        fine("crates/server/src/a.rs", &["// JazzAdmins may", "#[cfg(test)]\nmod tests { JazzAdmins }"]);
    }

    #[test]
    fn handlers_hold_views() {
        for path in
            ["crates/server/src/api/a.rs", "crates/server/src/pages/a.rs", "crates/server/src/access/mod.rs"]
        {
            caught(path, &["fn f(o: &Organisation) {}"], "`View`");
        }
        fine("crates/server/src/office.rs", &["fn f(o: &Organisation) {}"]);
    }

    #[test]
    fn routes_stand_in_one_table() {
        let lines = ["router.route(\"/hidden\", get(f))", "axum::Router::new()"];
        caught("crates/server/src/pages/a.rs", &lines, "`Routes`");
        fine("crates/server/src/routes.rs", &lines);
        fine("crates/server/src/pages/a.rs", &["routes.get(\"/open\", f)", "use axum::Router;"]);
    }

    #[test]
    fn exceptions_to_lints_expire() {
        caught("crates/server/tests/a.rs", &["#[allow(dead_code)]", "#![allow(unused)]"], "expect");
        fine("crates/server/src/a.rs", &["#[expect(dead_code, reason = \"x\")]"]);
    }

    #[test]
    fn nothing_panics_outside_tests() {
        caught(
            "crates/cli/src/a.rs",
            &["x.unwrap()", "panic!()", "todo!()", "unimplemented!()"],
            "return an error",
        );
        fine(
            "crates/cli/src/a.rs",
            &["x.unwrap_or(1)", "assert!(x)", "#[cfg(test)]\nmod tests { panic!() }"],
        );
    }

    #[test]
    fn sql_stands_in_the_store() {
        let statement = ["SEL", "ECT 1"].concat();
        let line = format!("f(\"{statement}\");");
        caught("crates/server/src/a.rs", &[&line], "crates/store");
        fine("crates/store/src/a.rs", &[&line]);
        fine(
            "crates/server/src/a.rs",
            &[&format!("// {statement}"), "\"UPDATE\"", "\"select one\"", "\"DELETE /a\""],
        );
        assert_eq!(said_of("docs/a.sql", "").len(), 1);
        assert_eq!(said_of("crates/store/migrations/0001_a.sql", "").len(), 0);
    }
}
