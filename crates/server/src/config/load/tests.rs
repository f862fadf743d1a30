//! What configurations come to, and what is wrong with them.

use tempfile::TempDir;

use super::*;

struct Case {
    folder: TempDir,
    environment: Vec<(String, String)>,
    flags: Vec<(&'static str, &'static str, String)>,
}

fn case(text: &str) -> Case {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.toml"), text).unwrap();
    Case { folder, environment: Vec::new(), flags: Vec::new() }
}

impl Case {
    fn with_file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self
    }
    fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
    fn with_flag(mut self, key: &'static str, flag: &'static str, value: &str) -> Self {
        self.flags.push((key, flag, value.to_owned()));
        self
    }
    fn load(self) -> Result<Loaded, Vec<String>> {
        let file = ConfigFile::Named(self.folder.path().join("x.toml"));
        let loaded = load(&Sources { file, environment: self.environment, flags: self.flags });
        let folder = format!("{}/", self.folder.path().display());
        loaded.map_err(|error| error.problems.iter().map(|it| it.replace(&folder, "")).collect())
    }
    fn wrong(self, expected: &[&str]) {
        let problems = self.load().expect_err("it is wrong");
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, expected) in problems.iter().zip(expected) {
            assert!(problem.starts_with(expected), "{problem}\nis not\n{expected}");
        }
    }
}

#[test]
fn every_mistake_is_told_with_its_place_and_what_was_expected() {
    let expected_size = "`2 MB` is not understood; expected a size such as `64 KiB`, `2 MiB` or `1 GiB`";
    case("[limits]\nbody = \"2 MB\"\nheader = 1\n").wrong(&[
        &format!("x.toml:2:8: limits.body: {expected_size}"),
        "x.toml:3:1: unknown key `limits.header`; did you mean `limits.headers`?",
    ]);
    case("lisen = 1").wrong(&["x.toml:1:1: unknown key `lisen`"]);
    case("[https]\n  lisen = 1")
        .wrong(&["x.toml:2:3: unknown key `https.lisen`; did you mean `https.listen`?"]);
    case("[htp]\nlisten = \"off\"").wrong(&["x.toml:1:2: unknown key `htp`"]);
    case("http = \"127.0.0.1:80\"").wrong(&["x.toml:1:8: `http` is a section; write `[http]`"]);
    case("a = 1\na = 2").wrong(&["x.toml:2:1: duplicate key"]);
    case("\n[http").wrong(&["x.toml:2:6: unclosed table, expected `]`"]);
    case("behind_proxy = \"yes\"").wrong(&["x.toml:1:16: behind_proxy: this is a string; expected `true`"]);
    case("trusted_proxies = [\"10.0.0.0/8\", \"x\"]").wrong(&["x.toml:1:19: trusted_proxies: `x` is not"]);
    case("limits.connections = 0").wrong(&["x.toml:1:22: limits.connections: `0` is not understood"]);
    case("base_uri = \"elm\"")
        .wrong(&["x.toml:1:12: base_uri: `elm` is not understood; expected an absolute"]);
    case("")
        .with_variable("BAILIWICK_LIMITS_BODY", "2 MB")
        .wrong(&[&format!("$BAILIWICK_LIMITS_BODY: limits.body: {expected_size}")]);
    case("")
        .with_flag("http.listen", "--listen", "nowhere")
        .wrong(&["--listen: http.listen: `nowhere` is not"]);
}

#[test]
fn keys_that_do_not_fit_each_other_are_told_where_they_stand() {
    case("http.listen = \"0.0.0.0:80\"")
        .wrong(&["x.toml:1:15: http.listen: `0.0.0.0:80` is no loopback address"]);
    case("metrics.listen = \"[::]:9\"").wrong(&[
        "x.toml:1:18: metrics.listen: `[::]:9` is no loopback address, and the metrics, and the token",
    ]);
    assert!(case("behind_proxy = true\nhttp.listen = \"0.0.0.0:80\"").load().is_ok());
    case("http.listen = \"off\"").wrong(&["nothing to listen on; set `http.listen` or `https.listen`"]);
    case("https.listen = \"[::]:443\"")
        .wrong(&["x.toml:1:16: https.listen: TLS needs a certificate and its key"]);
    case("metrics.listen = \"127.0.0.1:8080\"")
        .wrong(&["x.toml:1:18: metrics.listen: `http.listen` has the same address"]);
    case("limits.headers = \"1 KiB\"").wrong(&["x.toml:1:18: limits.headers: expected `8 KiB` or more"]);
    for (said, wrong) in [
        ("authority = \"empty\"", "x.toml:5:13: mail.authority: `empty` holds no certificate"),
        ("user = \"u\"", "x.toml:5:8: mail.user: a name goes with a password; set `mail.password_file`"),
        ("password_file = \"empty\"", "x.toml:5:17: mail.password_file: a password goes with a name"),
        ("user = \"u\"\npassword_file = \"empty\"", "x.toml:6:17: mail.password_file: `empty` is empty"),
    ] {
        let mail = "base_uri = \"https://elm\"\n[mail]\nserver = \"smtp\"\nfrom = \"us@elm\"\n";
        case(&format!("{mail}{said}")).with_file("empty", "\n").wrong(&[wrong]);
    }
    case("sessions.absolute = \"1h\"").wrong(&["x.toml:1:21: sessions.absolute: expected no less"]);
}

#[test]
fn each_provider_of_identities_has_a_section() {
    let base = "base_uri = \"https://elm\"\n";
    let company = "[oidc.company]\nissuer = \"https://login\"\nclient_id = \"us\"\n";
    case(&format!("{base}[oidc.company]\nisuer = \"https://login\"")).wrong(&[
        "x.toml:3:1: unknown key `oidc.company.isuer`; did you mean `oidc.company.issuer`?",
        "oidc.company: set `oidc.company.issuer`",
    ]);
    case(company).wrong(&["x.toml:2:10: oidc.company.issuer: the provider sends people back to this server"]);
    case(&format!("{base}{}", company.replace("https", "http")))
        .wrong(&["x.toml:3:10: oidc.company.issuer: `http://login` is not understood; expected an https"]);
    case(&format!("{base}{}", company.replace("company", "Our-Company")))
        .wrong(&["x.toml:3:10: oidc.Our-Company: the name of such a section consists of lower-case letters"]);
    case(&format!("{base}[oidc]\nissuer = \"https://login\""))
        .wrong(&["x.toml:3:10: `oidc.issuer` is a section; write `[oidc.issuer]`"]);
    case(&format!("{base}{company}authority = \"x.toml\""))
        .wrong(&["x.toml:5:13: oidc.company.authority: `x.toml`: expected certificates as PEM"]);

    let directory = "[ldap]\nname = \"company\"\nservers = [\"ldaps://ldap\"]\npeople_base = \"dc=x\"\n";
    case(&format!("{base}{company}{directory}"))
        .wrong(&["x.toml:6:8: ldap.name: `company` is what `[oidc.company]` is called, too"]);

    let secret = "client_secret_file = \"secret\"\njazz_users = [\"people, all\"]\n";
    let loaded = case(&format!("{base}{company}{secret}"))
        .with_file("secret", "0123456789\n")
        .with_variable("BAILIWICK_OIDC_PARTNER_ISSUER", "https://partner")
        .with_variable("BAILIWICK_OIDC_PARTNER_CLIENT_ID", "we")
        .with_variable("BAILIWICK_OIDC_COMPANY_TITLE", "Our Company")
        .load()
        .unwrap();
    let providers: Vec<_> =
        loaded.config.providers.iter().map(|it| (&*it.name, &*it.title, &*it.client_id)).collect();
    assert_eq!(providers, [("company", "Our Company", "us"), ("partner", "partner", "we")]);
    let groups = loaded.config.providers[0].groups.groups().map(|group| &*group.compared);
    assert_eq!(groups.collect::<Vec<_>>(), ["people, all"]);
    let shown = format!("{loaded:?} {:?}", loaded.shown());
    assert!(!shown.contains("0123456789"), "{shown}");
    let title = loaded.shown().into_iter().find(|it| it.key == "oidc.company.title").unwrap();
    assert_eq!(title.origin, "$BAILIWICK_OIDC_COMPANY_TITLE");
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}

#[test]
fn the_environment_is_over_the_file_and_flags_are_over_both() {
    let text = "data = \"d\"\nbase_uri = \"https://file\"\n[http]\nlisten = \"127.0.0.1:1\"";
    let case = case(text)
        .with_variable("BAILIWICK_HTTP_LISTEN", "127.0.0.1:2")
        .with_variable("BAILIWICK_BASE_URI", "https://environment/")
        .with_variable("BAILIWICK_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
        .with_variable("BAILIWICK_HTTP_LISTN", "x")
        .with_variable("BAILIWICK_TEST_POSTGRES", "x")
        .with_flag("http.listen", "--listen", "127.0.0.1:3");
    let folder = case.folder.path().to_owned();
    let loaded = case.load().unwrap();
    assert_eq!(loaded.config.http.unwrap().port(), 3);
    assert_eq!(loaded.config.data, folder.join("d"));
    assert_eq!(loaded.warnings, ["$BAILIWICK_HTTP_LISTN sets nothing; did you mean $BAILIWICK_HTTP_LISTEN?"]);
    let shown = |key: &str| {
        let found = loaded.shown().into_iter().find(|shown| shown.key == key).unwrap();
        (found.value.unwrap_or_default(), found.origin)
    };
    let of = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(shown("http.listen"), of("\"127.0.0.1:3\"", "--listen"));
    assert_eq!(shown("base_uri"), of("\"https://environment\"", "$BAILIWICK_BASE_URI"));
    assert_eq!(shown("trusted_proxies"), of("[\"10.0.0.0/8\", \"::1/128\"]", "$BAILIWICK_TRUSTED_PROXIES"));
    assert_eq!(shown("limits.body"), of("\"2 MiB\"", "default"));
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let url = "postgres://ann:swordfish@db:5433/jazz";
    let text = "database_url_file = \"url\"\nmetrics.token_file = \"token\"";
    let files =
        |text| case(text).with_file("url", &format!("{url}\n")).with_file("token", "0123456789abcdef\n");
    let loaded = files(text).load().unwrap();
    assert_eq!(loaded.config.database.as_ref().unwrap().to_string(), "postgres://ann@db:5433/jazz");
    let shown = format!("{loaded:?} {:?}", loaded.shown());
    assert!(!shown.contains("swordfish") && !shown.contains("0123456789abcdef"), "{shown}");
    // Two names of one database, where neither has the last word.
    let both = "database = \"sqlite:x\"\ndatabase_url_file = \"url\"";
    files(both)
        .wrong(&["x.toml:2:21: database_url_file: `database` names a database too (x.toml:1:12); keep one"]);
    let over = files(text).with_variable("BAILIWICK_DATABASE", "sqlite:y").load().unwrap();
    assert_eq!(over.config.database.unwrap().to_string(), "sqlite:y");
    files("database = \"postgre://ann:secret@db/x\"")
        .wrong(&["x.toml:1:12: database: `postgre:` is no database"]);
    case(text).wrong(&[
        "x.toml:1:21: database_url_file: cannot read `url`: No such file",
        "x.toml:2:22: metrics.token_file: cannot read `token`: No such file",
    ]);
    files(text).with_file("token", "short").with_file("url", "secret").wrong(&[
        "x.toml:1:21: database_url_file: `url`: this names no database",
        "x.toml:2:22: metrics.token_file: `token`: expected a token of 16 characters or more",
    ]);
}

#[test]
fn the_file_in_the_data_folder_is_read_where_no_other_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bailiwick.toml"), "log.format = \"json\"").unwrap();
    let data = folder.path().to_str().unwrap().to_owned();
    let by_flag = Sources { flags: vec![("data", "--data", data.clone())], ..Sources::default() };
    let by_variable =
        Sources { environment: vec![("BAILIWICK_DATA".to_owned(), data)], ..Sources::default() };
    for sources in [by_flag, by_variable] {
        let loaded = load(&sources).unwrap();
        assert_eq!(loaded.config.log.form, crate::LogForm::Json);
        assert_eq!(loaded.config.file, Some(folder.path().join("bailiwick.toml")));
        let none = load(&Sources { file: ConfigFile::None, ..sources }).unwrap();
        assert_eq!(none.config.log.form, crate::LogForm::Text);
    }
    let missing = Sources { file: ConfigFile::Named(folder.path().join("y.toml")), ..Sources::default() };
    assert!(load(&missing).unwrap_err().to_string().contains("y.toml`: No such file"));
}

#[test]
fn a_key_of_secrets_that_others_can_read_is_used_and_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let warnings = |mode| {
        let case = case("[secrets]\nkey_file = \"key\"").with_file("key", &"k".repeat(32));
        let (path, mode) = (case.folder.path().join("key"), std::fs::Permissions::from_mode(mode));
        std::fs::set_permissions(path, mode).unwrap();
        let loaded = case.load().unwrap();
        assert!(loaded.config.secrets_key.is_some());
        loaded.warnings
    };
    assert_eq!(warnings(0o600), Vec::<String>::new());
    let told = warnings(0o640);
    assert!(
        matches!(&told[..], [said] if said.contains("others than its owner can read the key")),
        "{told:?}"
    );
}
