//! What pages of areas tell before they do it: moving a team area, many cells of the matrix, using a process.

use serde_json::{Value, json};

use super::areas;
use crate::running::{Database, Running, password};

/// A signed-in administrator of the server, who sends forms.
struct Admin {
    server: Running,
    cookie: String,
}

impl Admin {
    async fn start() -> Self {
        let server = Running::start(Database::Sqlite).await;
        let cookie = server.sign_in("root", &password("root")).await.unwrap();
        Self { server, cookie }
    }
    async fn send(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let answer = self.server.submit(path, Some(&self.cookie), fields).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
    async fn json(&self, path: &str) -> Value {
        self.server.get_as("root", &format!("/api/v1{path}")).await.json().await.unwrap()
    }
    async fn changed(&self, path: &str, body: Value) {
        let request = self.server.client.patch(format!("{}/api/v1{path}", self.server.base)).json(&body);
        let changed =
            request.header("if-match", "*").basic_auth("root", Some(password("root"))).send().await.unwrap();
        assert!(changed.status().is_success(), "{}", changed.text().await.unwrap());
    }
    async fn made(&self, path: &str, body: Value) -> Value {
        let (status, made) = self.server.post_as("root", &format!("/api/v1{path}"), &body).await;
        assert!(status < 300, "{path}: {status} {made}");
        made
    }
}

/// What a hidden field of a page says.
fn hidden<'p>(page: &'p str, name: &str) -> &'p str {
    let (_, rest) =
        page.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}: {page}"));
    rest.split('"').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_area_moves_by_page_once_it_was_told_who_gains_and_who_loses() {
    let admin = Admin::start().await;
    let (area, team) = areas(&admin.server, "Electric Vehicle");
    let other = admin.made(&format!("/project-areas/{area}/team-areas"), json!({"name": "Motors", "role_inheritance": "inherit", "members": {"carl": ["configuration-lead"]}})).await;
    let other = other["number"].to_string();
    // Whoever may move it nowhere is told why, in place of the button.
    let bob = admin.server.page_as("bob", &format!("/team-areas/{team}")).await;
    assert!(bob.contains("Move the team area") && bob.contains("Bob may not move"), "{bob}");

    let path = format!("/team-areas/{team}");
    let open = json!({"role_inheritance": "inherit"});
    let request = admin.server.client.patch(format!("{}/api/v1{path}", admin.server.base)).json(&open);
    let opened =
        request.header("if-match", "*").basic_auth("root", Some(password("root"))).send().await.unwrap();
    assert!(opened.status().is_success());
    let page = admin.server.page_as("root", &path).await;
    assert!(page.contains(&format!("<option value=\"{other}\">Motors</option>")), "{page}");
    let move_it = [("to", &*other)];
    let (status, shown) = admin.send(&format!("{path}/move"), &move_it).await;
    assert!(
        status == 200 && shown.contains("Carl</strong> gains"),
        "Carl leads what it is nested in: {shown}"
    );
    assert_eq!(admin.json(&path).await["parent"], "gc:Electric Vehicle");
    let meant = [move_it[0], ("reviewed", hidden(&shown, "reviewed"))];
    assert_eq!(admin.send(&format!("{path}/move"), &meant).await.0, 303);
    assert_eq!(admin.json(&path).await["parent"], "gc:Electric Vehicle@Motors");
    // It is not nested in itself, and the page of what it is in now does not offer it.
    let page = admin.server.page_as("root", &format!("/team-areas/{other}")).await;
    assert!(!page.contains("Move the team area"), "there is no other place: {page}");
    let (status, page) = admin.send(&format!("/team-areas/{other}/move"), &[("to", &team.to_string())]).await;
    assert!(status == 409 && page.contains("Nothing was saved"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_cells_of_the_matrix_are_one_change_and_nothing_ticked_is_lost() {
    let admin = Admin::start().await;
    let (_, team) = areas(&admin.server, "Electric Vehicle");
    let path = format!("/team-areas/{team}/permissions?edit=cells");
    let page = admin.server.page_as("root", &path).await;
    let own = "gc.save-stream modify-links contributor";
    let above = "gc.save-stream archive configuration-lead";
    for name in [own, above] {
        assert!(page.contains(&format!("name=\"was\" value=\"{name}\"")), "{name}: {page}");
    }
    let upon = hidden(&page, "upon").replace("&#34;", "\"");
    let was = |name: &'static str| ("was", name);
    // Taken from one role, given to two others: nothing else of the entries changes.
    let given = ["gc.save-stream archive contributor", "gc.save-component archive default"];
    let fields = |upon: &str| {
        let ticked = given.map(|name| (name.to_owned(), "ticked".to_owned()));
        let was = [was(own), was(above)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let kept = (above.to_owned(), "ticked".to_owned());
        let all = was.into_iter().chain(ticked).chain([kept, ("upon".to_owned(), upon.to_owned())]);
        all.collect::<Vec<_>>()
    };
    let send = async |fields: &[(String, String)]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        admin.send(&path, &fields).await
    };
    let sent = fields(&upon);
    let (status, shown) = send(&sent).await;
    assert!(
        status == 200 && shown.contains("Tia</strong> gains") && shown.contains("Tia</strong> loses"),
        "{shown}"
    );
    for (name, ticked) in [(given[0], true), (given[1], true), (own, false), (above, true)] {
        let (_, rest) = shown.split_once(&format!("type=\"checkbox\" name=\"{name}\"")).unwrap();
        assert_eq!(rest.split('>').next().unwrap().contains(" checked"), ticked, "{name} is as it was sent");
    }
    // Somebody else has changed something meanwhile: nothing is saved, and nothing that was ticked is lost.
    let entry = json!({"set": [{"role": "default", "operation": "gc.save-baseline", "actions": ["create"]}]});
    let request =
        admin.server.client.patch(format!("{}/api/v1/team-areas/{team}/permissions", admin.server.base));
    let request = request.json(&entry).header("if-match", "*").basic_auth("root", Some(password("root")));
    assert!(request.send().await.unwrap().status().is_success());
    let reviewed = ("reviewed".to_owned(), hidden(&shown, "reviewed").to_owned());
    let (status, again) = send(&[sent, vec![reviewed]].concat()).await;
    let (_, rest) = again.split_once(&format!("type=\"checkbox\" name=\"{}\"", given[0])).unwrap();
    assert!(status == 412 && rest.split('>').next().unwrap().contains(" checked"), "{again}");
    let sent = fields(&hidden(&again, "upon").replace("&#34;", "\""));
    let (_, shown) = send(&sent).await;
    let reviewed = ("reviewed".to_owned(), hidden(&shown, "reviewed").to_owned());
    assert_eq!(send(&[sent, vec![reviewed]].concat()).await.0, 303);
    let kept = admin.json(&format!("/team-areas/{team}/permissions")).await;
    let entry = |role: &str, operation: &str| {
        let all = kept["items"].as_array().unwrap().iter();
        all.filter(|it| it["role"] == role && it["operation"] == operation)
            .map(|it| it["actions"].clone())
            .next()
    };
    let actions = entry("contributor", "gc.save-stream").unwrap();
    let mut actions: Vec<_> = actions.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["add-contribution", "archive", "modify-attributes", "replace-contribution"]);
    assert_eq!(entry("default", "gc.save-component"), Some(json!(["archive"])));
    assert_eq!(entry("default", "gc.save-baseline"), Some(json!(["create"])), "that of the other");
    assert_eq!(entry("configuration-lead", "gc.save-stream"), None, "what was left alone is as it was");
    // What is no cell is refused, and the page is still there.
    let (status, page) =
        admin.send(&path, &[("gc.save-stream fly contributor", "ticked"), ("upon", "*")]).await;
    assert!(status == 400 && page.contains("Nothing was saved"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_using_a_process_comes_to_is_told_before_it_is_done() {
    let admin = Admin::start().await;
    let (area, _) = areas(&admin.server, "Electric Vehicle");
    let entries = json!([{"role": "contributor", "operation": "gc.save-stream", "actions": ["archive"]}]);
    let demanded = json!([{"role": "default", "operation": "gc.save-baseline", "require": ["no-skew"]}]);
    let standard = json!({"application": "gc", "name": "Standard", "shares_process": true, "permissions": entries,
        "preconditions": demanded, "denial_texts": {"process.save-project-area": "Ask Pam."},
        "roles": [{"id": "contributor", "name": "Contributor"}, {"id": "welder", "name": "Welder"}]});
    admin.made("/project-areas", standard).await;
    let uses = format!("/project-areas/{area}/used-process");
    // By REST: what is kept lies over the other; without it, Carl loses what his own process gave him.
    let ask = |own: &str, preview: bool| json!({"project_area": "Standard", "own": own, "preview": preview});
    let told = admin.made(&uses, ask("keep", true)).await;
    assert_eq!(
        (&told["revision"], &told["difference"]["roles_of_both"]),
        (&Value::Null, &json!(["contributor"]))
    );
    assert_eq!(told["difference"]["lent_roles"], json!(["welder"]));
    // What is demanded there, and what an own demand at another time hides of it.
    let own = json!([{"role": "default", "operation": "gc.save-baseline", "require": [], "at": {"iteration_type": "build"}}]);
    let own = json!({"iteration_types": ["build"], "preconditions": own});
    admin.changed(&format!("/project-areas/{area}"), own).await;
    let told = admin.made(&uses, ask("keep", true)).await;
    let it = &told["difference"]["own_preconditions"][0];
    assert_eq!(
        (&it["own"]["at"], &it["lent"][0]["require"], &it["effect"]),
        (&json!({"iteration_type": "build"}), &json!(["no-skew"]), &json!("replaces")),
        "{told}"
    );
    let told = admin.made(&uses, ask("drop", true)).await;
    let shifts = told["impact"]["shifts"].to_string();
    assert!(told["impact"]["lose"].as_u64() > Some(0) && shifts.contains("carl"), "{told}");
    assert_eq!(admin.json(&format!("/project-areas/{area}")).await["uses_process"], Value::Null);
    let (status, problem) = admin.server.post_as("lena", &format!("/api/v1{uses}"), &ask("keep", true)).await;
    assert_eq!((status, &problem["gate"]), (403, &json!("PERMISSION")));
    let unknown = json!({"project_area": "Nowhere", "preview": true});
    let (status, problem) = admin.server.post_as("root", &format!("/api/v1{uses}"), &unknown).await;
    assert_eq!((status, &problem["pointer"]), (400, &json!("/project_area")), "{problem}");

    // By page: both ways side by side, and what was seen is what is done.
    let path = format!("/project-areas/{area}/sharing");
    let choose = [("do", "use"), ("project_area", "Standard"), ("from", "")];
    let (status, shown) = admin.send(&path, &choose).await;
    assert!(
        status == 200 && shown.contains("Before Electric Vehicle uses the process of Standard"),
        "{shown}"
    );
    assert!(shown.contains("keep what is its own") && shown.contains("drop what is its own"), "{shown}");
    // He is one of many who lose the same.
    assert!(shown.contains("Carl, ") && shown.contains("lose: create of 4 baselines"), "{shown}");
    let seen = hidden(&shown, "seen").to_owned();
    let link = |seen: &str, own: &str| {
        let fields = [
            ("do", "link"),
            ("project_area", "Standard"),
            ("from", ""),
            ("along", ""),
            ("seen", seen),
            ("own", own),
        ];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let send = async |fields: &[(String, String)]| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        admin.send(&path, &fields).await
    };
    let (status, again) = send(&link("something else", "drop")).await;
    assert!(status == 200 && again.contains("has changed since you looked"), "{again}");
    assert_eq!(send(&link(&seen, "drop")).await.0, 303);
    let after = admin.json(&format!("/project-areas/{area}")).await;
    assert_eq!(
        (&after["uses_process"]["project_area"], &after["permissions"]),
        (&json!("Standard"), &json!([]))
    );
    let roles: Vec<_> =
        after["roles"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert!(!roles.contains(&"contributor") && roles.contains(&"configuration-lead"), "{roles:?}");
    // Its texts for those who are refused count, too.
    let (_, problem) = admin.server.post_as("lena", &format!("/api/v1{uses}"), &ask("keep", true)).await;
    assert!(problem["detail"].as_str().unwrap().ends_with(". Ask Pam"), "{problem}");

    // Copied, it has all of it, and what is its own at another time.
    let own = json!({"preconditions": [{"role": "default", "operation": "gc.save-baseline",
        "require": ["no-archived-contributions"], "at": {"iteration_type": "build"}}]});
    admin.changed(&format!("/project-areas/{area}"), own).await;
    admin.made(&format!("/project-areas/{area}/copy-process"), json!({})).await;
    let after = admin.json(&format!("/project-areas/{area}")).await;
    assert_eq!(
        (&after["preconditions"].as_array().unwrap().len(), &after["uses_process"]),
        (&2, &Value::Null),
        "{after}"
    );
    assert_eq!(after["denial_texts"]["process.save-project-area"], "Ask Pam.");
}
