//! A real directory: Debian's slapd on free ports, with a folder and an authority of its own.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

pub(crate) const BASE: &str = "dc=example,dc=org";
/// As whom the directory is searched, and the password for that.
pub(crate) const SEARCHER: &str = "cn=bailiwick,ou=services,dc=example,dc=org";
pub(crate) const SEARCHERS_PASSWORD: &str = "the searcher's password";

/// A directory; it ends with this value.
pub(crate) struct Directory {
    folder: TempDir,
    pub(crate) ldap: u16,
    pub(crate) ldaps: u16,
    running: Option<Child>,
}

/// Somebody in it.
pub(crate) struct Somebody {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) mail: String,
    pub(crate) password: String,
}

/// Somebody with an id, whose name, mail and password follow from it.
pub(crate) fn somebody(id: &str) -> Somebody {
    Somebody {
        id: id.to_owned(),
        name: format!("{id} of the directory"),
        mail: format!("{id}@example.org"),
        password: password_of(id),
    }
}

pub(crate) fn password_of(id: &str) -> String {
    format!("{id}'s password there")
}

/// The name of somebody's entry.
pub(crate) fn name_of(id: &str) -> String {
    format!("uid={id},ou=people,{BASE}")
}

/// The name of a group's entry.
pub(crate) fn group_name(group: &str) -> String {
    format!("cn={group},ou=groups,{BASE}")
}

/// What every directory begins with.
pub(crate) fn beginning() -> String {
    format!(
        "dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Example\ndc: example\n\n\
         dn: ou=people,{BASE}\nobjectClass: organizationalUnit\nou: people\n\n\
         dn: ou=groups,{BASE}\nobjectClass: organizationalUnit\nou: groups\n\n\
         dn: ou=services,{BASE}\nobjectClass: organizationalUnit\nou: services\n\n\
         dn: {SEARCHER}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: bailiwick\n\
         userPassword: {SEARCHERS_PASSWORD}\n\n"
    )
}

/// The entry of somebody.
pub(crate) fn person(somebody: &Somebody) -> String {
    let Somebody { id, name, mail, password } = somebody;
    let dn = name_of(id);
    format!(
        "dn: {dn}\nobjectClass: inetOrgPerson\nuid: {id}\ncn: {name}\nsn: {id}\nmail: {mail}\n\
         userPassword: {password}\n\n"
    )
}

/// The entry of a group of entries with these names.
pub(crate) fn group(group: &str, members: &[String]) -> String {
    let mut text = format!("dn: {}\nobjectClass: groupOfNames\ncn: {group}\n", group_name(group));
    for member in members {
        let _ = writeln!(text, "member: {member}");
    }
    text + "\n"
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// It does not run as root where that can be helped: its package has made a user for it.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

impl Directory {
    /// Starts one that holds these entries.
    pub(crate) fn start(entries: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("data")).unwrap();
        certificates(folder.path());
        std::fs::write(at("first.ldif"), entries).unwrap();
        let path = folder.path().display();
        let config = format!(
            "include /etc/ldap/schema/core.schema\n\
             include /etc/ldap/schema/cosine.schema\n\
             include /etc/ldap/schema/inetorgperson.schema\n\
             pidfile {path}/slapd.pid\n\
             modulepath /usr/lib/ldap\n\
             moduleload back_mdb\n\
             sizelimit size.soft=100 size.hard=100 size.pr=500 size.prtotal=unlimited\n\
             TLSCACertificateFile {path}/authority.pem\n\
             TLSCertificateFile {path}/certificate.pem\n\
             TLSCertificateKeyFile {path}/key.pem\n\
             database mdb\n\
             suffix \"{BASE}\"\n\
             rootdn \"cn=root,{BASE}\"\n\
             rootpw root\n\
             directory {path}/data\n\
             maxsize 1073741824\n\
             dbnosync\n\
             index objectClass eq\n\
             index uid eq,sub\n\
             index cn,mail sub\n\
             index member eq\n\
             access to attrs=userPassword by anonymous auth by * none\n\
             access to * by dn.exact=\"{SEARCHER}\" read by * none\n"
        );
        std::fs::write(at("slapd.conf"), config).unwrap();
        open(folder.path());
        if is_root() {
            let owned = Command::new("chown").args(["-R", "openldap:openldap"]).arg(folder.path()).status();
            assert!(owned.unwrap().success(), "the package `slapd` has made a user");
        }
        let mut directory = Self { folder, ldap: free_port(), ldaps: free_port(), running: None };
        directory.go_on();
        directory
    }

    /// Starts it again where it was.
    pub(crate) fn go_on(&mut self) {
        let shell = ["sh", "-c", include_str!("slapd.sh"), "slapd.sh"];
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=openldap", "--regid=openldap", "--init-groups"]).args(shell);
            command
        } else {
            let mut command = Command::new(shell[0]);
            command.args(&shell[1..]);
            command
        };
        command.arg(self.folder.path());
        command.arg(format!("ldap://localhost:{} ldaps://localhost:{}", self.ldap, self.ldaps));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).current_dir("/").spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.running = Some(child);
        assert_eq!(line, "ready\n", "slapd starts: its messages are above");
    }

    /// Stops it; what it holds stays.
    pub(crate) fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            drop(running.stdin.take());
            running.wait().unwrap();
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("ldap://localhost:{}", self.ldap)
    }
    pub(crate) fn tls_url(&self) -> String {
        format!("ldaps://localhost:{}", self.ldaps)
    }

    /// The authority that has signed its certificate.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Changes entries, as LDIF says.
    pub(crate) fn change(&self, ldif: &str) {
        let mut command = Command::new("ldapmodify");
        command.args(["-x", "-H", &self.url(), "-D", &format!("cn=root,{BASE}"), "-w", "root", "-M"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(ldif.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{ldif}");
    }

    pub(crate) fn add(&self, entry: &str) {
        for entry in entry.split("\n\n").filter(|it| !it.is_empty()) {
            let (dn, rest) = entry.split_once('\n').unwrap();
            self.change(&format!("{dn}\nchangetype: add\n{rest}\n"));
        }
    }
    pub(crate) fn remove(&self, dn: &str) {
        self.change(&format!("dn: {dn}\nchangetype: delete\n"));
    }
    pub(crate) fn replace(&self, dn: &str, attribute: &str, value: &str) {
        self.change(&format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n"));
    }
    pub(crate) fn enter(&self, group: &str, member: &str) {
        self.change_member(group, member, "add");
    }
    pub(crate) fn leave(&self, group: &str, member: &str) {
        self.change_member(group, member, "delete");
    }
    fn change_member(&self, group: &str, member: &str, how: &str) {
        let dn = group_name(group);
        self.change(&format!("dn: {dn}\nchangetype: modify\n{how}: member\nmember: {member}\n"));
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Everybody may read what is there: slapd runs as another user.
fn open(folder: &Path) {
    let mode = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(folder, 0o755);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        mode(&path, if path.is_dir() { 0o755 } else { 0o644 });
    }
}

/// An authority, and a certificate of it for `localhost`.
fn certificates(folder: &Path) {
    let openssl = |line: &str| {
        let done = Command::new("openssl").args(line.split(' ')).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=Directory -keyout authority-key.pem -out authority.pem",
    );
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
         -addext basicConstraints=critical,CA:FALSE -CA authority.pem -CAkey authority-key.pem -keyout key.pem \
         -out certificate.pem",
    );
}
