//! Pages of people, licences, the audit and the server, as browsers without scripts use them.

use reqwest::Response;

use crate::running::{BETA, Database, MODIFY, Running, password, query};

/// Somebody who is signed in with a browser.
pub(crate) struct Visitor<'s> {
    server: &'s Running,
    cookie: String,
}

/// A page that was sent: its status and its text.
pub(crate) type Page = (u16, String);

impl<'s> Visitor<'s> {
    pub(crate) async fn of(server: &'s Running, id: &str) -> Self {
        let cookie = server.sign_in(id, &password(id)).await.unwrap();
        Self { server, cookie }
    }
    pub(crate) async fn page(&self, path: &str) -> Page {
        let request = self.server.get(path).header("accept", "text/html").header("cookie", &self.cookie);
        read(request.send().await.unwrap()).await
    }
    /// Sends a form; a page that asks whether it is meant is answered that it is.
    pub(crate) async fn sends(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        read(self.server.submit(path, Some(&self.cookie), fields).await).await
    }
    /// Sends a form with a file as a browser does.
    pub(crate) async fn uploads(&self, path: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Page {
        let mut body = Vec::new();
        let mut part = |disposition: String, content: &[u8]| {
            body.extend(format!("--aB3\r\nContent-Disposition: form-data; {disposition}\r\n\r\n").as_bytes());
            body.extend(content);
            body.extend(b"\r\n");
        };
        fields.iter().for_each(|(name, text)| part(format!("name=\"{name}\""), text.as_bytes()));
        let (name, content) = file;
        part(format!("name=\"lines\"; filename=\"{name}\"\r\nContent-Type: text/csv"), content);
        body.extend(b"--aB3--\r\n");
        let request = self.server.post(path).header("content-type", "multipart/form-data; boundary=aB3");
        let request = request.header("sec-fetch-site", "same-origin").header("accept", "text/html");
        read(request.header("cookie", &self.cookie).body(body).send().await.unwrap()).await
    }
    pub(crate) async fn means(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let asked = self.sends(path, fields).await;
        assert_eq!(asked.0, 200, "{}", asked.1);
        let reviewed = hidden(&asked.1, "reviewed");
        self.sends(path, &[fields, &[("reviewed", &*reviewed)]].concat()).await
    }
}

impl Visitor<'_> {
    /// The same who looks at pages as somebody else, or tries to: what their browser keeps says so.
    pub(crate) fn previewing(&self, other: &str) -> Self {
        let users = &self.server.organisation;
        let (number, _) = users.users().find(|(_, user)| *user.id == *other).unwrap();
        let cookie = format!("{}; bailiwick_preview={}", self.cookie, number.number());
        Self { server: self.server, cookie }
    }
}

/// Where it leads to is read as a text, too.
async fn read(response: Response) -> Page {
    let status = response.status().as_u16();
    let to = response.headers().get("location").map(|it| it.to_str().unwrap().to_owned());
    (status, to.unwrap_or(response.text().await.unwrap()))
}

/// What a hidden field says.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let field = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&field).unwrap_or_else(|| panic!("no {name} in {page}"));
    rest.split('"').next().unwrap().replace("&#34;", "\"")
}

#[tokio::test]
async fn a_user_is_made_changed_archived_and_erased() {
    let server = Running::start(Database::Sqlite).await;
    let root = Visitor::of(&server, "root").await;
    let made = root.means("/new-user", &[("id", "new"), ("name", "New One"), ("group", "JazzUsers")]).await;
    assert!(made.0 == 303 && made.1.starts_with("/users/new?done="), "{made:?}");
    assert!(root.page("/users?q=new+one").await.1.contains("New One"));

    let page = root.page("/users/bob").await.1;
    let upon = hidden(&page, "upon");
    let fields = [
        ("name", "Robert"),
        ("mail", ""),
        ("group", "JazzUsers"),
        ("licence", "elm-practitioner"),
        ("upon", &upon),
    ];
    let changed = root.sends("/users/bob", &fields).await;
    assert!(changed.0 == 303 && changed.1.starts_with("/users/bob?done="), "{changed:?}");
    // Somebody else was slower: both versions are shown, and what was typed is kept.
    let fields = [
        ("name", "Bobby"),
        ("mail", ""),
        ("group", "JazzUsers"),
        ("licence", "elm-practitioner"),
        ("upon", &upon),
    ];
    let (status, page) = root.sends("/users/bob", &fields).await;
    assert_eq!(status, 412);
    assert!(page.contains("Robert") && page.contains("value=\"Bobby\""), "{page}");

    // What they lose is shown before.
    let archived = root.means("/users/bob/archive", &[]).await;
    assert_eq!(archived.0, 303, "{archived:?}");
    let page = root.page("/users/bob").await.1;
    assert!(page.contains("archived") && page.contains("Take out of the archive"), "{page}");
    let revision = server.get("/api/v1/journal?limit=1").basic_auth("root", Some(password("root")));
    let revision: serde_json::Value = revision.send().await.unwrap().json().await.unwrap();
    let then = format!("/api/v1/users/bob?as_of={}", revision["items"][0]["revision"].as_u64().unwrap() - 1);
    let name_then = async || {
        let user = server.get(&then).basic_auth("root", Some(password("root"))).send().await.unwrap();
        user.json::<serde_json::Value>().await.unwrap()["name"].clone()
    };
    assert_ne!(name_then().await, "bob");
    let (status, page) = root.sends("/users/bob/erase", &[]).await;
    assert!(status == 400 && page.contains("cannot be undone"), "{page}");
    assert_eq!(root.sends("/users/bob/erase", &[("agreed", "yes")]).await.0, 303);
    assert_eq!(name_then().await, "bob", "nor does the past tell it that was asked for before");
    assert!(!root.page("/users?state=archived").await.1.contains("Robert"));
}

#[tokio::test]
async fn what_is_done_to_many_is_done_to_those_who_are_ticked_or_to_all_who_are_found() {
    let server = Running::start(Database::Sqlite).await;
    let root = Visitor::of(&server, "root").await;
    let (status, page) = root.sends("/users?q=b", &[("deed", "archive"), ("whom", "chosen")]).await;
    assert!(status == 400 && page.contains("Nobody is chosen"), "{page}");
    let assign = [("deed", "assign ewm-developer"), ("whom", "chosen"), ("user", "bob"), ("user", "tia")];
    let before = root.page("/users?licence=ewm-developer").await.1;
    assert!(!before.contains("/users/bob\"") && !before.contains("/users/tia\""));
    let done = root.sends("/users?kind=people", &assign).await;
    let done = if done.0 == 200 { root.means("/users?kind=people", &assign).await } else { done };
    assert!(done.0 == 303 && done.1.starts_with("/users?kind=people&done="), "{done:?}");
    let holders = root.page("/users?licence=ewm-developer").await.1;
    assert!(
        holders.contains("/users/bob\"")
            && holders.contains("/users/tia\"")
            && !holders.contains("/users/gus\"")
    );
    // All who are found have it: two are found, so that nobody else loses it.
    let take = [("deed", "take ewm-developer"), ("whom", "all")];
    let done = root.sends("/users?q=bo&licence=ewm-developer", &take).await;
    let done =
        if done.0 == 200 { root.means("/users?q=bo&licence=ewm-developer", &take).await } else { done };
    assert_eq!(done.0, 303, "{done:?}");
    let holders = root.page("/users?licence=ewm-developer").await.1;
    assert!(!holders.contains("/users/bob\"") && holders.contains("/users/tia\""), "{holders}");
}

#[tokio::test]
async fn who_may_not_sees_buttons_that_say_why() {
    let server = Running::start(Database::Sqlite).await;
    let bob = Visitor::of(&server, "bob").await;
    for path in ["/users", "/users/lena", "/new-user", "/access-groups", "/settings"] {
        let (status, page) = bob.page(path).await;
        assert_eq!(status, 200, "{path}");
        assert!(page.contains("disabled>") && page.contains("Why not?"), "{path}: {page}");
    }
    for path in ["/licences", "/licences/elm-practitioner", "/audit", "/refusals", "/users/lena/sign-in"] {
        assert_eq!(bob.page(path).await.0, 403, "{path}");
    }
    let (status, page) = bob.sends("/users/lena/archive", &[]).await;
    assert_eq!(status, 403);
    assert!(page.contains("Nothing was saved"), "{page}");
    let rail = bob.page("/users").await.1;
    assert!(!rail.contains("href=\"/audit\"") && !rail.contains("href=\"/licences\" title"), "{rail}");
}

#[tokio::test]
async fn everything_that_one_may_do_is_told_with_the_roles_by_which() {
    let server = Running::start(Database::Sqlite).await;
    let root = Visitor::of(&server, "root").await;
    let (status, page) = root.page("/users/bob/access").await;
    assert_eq!(status, 200, "{page}");
    for expected in
        ["Tuning Team", "Configuration Lead", "modify attributes", "gc.save-stream", "manage users"]
    {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let asked = query(&[("user", "bob"), ("operation", MODIFY)]);
    let (status, page) = root.page(&format!("/what-can?{asked}")).await;
    assert!(status == 200 && page.contains("Motor - Performance Beta 0.0"), "{page}");
    assert!(!page.contains("Motor 1.0"), "{page}");
    let asked = query(&[("operation", MODIFY), ("item", BETA)]);
    let (status, page) = root.page(&format!("/who-can?{asked}")).await;
    assert!(status == 200 && page.contains("/users/bob\"") && page.contains("/users/tia\""), "{page}");
    assert!(!page.contains("/users/gus\""), "{page}");
}

#[tokio::test]
async fn everybody_changes_their_own_name_and_mail_address_by_page_and_nothing_else_of_themselves() {
    let server = Running::start(Database::Sqlite).await;
    let bob = Visitor::of(&server, "bob").await;
    // The page of users leads there: all else is changed by those who manage them.
    let page = bob.page("/users/bob").await.1;
    assert!(page.contains("in <a href=\"/me\">your account</a>") && page.contains("Why not?"), "{page}");
    let page = bob.page("/me").await.1;
    let form = page.split("<form").find(|it| it.contains("action=\"/me\"")).unwrap();
    assert!(form.contains("Save changes") && !form.contains("disabled"), "{form}");
    let upon = hidden(form, "upon");
    let typed = [("name", "Bob Ruiz"), ("mail", "bob@example.com"), ("upon", &upon)];
    let changed = bob.sends("/me", &typed).await;
    assert!(changed.0 == 303 && changed.1.starts_with("/me?done="), "{changed:?}");
    let read = async || -> serde_json::Value {
        server.get_as("root", "/api/v1/users/bob").await.json().await.unwrap()
    };
    let kept = read().await;
    assert_eq!((&kept["name"], &kept["mail"]), (&"Bob Ruiz".into(), &"bob@example.com".into()));
    // Groups are not taken from there, whatever is sent.
    let more = [("name", "Bobby"), ("mail", ""), ("group", "JazzAdmins"), ("upon", "*")];
    assert_eq!(bob.sends("/me", &more).await.0, 303);
    let after = read().await;
    assert_eq!((&after["groups"], &after["mail"]), (&kept["groups"], &serde_json::Value::Null));
    // Whoever is overtaken, or types what is none, keeps what they typed.
    let late = [("name", "Robert"), ("mail", ""), ("upon", &upon)];
    let (status, page) = bob.sends("/me", &late).await;
    assert!(status == 412 && page.contains("value=\"Robert\""), "{page}");
    let blank = [("name", " "), ("mail", "me@example.com"), ("upon", "*")];
    let (status, page) = bob.sends("/me", &blank).await;
    assert!(
        status == 400 && page.contains("value=\"me@example.com\"") && page.contains("aria-invalid"),
        "{page}"
    );
    // In a preview it is somebody else's.
    let root = Visitor::of(&server, "root").await.previewing("bob");
    let page = root.page("/me").await.1;
    assert!(page.contains("In a preview nothing is changed"), "{page}");
}

#[tokio::test]
async fn a_token_and_a_link_are_shown_once() {
    let server = Running::start(Database::Sqlite).await;
    let bob = Visitor::of(&server, "bob").await;
    let tomorrow = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(48);
    let day = tomorrow.to_string()[..10].to_owned();
    let fields = [("name", "weekly report"), ("scope", "read"), ("expires", &*day)];
    let (status, page) = bob.sends("/me/tokens", &fields).await;
    assert!(status == 200 && page.contains("class=\"secret\""), "{page}");
    let secret = page.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let page = bob.page("/me").await.1;
    assert!(page.contains("weekly report") && !page.contains(&secret), "{page}");
    let (status, page) = bob.sends("/me/tokens", &fields).await;
    assert!(status == 409 && page.contains("weekly report") && page.contains("Nothing was saved"), "{page}");
    let id = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let (status, to) = bob.sends("/me/sign-in", &[("token", &id)]).await;
    assert_eq!(status, 303);
    let page = bob.page(&to).await.1;
    assert!(page.contains("The token “weekly report” is revoked."), "{page}");
    assert!(!bob.page("/me").await.1.contains("weekly report"));
    // Sessions are told apart by when they were begun.
    let other = Visitor::of(&server, "bob").await;
    let page = bob.page("/me").await.1;
    assert!(page.contains("session 1, begun ") || page.contains("session 2, begun "), "{page}");
    let (_, to) = bob.sends("/me/sign-in", &[("do", "end")]).await;
    assert!(bob.page(&to).await.1.contains("All other sessions have ended."), "{to}");
    assert_eq!(other.page("/me").await.0, 303);

    let root = Visitor::of(&server, "root").await;
    let (status, page) = root.sends("/users/bob/sign-in", &[("do", "link")]).await;
    assert!(status == 200 && page.contains("/set-password?link="), "{page}");
    // Bob's session ends when whoever manages users says so.
    assert_eq!(root.sends("/users/bob/sign-in", &[("do", "end")]).await.0, 303);
    assert_eq!(bob.page("/me").await.0, 303);
}

#[tokio::test]
async fn licences_are_installed_assigned_and_counted() {
    let server = Running::start(Database::Sqlite).await;
    let root = Visitor::of(&server, "root").await;
    let done = root.sends("/licences/ewm-developer", &[("seats", "3"), ("authorised", "8")]).await;
    let fields = [("seats", "3"), ("authorised", "8")];
    let done = if done.0 == 200 { root.means("/licences/ewm-developer", &fields).await } else { done };
    assert!(done.0 == 303, "{done:?}");
    let (status, page) = root.sends("/licences/ewm-developer/assigned", &[("users", "nobody")]).await;
    assert!(status == 400 && page.contains("There is no user <code>nobody</code>"), "{page}");
    let given = [("users", "bob, tia")];
    let done = root.sends("/licences/ewm-developer/assigned", &given).await;
    let done =
        if done.0 == 200 { root.means("/licences/ewm-developer/assigned", &given).await } else { done };
    assert_eq!(done.0, 303, "{done:?}");
    let (status, page) = root.page("/licences").await;
    assert!(status == 200 && page.contains("/licences/ewm-developer\""), "{page}");
    let page = root.page("/licences/ewm-developer").await.1;
    assert!(page.contains("svg class=\"chart\"") && page.contains("/users/tia\""), "{page}");
    let form = page.split("<form").find(|it| it.contains("name=\"seats\"")).unwrap();
    assert!(form.contains("Save changes") && !form.contains("value=\"remove\""), "{form}");
    assert_eq!(root.page("/licences/none").await.0, 404);
}

#[tokio::test]
async fn the_audit_tells_what_was_before_and_what_is_after() {
    let server = Running::start(Database::Sqlite).await;
    let root = Visitor::of(&server, "root").await;
    let made = root.means("/new-user", &[("id", "new"), ("name", "New One"), ("group", "JazzUsers")]).await;
    let revision = made.1.split("done=").nth(1).unwrap().to_owned();
    let (status, page) = root.page("/audit?by=root").await;
    assert!(status == 200 && page.contains(&format!("/audit/{revision}\"")), "{page}");
    let (status, page) = root.page(&format!("/audit/{revision}")).await;
    assert!(status == 200 && page.contains("New One") && page.contains("made"), "{page}");
    assert_eq!(root.page("/audit/999999").await.0, 404);
    assert!(!root.page("/audit?by=lena").await.1.contains(&format!("/audit/{revision}\"")));
    let (status, page) = root.page("/audit/verify?verify=yes").await;
    assert!(status == 200 && page.contains("is as it was written"), "{page}");
    // The journal of an area is not the whole, which the export would be.
    let (status, page) = root.page("/audit?area=1").await;
    assert!(status == 200 && page.contains("The whole journal") && !page.contains("Export"), "{page}");
    // What Bob tried is told.
    Visitor::of(&server, "bob").await.sends("/users/lena/archive", &[]).await;
    let (status, page) = root.page("/refusals?by=bob").await;
    assert!(status == 200 && page.contains("Archive a user"), "{page}");
}

#[tokio::test]
async fn users_come_from_a_file_that_was_looked_at() {
    let server = Running::start(Database::Sqlite).await;
    let root = Visitor::of(&server, "root").await;
    let file = "zed,Zed,,[],[JazzUsers],0\nbob,Bob,,[],[JazzUsers],1\n";
    let (status, page) = root.sends("/user-import", &[("lines", file), ("step", "preview")]).await;
    assert!(status == 200 && page.contains("1 made") && page.contains("loses"), "{page}");
    let reviewed = hidden(&page, "reviewed");
    let (status, page) =
        root.sends("/user-import", &[("lines", "zed,Zed\nzed,Zed,,[nothing]"), ("step", "import")]).await;
    assert!(status == 400 && page.contains("Line 2"), "{page}");
    // Another file than the one that was looked at, or one that nobody has looked at, is shown first.
    let other = file.replace("zed", "yan");
    for fields in [
        &[("lines", &*other), ("step", "import"), ("reviewed", &*reviewed)][..],
        &[("lines", file), ("step", "import")],
    ] {
        let (status, page) = root.sends("/user-import", fields).await;
        assert!(status == 200 && page.contains("What the file comes to"), "{page}");
    }
    // The file stands in place of what is typed, is shown, and is what was looked at then.
    let bytes = format!("\u{feff}{}", file.replace('\n', "\r\n"));
    let preview = [("lines", "other,Other"), ("step", "preview")];
    let (status, page) = root.uploads("/user-import", &preview, ("people.csv", bytes.as_bytes())).await;
    assert!(status == 200 && page.contains("1 made") && page.contains(">zed,Zed,,"), "{page}");
    assert_eq!(hidden(&page, "reviewed"), reviewed);
    let latin = ("people.csv", &b"zo\xeb,Zo\xeb\n"[..]);
    let (status, page) = root.uploads("/user-import", &preview, latin).await;
    assert!(
        status == 400 && page.contains("people.csv") && page.contains("other,Other</textarea>"),
        "{page}"
    );
    let users = root.page("/users").await.1;
    assert!(!users.contains("/users/zed\"") && !users.contains("/users/yan\""));
    // As a browser sends it in which no file is chosen any more.
    let fields = [("lines", file), ("step", "import"), ("reviewed", &*reviewed)];
    let (status, page) = root.uploads("/user-import", &fields, ("", &b""[..])).await;
    assert!(status == 200 && page.contains("Imported"), "{page}");
    assert!(root.page("/users").await.1.contains("/users/zed\""));
}

#[tokio::test]
async fn access_groups_and_settings_are_changed_where_they_are_shown() {
    let server = Running::start(Database::Sqlite).await;
    let root = Visitor::of(&server, "root").await;
    let made = root.sends("/access-groups/new", &[("name", "Reviewers"), ("users", "bob\ntia")]).await;
    assert!(made.0 == 303 && made.1.starts_with("/access-groups/"), "{made:?}");
    let at = made.1.split('?').next().unwrap().to_owned();
    let page = root.page(&at).await.1;
    assert!(page.contains("Reviewers") && page.contains("tia"), "{page}");
    let upon = hidden(&page, "upon");
    let (status, page) =
        root.sends(&at, &[("name", "Reviewers"), ("users", "nobody"), ("upon", &upon)]).await;
    assert!(status == 400 && page.contains("nobody"), "{page}");
    // Whoever presses Enter in a field does not delete the group.
    let form = page.split("<form").find(|it| it.contains("name=\"users\"")).unwrap();
    assert!(form.contains("Save changes") && !form.contains("value=\"delete\""), "{form}");
    // Who was overtaken in deleting loses nothing of the fields.
    let (status, page) = root.sends(&at, &[("verb", "delete"), ("upon", "\"stale\"")]).await;
    assert!(status == 412 && page.contains("value=\"Reviewers\""), "{page}");
    assert_eq!(root.sends(&at, &[("verb", "delete"), ("upon", &upon)]).await.0, 303);
    assert_eq!(root.page(&at).await.0, 404);

    let page = root.page("/settings").await.1;
    let upon = hidden(&page, "upon");
    let reach = [("reach", "process"), ("upon", &*upon)];
    let done = root.sends("/settings", &reach).await;
    let done = if done.0 == 200 {
        let reviewed = hidden(&done.1, "reviewed");
        root.sends("/settings", &[&reach[..], &[("reviewed", &reviewed)]].concat()).await
    } else {
        done
    };
    assert_eq!(done.0, 303, "{done:?}");
    assert_eq!(root.page("/registries").await.0, 200);
    assert_eq!(root.page("/groups").await.0, 200);
}
