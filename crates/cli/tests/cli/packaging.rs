//! What packaging/ tells the binary, the binary takes.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Folder, Process, Ran, bailiwick, repository};

fn file(name: &str) -> String {
    std::fs::read_to_string(repository().join("packaging").join(name)).unwrap()
}

/// What every key comes to with these arguments and variables, by key.
fn checked(arguments: &[&str], variables: &BTreeMap<String, String>) -> BTreeMap<String, (Value, String)> {
    let mut command = bailiwick();
    command.args(["config", "check", "--json"]).args(arguments).envs(variables);
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    let keys: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let key = |key: &Value| {
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        (text("key"), (key["value"].clone(), text("origin")))
    };
    keys.iter().map(key).collect()
}

/// What the C library reads (docs/guide/operating.md), and the program does not.
const OF_THE_C_LIBRARY: &str = "GLIBC_TUNABLES";

/// Each variable sets a key.
fn all_are_used(keys: &BTreeMap<String, (Value, String)>, variables: &BTreeMap<String, String>) {
    for name in variables.keys().filter(|name| *name != OF_THE_C_LIBRARY) {
        assert!(keys.values().any(|(_, origin)| *origin == format!("${name}")), "{name} sets nothing");
    }
}

#[test]
fn the_unit_starts_what_there_is_to_start() {
    let folder = Folder::new();
    // What it comments out must be right as well.
    let unit = file("bailiwick.service").replace("\n#LoadCredential=", "\nLoadCredential=");
    let unit = unit.replace("\n#Environment=", "\nEnvironment=");
    let values = |key: &str| -> Vec<String> {
        let lines = unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        lines.map(str::to_owned).collect()
    };
    for credential in values("LoadCredential") {
        let (name, path) = credential.split_once(':').unwrap();
        assert!(path.starts_with("/etc/bailiwick/") && path.ends_with(name), "{credential}");
        let secret =
            if name == "database-url" { "postgres://b:secret@localhost/b" } else { "0123456789abcdef" };
        folder.file(name, secret);
    }
    let here = folder.path("");
    let variable = |text: &String| {
        let (name, value) = text.split_once('=').unwrap();
        (name.to_owned(), value.replace("%d", here.trim_end_matches('/')).replace("%S", "/var/lib"))
    };
    let variables: BTreeMap<String, String> = values("Environment").iter().map(variable).collect();
    assert_eq!(variables.len(), 5);
    let user = file("bailiwick.sysusers");
    let [name] = values("User").try_into().unwrap();
    assert!(user.contains(&format!("\nu {name} - ")) && user.contains(" /var/lib/bailiwick\n"), "{user}");
    let config = folder.file("bailiwick.toml", "");
    for (key, words) in [("ExecStartPre", "config check"), ("ExecStart", "serve")] {
        let [command] = values(key).try_into().unwrap();
        let rest = command.strip_prefix(&format!("/usr/local/bin/bailiwick {words} ")).unwrap();
        let arguments = rest.replace("/etc/bailiwick/bailiwick.toml", &config);
        let keys = checked(&arguments.split(' ').collect::<Vec<_>>(), &variables);
        all_are_used(&keys, &variables);
        assert_eq!(keys["data"].0, "\"/var/lib/bailiwick\"");
    }
    let defaults = checked(&["--config", &config], &BTreeMap::new());
    let seconds = |text: &str| text.trim_matches('"').trim_end_matches('s').parse::<u32>().unwrap();
    let stop = ["stop.delay", "stop.grace"].map(|key| seconds(defaults[key].0.as_str().unwrap()));
    assert!(seconds(&values("TimeoutStopSec")[0]) > stop.iter().sum());
    assert_eq!(values("Type"), ["notify"]);
}

/// Where systemd is, it reads the unit itself.
#[test]
fn systemd_finds_nothing_wrong_with_the_unit() {
    let folder = Folder::new();
    let unit = file("bailiwick.service").replace("/usr/local/bin/bailiwick", env!("CARGO_BIN_EXE_bailiwick"));
    let path = folder.file("bailiwick.service", unit);
    match Command::new("systemd-analyze").args(["verify", &path]).output() {
        Ok(output) => {
            let ran = Ran::from(output);
            assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
        }
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}"),
    }
}

#[test]
fn the_container_starts_what_there_is_to_start_and_asks_whether_it_is_ready() {
    let container = file("Containerfile");
    let lines: Vec<&str> = container.lines().collect();
    let value =
        |key: &str| lines.iter().filter_map(|line| line.strip_prefix(key)).map(str::trim).collect::<Vec<_>>();
    assert_eq!((value("ENTRYPOINT"), value("CMD")), (vec![r#"["bailiwick"]"#], vec![r#"["serve"]"#]));
    assert_eq!(value("USER"), ["10001"]);
    let rust = std::fs::read_to_string(repository().join("Cargo.toml")).unwrap();
    let (_, rust) = rust.split_once("rust-version = \"").unwrap();
    assert!(container.contains(&format!("/rust:{}-slim", rust.split('"').next().unwrap())));
    let pair =
        |text: &&str| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    let variables: BTreeMap<String, String> = value("ENV").iter().map(pair).collect();
    let keys = checked(&[], &variables);
    all_are_used(&keys, &variables);
    let port = value("EXPOSE")[0];
    assert_eq!(keys["http.listen"].0, format!("\"0.0.0.0:{port}\""));
    assert_eq!(format!("\"{}\"", value("VOLUME")[0]), keys["data"].0.as_str().unwrap());

    // The check of its health, against a server that is ready and one that is not.
    let (_, check) = container.split_once("CMD [\"bash\"").unwrap();
    let check = format!("[\"bash\"{}", check.lines().next().unwrap());
    let words: Vec<String> = serde_json::from_str(&check).unwrap();
    for (status, healthy) in [("200 OK", true), ("503 Service Unavailable", false)] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().port().to_string();
        let script = words[2].replace(port, &address);
        let mut shell =
            Process(Command::new("bash").args(["-c", &script]).stdin(Stdio::null()).spawn().unwrap());
        let (mut stream, _) = listener.accept().unwrap();
        let expected = b"GET /health/ready HTTP/1.0\r\n\r\n";
        let mut request = [0; 30];
        stream.read_exact(&mut request).unwrap();
        assert_eq!(&request, expected);
        stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).unwrap();
        assert_eq!(shell.0.wait().unwrap().success(), healthy);
    }
}
