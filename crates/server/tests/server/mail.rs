//! Mail, sent to a real server: with STARTTLS and a password, over TLS, in the clear; and what becomes of it
//! while that server is down.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use server::{Config, Mail, MailSecurity, Token};
use tempfile::TempDir;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::python::environment;
use crate::running::{BOTH, Database, MODIFY, MOTOR, Running, demo_of, why};
use crate::tls::{authority, pair};

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/mail/requirements.txt");
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/server/mail/smtp.py");
const TEAM: &str = "/api/v1/team-areas/gc%3AElectric%20Vehicle%40Tuning%20Team/invitations";
const PASSWORD: &str = "correct horse battery";

/// Mail addresses for the people of the story.
const OVER: &str = "
bailiwick: 1
users:
  - {id: bob, name: Bob, mail: bob@example.org, licenses: [elm-practitioner]}
  - {id: lena, name: Lena, mail: lena@example.org, licenses: [elm-practitioner]}
";

/// A mail server on a port of its own, and what it is sent.
struct Post {
    folder: TempDir,
    port: u16,
    security: MailSecurity,
    running: Option<Child>,
}

impl Drop for Post {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Post {
    /// It does not run yet.
    fn new(security: MailSecurity) -> Self {
        let (authority, folder) = (authority(), tempfile::tempdir().unwrap());
        let (certificate, key) = pair(&authority);
        for (name, text) in [("ca.pem", authority.pem()), ("certificate.pem", certificate), ("key.pem", key)]
        {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        std::fs::create_dir(folder.path().join("box")).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { folder, port, security, running: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn start(&mut self) {
        let python = spawn_blocking(|| environment("aiosmtpd", REQUIREMENTS)).await.unwrap();
        let security = match self.security {
            MailSecurity::StartTls => "starttls",
            MailSecurity::Tls => "tls",
            MailSecurity::None => "none",
        };
        let mut command = Command::new(python);
        command.args([PROGRAM, &self.port.to_string()]).arg(self.path("box")).arg(security);
        command.arg(self.path("certificate.pem")).arg(self.path("key.pem")).args(["bailiwick", PASSWORD]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(running.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), self.port.to_string());
        self.running = Some(running);
    }

    fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // It ends with its input.
            drop(running.stdin.take());
            running.wait().unwrap();
        }
    }

    fn config(&self, password: &str, config: &mut Config) {
        let login = (self.security != MailSecurity::None)
            .then(|| ("bailiwick".to_owned(), Token::new(password.to_owned())));
        config.base_uri = Some("https://elm.example.org".parse().unwrap());
        config.demo = Some(demo_of(&["ada", "bob", "lena", "tia", "root"]));
        config.mail = Some(Mail {
            host: "localhost".to_owned(),
            port: self.port,
            security: self.security,
            authority: (self.security != MailSecurity::None).then(|| self.path("ca.pem")),
            login,
            from: "Bailiwick <bailiwick@example.org>".parse().unwrap(),
        });
    }

    async fn server(&self, database: Database) -> Running {
        Running::start_over_as(database, OVER, |config| self.config(PASSWORD, config)).await
    }

    /// So many messages, as text.
    async fn messages(&self, count: usize) -> Vec<String> {
        for _ in 0..400 {
            let entries = std::fs::read_dir(self.path("box")).unwrap().map(|entry| entry.unwrap().path());
            let mut paths: Vec<PathBuf> =
                entries.filter(|path| path.extension().is_some_and(|it| it == "eml")).collect();
            if paths.len() >= count {
                paths.sort();
                return paths.iter().map(|path| decoded(&std::fs::read_to_string(path).unwrap())).collect();
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("{count} messages did not come");
    }
}

/// Without the line breaks of quoted-printable.
fn decoded(text: &str) -> String {
    text.replace("=\r\n", "").replace("=3D", "=").replace("=3d", "=")
}

async fn get(server: &Running, who: &str, path: &str) -> Value {
    server.get_as(who, path).await.json().await.unwrap()
}

async fn invite(server: &Running, mail: &str) -> Value {
    let body = json!({"roles": ["contributor"], "mail": mail});
    let (status, made) = server.post_as("ada", TEAM, &body).await;
    assert_eq!(status, 200, "{made}");
    assert!(made.get("link").is_none(), "the link is in the mail alone");
    made
}

/// Waits until the delivery of an invitation is in this state.
async fn delivery(server: &Running, made: &Value, state: &str) -> Value {
    let path = format!("/api/v1/invitations/{}", made["id"].as_str().unwrap());
    for _ in 0..400 {
        let delivery = get(server, "ada", &path).await["delivery"].clone();
        if delivery["state"] == state && (state != "waiting" || !delivery["error"].is_null()) {
            return delivery;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("it is not {state}");
}

fn link(message: &str) -> &str {
    let link = message.lines().find(|line| line.contains("/invitation?link=")).expect("a link");
    assert!(link.starts_with("https://elm.example.org/"), "{link}");
    link.trim()
}

async fn accept(server: &Running, who: &str, link: &str) -> u16 {
    server.post_as(who, "/api/v1/invitations/accept", &json!({"link": link})).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_mailed_by_starttls_with_a_password_and_accepted_by_its_link() {
    let mut post = Post::new(MailSecurity::StartTls);
    post.start().await;
    for (count, database) in BOTH.into_iter().enumerate() {
        let server = post.server(database).await;
        let made = invite(&server, "lena@example.org").await;
        let message = post.messages(count + 1).await.remove(count);
        for said in
            ["X-To: lena@example.org", "Ada invites you to Electric Vehicle, Tuning Team", "Contributor"]
        {
            assert!(message.contains(said), "{said}: {message}");
        }
        assert_ne!(delivery(&server, &made, "sent").await["sent"], Value::Null);
        assert_eq!(accept(&server, "lena", link(&message)).await, 200);
        assert_eq!(accept(&server, "tia", link(&message)).await, 410);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_over_tls_and_in_the_clear_where_that_is_configured() {
    for security in [MailSecurity::Tls, MailSecurity::None] {
        let mut post = Post::new(security);
        post.start().await;
        let server = post.server(Database::Sqlite).await;
        let made = invite(&server, "lena@example.org").await;
        delivery(&server, &made, "sent").await;
        assert_eq!(post.messages(1).await.len(), 1);
        // Whatever address is taken can be sent to.
        let quoted = invite(&server, "\"quoted local\"@example.org").await;
        delivery(&server, &quoted, "sent").await;
        assert!(post.messages(2).await[1].contains("quoted local"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_mail_server_is_down_an_invitation_waits_and_is_mailed_later() {
    let mut post = Post::new(MailSecurity::StartTls);
    let server = post.server(Database::Sqlite).await;
    let made = invite(&server, "lena@example.org").await;
    let waits = delivery(&server, &made, "waiting").await;
    assert_eq!(
        (&waits["attempts"], &waits["error"]),
        (&json!(1), &json!("the mail server cannot be reached"))
    );
    assert!(waits["due"].is_string());
    post.start().await;
    let message = post.messages(1).await.remove(0);
    delivery(&server, &made, "sent").await;
    assert_eq!(accept(&server, "lena", link(&message)).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_mail_server_refuses_is_told_and_tried_again_unless_it_is_for_good() {
    let mut post = Post::new(MailSecurity::StartTls);
    post.start().await;
    let server = Running::start_over_as(Database::Sqlite, OVER, |config| post.config("wrong", config)).await;
    let made = invite(&server, "lena@example.org").await;
    let waits = delivery(&server, &made, "waiting").await;
    assert!(waits["error"].as_str().unwrap().contains("(status 535)"), "{waits}");

    let server = post.server(Database::Sqlite).await;
    let made = invite(&server, "gone@example.org").await;
    let failed = delivery(&server, &made, "failed").await;
    assert_eq!(failed["error"], "the mail server does not take it (status 550)");
    assert_eq!(get(&server, "ada", TEAM).await["items"][0]["state"], "open", "the invitation stays");
    // What is withdrawn before it could be sent is not sent.
    post.stop();
    let made = invite(&server, "lena@example.org").await;
    delivery(&server, &made, "waiting").await;
    let path = format!("{}/api/v1/invitations/{}", server.base, made["id"].as_str().unwrap());
    let withdraw = server.client.delete(path).basic_auth("ada", Some(crate::running::password("ada")));
    assert_eq!(withdraw.send().await.unwrap().status(), 204);
    post.start().await;
    delivery(&server, &made, "failed").await;
    assert_eq!(std::fs::read_dir(post.path("box")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_may_grant_a_request_are_told_of_it_and_whoever_asked_of_its_end() {
    let mut post = Post::new(MailSecurity::StartTls);
    post.start().await;
    let server = post.server(Database::Sqlite).await;
    let explanation = get(&server, "bob", &why("/explain.json", "bob", MODIFY, MOTOR)).await;
    let remedies = explanation["remedies"].as_array().unwrap();
    let assign = json!(["Assign Tuning Team to the stream Motor 1.0"]);
    let remedy = remedies.iter().find(|it| it["changes"] == assign).unwrap();
    let body = json!({
        "operation": "gc.save-stream", "actions": ["modify-attributes"], "item": MOTOR,
        "remedy": remedy["command"], "reason": "the summer release",
    });
    let (status, asked) = server.post_as("bob", "/api/v1/access-requests", &body).await;
    assert_eq!(status, 200, "{asked}");
    let message = post.messages(1).await.remove(0);
    for said in ["X-To: lena@example.org", "Bob asks for access", "Motor 1.0", "the summer release"] {
        assert!(message.contains(said), "{said}: {message}");
    }
    let decline = format!("/api/v1/access-requests/{}/decline", asked["id"].as_str().unwrap());
    assert_eq!(server.post_as("lena", &decline, &json!({"note": "not now"})).await.0, 200);
    let message = post.messages(2).await.remove(1);
    for said in ["X-To: bob@example.org", "Lena has declined what you asked for", "not now"] {
        assert!(message.contains(said), "{said}: {message}");
    }
}
