//! Users are made what the directory says.

use reqwest::Method;
use serde_json::json;
use server::Ldap;

use super::{
    BASE, Directory, asking, beginning, group, group_name, mapping, name_of, of_report, password_of, person,
    somebody, told_of, with_people,
};

#[tokio::test(flavor = "multi_thread")]
async fn people_come_are_renamed_vanish_and_return_and_nobody_is_deleted() {
    let ids: Vec<String> = (0..120).map(|number| format!("p{number:03}")).collect();
    let directory = Directory::start(&with_people(&ids.iter().map(String::as_str).collect::<Vec<_>>()));
    let running = asking(told_of(&directory)).await;
    let expected = json!({"created": ids, "vanished": [], "returned": [], "renewed": []});
    let (status, report) = running.sync("?preview=true").await;
    assert_eq!(
        (status, of_report(&report)),
        (200, expected.clone()),
        "page by page, past what is sent at once"
    );
    assert_eq!(running.user("p000").await["status"], 404, "it was a preview");
    let (status, report) = running.sync("").await;
    assert_eq!((status, of_report(&report)), (200, expected));
    let entry = running.newest_entries(1).await.remove(0);
    assert_eq!((&entry["by"], &entry["via"]), (&json!("root"), &json!("registry corp")));
    let nothing = json!({"created": [], "vanished": [], "returned": [], "renewed": []});
    assert_eq!(of_report(&running.sync("").await.1), nothing);
    assert_eq!(running.newest_entries(1).await[0]["revision"], entry["revision"], "what is equal stays");

    directory.replace(&name_of("p001"), "cn", "Somebody Else");
    directory.replace(&name_of("p002"), "mail", "p2@example.com");
    directory.remove(&name_of("p003"));
    directory.add(&person(&somebody("new")));
    let (_, report) = running.sync("").await;
    let changed =
        json!({"created": ["new"], "vanished": ["p003"], "returned": [], "renewed": ["p001", "p002"]});
    assert_eq!(of_report(&report), changed);
    assert_eq!(report["renewed"][0]["before"]["name"], "p001 of the directory");
    assert_eq!(report["renewed"][0]["after"]["name"], "Somebody Else");
    let gone = running.user("p003").await;
    assert_eq!((&gone["vanished"], &gone["archived"]), (&json!(true), &json!(false)));
    assert!(running.sign_in("p003", &password_of("p003")).await.is_none());
    directory.add(&person(&somebody("p003")));
    let (_, report) = running.sync("").await;
    assert_eq!(report["returned"], json!(["p003"]));
    assert_eq!(running.user("p003").await.get("vanished"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_too_many_would_vanish_nothing_is_changed() {
    let directory = Directory::start(&with_people(&["a1", "a2", "a3", "a4"]));
    let mut ldap = told_of(&directory);
    ldap.most_vanished = 25;
    let running = asking(ldap).await;
    assert_eq!(running.sync("").await.0, 200);
    directory.remove(&name_of("a1"));
    assert_eq!(running.sync("").await.1["vanished"], json!(["a1"]), "a quarter may");
    for id in ["a2", "a3"] {
        directory.remove(&name_of(id));
    }
    directory.replace(&name_of("a4"), "cn", "Renamed");
    let (status, problem) = running.sync("").await;
    assert_eq!(status, 409);
    let said = problem["detail"].as_str().unwrap();
    assert!(said.starts_with("2 of the 3 users of the registry would vanish"), "{said}");
    assert_eq!(running.user("a4").await["name"], "a4 of the directory", "nor is anything else changed");
    let (_, preview) = running.sync("?preview=true").await;
    assert_eq!(preview["problems"][0], problem["detail"]);
    assert_eq!(running.sync("?most_vanished=101").await.0, 400);
    assert_eq!(running.sync("?most_vanished=70").await.1["vanished"], json!(["a2", "a3"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_tells_what_people_would_lose() {
    let directory = Directory::start(
        &(with_people(&["mia", "tom"])
            + &group("admins", &[name_of("mia"), name_of("tom")])
            + &group("users", &[name_of("mia"), name_of("tom")])),
    );
    let mut ldap = told_of(&directory);
    ldap.groups = mapping(&[("admins", "JazzAdmins"), ("users", "JazzUsers")]);
    let running = asking(ldap).await;
    assert_eq!(running.sync("").await.0, 200);
    directory.leave("admins", &name_of("tom"));
    let (_, preview) = running.sync("?preview=true").await;
    let losses = preview["losses"].as_array().unwrap();
    let loses = |operation: &str| {
        losses.iter().any(|it| it["user"] == "tom" && it["operation"] == operation && it["change"] == "loses")
    };
    assert!(loses("repository.manage-users") && loses("read"), "{preview:#}");
    assert!(losses.iter().all(|it| it["user"] == "tom"), "nobody else loses anything");
    assert_eq!(running.user("tom").await["groups"], json!(["JazzAdmins", "JazzUsers"]));

    // Whoever is in no group any more has vanished as far as this server is concerned.
    directory.leave("users", &name_of("tom"));
    let (status, problem) = running.sync("?most_vanished=49").await;
    assert_eq!(status, 409, "{problem:#}");
    let said = problem["detail"].as_str().unwrap();
    assert!(said.starts_with("1 of the 2 users of the registry would vanish, or be in no group"), "{said}");
    // A group that is called otherwise is no reason to put everybody out.
    directory.remove(&group_name("users"));
    for query in ["", "?most_vanished=100"] {
        let (status, problem) = running.sync(query).await;
        assert_eq!(status, 409, "{problem:#}");
        let said = problem["detail"].as_str().unwrap();
        assert!(said.starts_with("the registry has no group `cn=users,"), "{said}");
    }
    // Nor does anybody lose it who signs in. Whether whoever is new is for us, nobody can say.
    directory.add(&person(&somebody("new")));
    let enters = async |id: &str| {
        let form = [("user", id), ("password", &*password_of(id))];
        running.submit("/sign-in", None, &form).await.status().as_u16()
    };
    for id in ["tom", "mia"] {
        assert_eq!(enters(id).await, 303, "{id}");
        assert_eq!(running.user(id).await["groups"], json!(["JazzAdmins", "JazzUsers"]), "{id}");
    }
    for _ in 0..5 {
        assert_eq!(enters("new").await, 503);
    }
    let members = "/api/v1/team-areas/gc%3AElectric%20Vehicle%40Tuning%20Team/members/new";
    assert_eq!(running.here(Method::PUT, "ada", members, json!({"roles": []})).await.0, 503);
    assert_eq!(running.user("new").await["status"], 404);
    directory.add(&group("users", &[name_of("new")]));
    assert_eq!(enters("new").await, 303, "it was no failure of theirs");
    assert_eq!(enters("tom").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays_whatever_the_directory_says() {
    let directory = Directory::start(
        &(with_people(&["mia", "tom"])
            + &group("admins", &[name_of("mia")])
            + &group("users", &[name_of("mia"), name_of("tom")])),
    );
    let mut ldap = told_of(&directory);
    ldap.groups = mapping(&[("admins", "JazzAdmins"), ("users", "JazzUsers")]);
    let running = asking(ldap).await;
    assert_eq!(running.sync("").await.0, 200);
    // Those of the stories are administrators no more; then Mia is the only one.
    for id in ["user1", "root"] {
        let path = format!("/api/v1/users/{id}");
        let body = json!({"groups": ["JazzUsers"]});
        let changed = running.client.patch(format!("{}{path}", running.base)).header("if-match", "*");
        let changed = changed.basic_auth("mia", Some(password_of("mia"))).json(&body).send().await.unwrap();
        assert_eq!(changed.status(), 200, "{id}");
    }
    directory.enter("admins", &format!("cn=nobody,{BASE}"));
    directory.leave("admins", &name_of("mia"));
    let sync = running.post("/api/v1/registry/sync").basic_auth("mia", Some(password_of("mia")));
    let report: serde_json::Value = sync.send().await.unwrap().json().await.unwrap();
    let said = report["problems"][0].as_str().unwrap();
    assert!(said.starts_with("`mia`: the last active member of JazzAdmins"), "{report:#}");
    let mia: serde_json::Value = running.there("mia", "/api/v1/users/mia").await.json().await.unwrap();
    assert_eq!(mia["groups"], json!(["JazzAdmins", "JazzUsers"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_no_user_is_a_line_of_the_report_and_half_of_nothing_is_taken_over() {
    let entry = |name: &str, more: &str| {
        format!("dn: cn={name},ou=people,{BASE}\nobjectClass: inetOrgPerson\ncn: {name}\nsn: x\n{more}\n")
    };
    let long = "x".repeat(10_000);
    let entries = [
        entry("without", ""),
        entry("two-ids", "uid: two1\nuid: two2\n"),
        entry("twin1", "uid: twin\n"),
        entry("twin2", "uid: TWIN\n"),
        // `/w==` is the byte FF, and `AAE=` are 0 and 1.
        entry("binary-mail", "uid: binary\nmail: both@example.org\njpegPhoto:: /w==\n"),
        entry("control", "uid:: YQFi\n"),
        entry("dots", "uid: ..\n"),
        entry("long-id", &format!("uid: {long}\n")),
        entry("empty-name", "uid: blank\ndescription: x\n"),
        // Written with one letter where `fin` has two.
        entry("ligature", "uid: ﬁn\n"),
        entry("root-there", "uid: Root\n"),
        entry("operator", "uid: operator\n"),
        entry("colon", "uid: colon:1\n"),
        entry("good", "uid: good\nmail: Both@Example.org\n"),
        // References to other servers, and to this one again.
        format!(
            "dn: ou=loop,ou=people,{BASE}\nobjectClass: referral\nobjectClass: extensibleObject\nou: loop\n\
                 ref: ldap://localhost:1/ou=people,{BASE}\nref: ldap://localhost/ou=people,{BASE}\n\n"
        ),
    ]
    .concat();
    let long_name = person(&super::Somebody { name: long.clone(), ..somebody("longname") });
    let directory = Directory::start(&(beginning() + &entries + &person(&somebody("fin")) + &long_name));
    let running = asking(told_of(&directory)).await;
    let (status, report) = running.sync("").await;
    assert_eq!(status, 200, "{report:#}");
    assert_eq!(report["created"], json!(["binary", "blank", "good"]), "{report:#}");
    let problems: Vec<&str> =
        report["problems"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    for expected in [
        "`cn=without,ou=people,dc=example,dc=org`: it has no `uid`",
        "it has 2 of `uid`, and one is needed",
        "2 entries have the id `twin`, but for case or Unicode form, and are left as they are: \
         `cn=twin1,ou=people,dc=example,dc=org`, `cn=twin2,ou=people,dc=example,dc=org`",
        "2 entries have the mail address `both@example.org`, and are taken over all the same: \
         `cn=binary-mail,ou=people,dc=example,dc=org`, `cn=good,ou=people,dc=example,dc=org`",
        "letters in it that are not seen",
        "cannot be called `.` or `..`",
        "a user id has at most 250 characters",
        "a user has at most 1000 characters",
        "2 entries have the id `ﬁn`, but for case",
        "the user `root` is of the built-in registry",
        "`operator`: the user id `operator` is for the server's own work",
        "`colon:1`: the user id `colon:1` has a colon in it",
    ] {
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{expected}: {problems:#?}");
    }
    assert!(problems.iter().all(|problem| problem.len() < 500), "{problems:#?}");
    assert_eq!(problems.len(), 12, "{problems:#?}");
    // An attribute that is no text.
    let photographs = Ldap { mail: "jpegPhoto".to_owned(), ..told_of(&directory) };
    let running = asking(photographs).await;
    let (_, report) = running.sync("?preview=true").await;
    let said = report["problems"].to_string();
    assert!(said.contains("its `jpegPhoto` is no text"), "{said}");
    // Nobody takes over the account of one of the built-in registry, until an administrator says so.
    let adopted = json!({"registry": "corp"});
    assert_eq!(running.here(Method::PATCH, "root", "/api/v1/users/bob", adopted).await.0, 200);
    assert_eq!(running.user("bob").await["registry"], "corp");
}
