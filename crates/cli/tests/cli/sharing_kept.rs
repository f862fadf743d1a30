//! What stays of a process that another server shares: after a restore of that server, and of a provider that
//! changes it on and on.

use std::fs::Permissions;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::sharing::{ONLY_PUSHED, Pair, eventually};
use crate::support::{Folder, run};

#[test]
fn a_provider_restored_from_an_old_backup_is_followed_and_the_journal_says_so() {
    let Pair { mut provider, consumer, .. } = Pair::linked("1s");
    let (data, file) = (provider.folder.path("data"), provider.folder.path("old.backup"));
    assert_eq!(run(["backup", "--data", &data, "--to", &file]).status, 0);
    provider.let_developers(&[], true);
    eventually("the change has arrived", || !consumer.dora_delivers());
    provider.stop();
    let restored = run(["restore", &file, "--data", &provider.folder.path("restored")]);
    assert_eq!(restored.status, 0, "{restored:?}");
    let at = provider.folder.path("restored/secrets.key");
    let told = format!("In it: 2 secrets of friends and consumers, whose key is not in `{at}`: ");
    assert!(
        restored.stdout.contains(&told) && restored.stdout.contains("`secrets.key_file`"),
        "{restored:?}"
    );
    // The key that secrets are kept under is no part of a backup, which is told before anybody needs it.
    let restored = provider.folder.path("restored");
    let secrets = || {
        let all = run(["doctor", "--data", &restored, "--json"]).stdout;
        let all: Value = serde_json::from_str(&all).unwrap();
        let found = all.as_array().unwrap().iter().find(|found| found["check"] == "secrets").cloned();
        found.unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(secrets(), "advice");
    std::fs::write(format!("{restored}/secrets.key"), "another key than the one that is needed").unwrap();
    assert_eq!(secrets(), "wrong");
    copy_vault_key(&provider.folder, "data", "restored");
    assert_eq!(secrets(), "ok");
    std::fs::set_permissions(&at, Permissions::from_mode(0o640)).unwrap();
    let told = run(["doctor", "--data", &restored]).stdout;
    assert!(told.contains(&format!("→ run `chmod go= {at}`")), "{told}");
    provider.data = "restored";
    provider.start();
    eventually("the old process is followed", || consumer.dora_delivers());
    let journal = consumer.get("/api/v1/journal?limit=1").to_string();
    assert!(journal.contains("whose revisions began anew"), "{journal}");
}

fn copy_vault_key(folder: &Folder, from: &str, to: &str) {
    for entry in std::fs::read_dir(folder.path(from)).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if !name.contains(".db") {
            let mut bytes = Vec::new();
            std::fs::File::open(entry.path()).unwrap().read_to_end(&mut bytes).unwrap();
            std::fs::write(folder.path(to) + "/" + &name, bytes).unwrap();
        }
    }
}

#[test]
fn a_provider_that_tells_of_large_versions_on_and_on_has_to_wait() {
    const STANDARD: &str = "/api/v1/project-areas/ccm:Standard%20Process";
    /// What is around the text, where it is kept.
    const AROUND: usize = r#"{"denial_texts":{"ccm.deliver":""}}"#.len();
    let Pair { provider, consumer, .. } = Pair::linked(ONLY_PUSHED);
    // None of them fits, and each is asked for all the same, and told in so many bytes.
    let is_asked_for = |bytes: usize| {
        provider.patch(STANDARD, &json!({"denial_texts": {"ccm.deliver": "x".repeat(bytes)}}));
        let said = format!(" {} bytes of texts and types", bytes + AROUND);
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until {
            if consumer.status()["trouble"].as_str().unwrap_or_default().contains(&said) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    };
    let asked_for = (900_000..900_060).take_while(|bytes| is_asked_for(*bytes)).count();
    assert!((10..50).contains(&asked_for), "{asked_for} versions of 900 kB were asked for at once");
    // What came last is asked for a little later, though nobody polls.
    provider.let_developers(&[], true);
    provider.patch(STANDARD, &json!({"denial_texts": null}));
    eventually("the newest version has arrived", || consumer.is("current") && !consumer.dora_delivers());
}
