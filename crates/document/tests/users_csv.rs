//! Users as CSV.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::fmt::Write as _;
use std::sync::Arc;

use document::{Limits, Source, UserLine, UsersExport, import_users, load};
use governance::{Act as _, ChangeVerb, LicenceType, Organisation, RepositoryGroup, View};

const PEOPLE: &str = "
bailiwick: 1
users:
  - {id: root, groups: [JazzAdmins, JazzUsers]}
  - {id: bob, name: Bob Ruiz, mail: bob@example.com, licenses: [elm-practitioner]}
  - {id: zoë, name: \"Zoë; the first\", groups: []}
  - {id: old, archived: true}
  - {id: gc_user, functional: true}
project_areas: [{application: gc, name: Tram, access: everyone}]
";

fn people() -> Organisation {
    let source = Source { name: "people".into(), text: PEOPLE.as_bytes() };
    load(&[source], &Limits::default()).unwrap().organisation
}

fn view(organisation: &Organisation, user: &str) -> View {
    View::of(Arc::new(organisation.clone()), organisation.user_by_id(user).unwrap()).unwrap()
}

/// What somebody's import makes of an organisation, with what each line comes to; or the report.
fn imported(
    organisation: &Organisation,
    by: &str,
    text: impl AsRef<[u8]>,
) -> Result<(Organisation, Vec<UserLine>), String> {
    let source = Source { name: "users.csv".into(), text: text.as_ref() };
    let view = view(organisation, by);
    let import = import_users(&source, &view, &Limits::default(), &|_| {});
    let import = import.map_err(|refused| refused.report.to_string())?;
    let after = match import.done.act(organisation, view.asker_number(), organisation.leasable()) {
        Ok(acted) => organisation.after(&acted.events),
        Err(governance::Refusal::Nothing) => organisation.clone(),
        Err(refusal) => return Err(refusal.to_string()),
    };
    Ok((after, import.lines))
}

fn exported(organisation: &Organisation) -> String {
    String::from_utf8(UsersExport::new(view(organisation, "root")).whole()).unwrap()
}

const EXPORTED: &str = "\
root,root,,[],[JazzAdmins;JazzUsers],0
bob,Bob Ruiz,bob@example.com,[elm-practitioner],[JazzUsers],0
zoë,\"Zoë; the first\",,[],[],0
old,old,,[],[JazzUsers],1
";

#[test]
fn people_are_exported_as_elm_has_it_and_importing_that_changes_nothing() {
    let organisation = people();
    assert_eq!(exported(&organisation), EXPORTED);
    let (after, lines) = imported(&organisation, "root", EXPORTED).unwrap();
    assert_eq!(exported(&after), EXPORTED);
    assert!(lines.iter().all(|it| it.change.is_none() && it.set.is_empty()), "{lines:?}");
    let only_root = PEOPLE.lines().take(4).collect::<Vec<_>>().join("\n");
    let source = Source { name: "root".into(), text: only_root.as_bytes() };
    let only_root = load(&[source], &Limits::default()).unwrap().organisation;
    let (copy, lines) = imported(&only_root, "root", EXPORTED).unwrap();
    assert_eq!(exported(&copy), EXPORTED);
    assert_eq!(lines.iter().filter(|it| it.change == Some(ChangeVerb::Created)).count(), 3);
}

#[test]
fn whatever_wrote_the_file_it_is_read() {
    let ann = "ann,Ann,ann@example.com,[elm-contributor;elm-stakeholder],[JazzUsers;JazzGuests;JazzAdmins],0";
    let columns = "userid,name,mail,[licences],[groups],archived";
    for text in [
        format!("{ann}\n"),
        format!("\u{feff}{ann}\r\n"),
        format!("{columns}\n{ann}\n\n"),
        format!("\u{feff}{}\n{}\n", columns.replace(',', "\t"), ann.replace(',', "\t")),
        "ann;Ann;ann@example.com;\"[elm-contributor;elm-stakeholder]\";\"[JazzUsers;JazzGuests;JazzAdmins]\";0\n"
            .to_owned(),
        "groups;licences;userid;mail;name\n\"JazzUsers,JazzGuests,JazzAdmins\";\"elm-contributor, elm-stakeholder\"\
         ;ann;ann@example.com;\"Ann\"\n"
            .to_owned(),
        "UserID,Name,MAIL,[Licences],Groups,Archived\nann,Ann,ann@example.com,[elm-contributor;elm-stakeholder],\
         [JazzUsers;JazzGuests;JazzAdmins],FALSE\n"
            .to_owned(),
        "\u{feff}sep=;\r\nuserid;mail;Name;groups;licences\r\nann;ann@example.com;Ann;JazzUsers,JazzGuests,JazzAdmins;\
         elm-contributor,elm-stakeholder\r\n"
            .to_owned(),
    ] {
        let (after, lines) = imported(&people(), "root", &text).unwrap_or_else(|report| panic!("{text}: {report}"));
        let user = after.user(after.user_by_id("ann").unwrap()).unwrap();
        assert_eq!((&*user.name, user.mail.as_deref()), ("Ann", Some("ann@example.com")), "{text}");
        let licences: Vec<_> = user.licences.iter().map(LicenceType::id).collect();
        assert_eq!(licences, ["elm-contributor", "elm-stakeholder"], "{text}");
        assert_eq!(user.groups.iter().count(), 3, "{text}");
        assert_eq!(lines[0].change, Some(ChangeVerb::Created));
    }
}

#[test]
fn a_line_changes_what_it_says_and_nothing_else() {
    let organisation = people();
    let text = "userid,licences,archived,mail\nBOB,[ewm-developer],,\nold,,0,old@example.com\nzoë,[elm-stakeholder],1,\n";
    let (after, lines) = imported(&organisation, "root", text).unwrap();
    let told: Vec<_> = lines.iter().map(|it| (it.line, &*it.user, it.change, it.set.as_slice())).collect();
    use ChangeVerb::{Archived, Changed, Restored};
    let expected: [(u32, &str, Option<ChangeVerb>, &[&str]); 3] = [
        (2, "BOB", Some(Changed), &["mail", "licences"]),
        (3, "old", Some(Restored), &["mail"]),
        (4, "zoë", Some(Archived), &[]),
    ];
    assert_eq!(told, expected);
    let expected = EXPORTED
        .replace("bob@example.com,[elm-practitioner]", ",[ewm-developer]")
        .replace("old,old,,[],[JazzUsers],1", "old,old,old@example.com,[],[JazzUsers],0")
        .replace("[],[],0", "[],[],1");
    assert_eq!(exported(&after), expected);
    // A list that is empty takes away; a cell that is empty does not.
    let (after, _) = imported(&organisation, "root", "bob,,bob@example.com,[],,\n").unwrap();
    assert_eq!(exported(&after), EXPORTED.replace("[elm-practitioner]", "[]"));
}

#[track_caller]
fn refused(by: &str, text: impl AsRef<[u8]>, expected: &[&str]) {
    let report = imported(&people(), by, text).unwrap_err();
    assert_eq!(report.trim().lines().collect::<Vec<_>>(), expected);
}

#[test]
fn every_line_that_is_wrong_is_told_and_nothing_is_imported() {
    refused(
        "root",
        "ann,Ann,,[elm-practicioner],[JazzUsers],0\nben,Ben,,[],[Jazz],0\nBOB,Bob,,,,2\ncal,,a\u{200b}b,,,\n\
         ,Nobody,,,,\nbob,,,,,\ndan,,,[x,,\n",
        &[
            "users.csv:1:4: unknown licence `elm-practicioner`; did you mean `elm-practitioner`?",
            "users.csv:2:5: unknown group `Jazz`",
            "users.csv:3:6: expected `0` or `1`, found `2`",
            "users.csv:4:3: the mail `a\\u{200b}b` has blanks around it, or letters in it that are not seen: remove them",
            "users.csv:5:1: a user needs an id",
            "users.csv:6:1: `bob` is there twice, first on line 3",
            "users.csv:7:4: expected `[a;b]`, found `[x`",
        ],
    );
    refused(
        "root",
        "",
        &[
            "users.csv:1:1: the file is empty: write lines, such as `userid,name,mail,licences,groups,archived`",
        ],
    );
    refused(
        "root",
        "userid,licenses\nann,[]\n",
        &["users.csv:1:2: unknown column `licenses`; did you mean `licences`?"],
    );
    refused(
        "root",
        "id,name,groups,licences\nann,Ann,[],[]\n",
        &[
            "users.csv:1:1: unknown column `id`; expected one of `userid`, `name`, `mail`, `licences`, `groups`, `archived`",
            "users.csv:1:1: missing column `userid`",
        ],
    );
    refused(
        "root",
        "sep=;\nUserID;licenses\nann;[]\n",
        &["users.csv:2:2: unknown column `licenses`; did you mean `licences`?"],
    );
    refused(
        "root",
        "Sep=|\r\nann|Ann||[x]\r\nben|\"Ben\r\n",
        &[
            "users.csv:3:2: the quote that begins here is never closed: close it, and write one within a cell twice",
        ],
    );
    refused(
        "root",
        "ann,\"Ann\",,,,\nx,\"a\"b,,,,0\n",
        &[
            "users.csv:2:2: there is something behind the quote that closes this cell: remove it, and write a quote within a cell twice",
        ],
    );
    refused("root", "sep=;\nann;Ann;;[x]\n", &["users.csv:2:4: unknown licence `x`"]);
    refused("root", "USERID,UserId\nann,ann\n", &["users.csv:1:2: the column `userid` is there twice"]);
    refused(
        "root",
        "ann,a,b,c,d,e,f\n",
        &[
            "users.csv:1:1: this line has 7 cells: expected `userid,name,mail,licences,groups,archived`, or a header that names fewer",
        ],
    );
    refused(
        "root",
        "ann,\"Ann,,[],[],0\nben,Ben,,[],[],0\n",
        &[
            "users.csv:1:2: the quote that begins here is never closed: close it, and write one within a cell twice",
        ],
    );
}

#[test]
fn ids_that_differ_by_case_or_form_alone_are_never_two_users() {
    refused(
        "root",
        "zoe\u{308},Zoë,,,,\nann,,,,,\nANN,,,,,\nﬁn,,,,,\nFIN,,,,,\n",
        &[
            "users.csv:1:1: the user id `zoe\u{308}` differs from `zoë` by case or Unicode form alone: choose another id",
            "users.csv:3:1: `ANN` is there twice, first on line 2",
            "users.csv:5:1: the user id `FIN` differs from `ﬁn` by case or Unicode form alone: choose another id",
        ],
    );
}

#[test]
fn each_line_is_judged_as_the_command_that_it_means() {
    let own_name = "userid,name\nbob,Robert\n";
    let (after, _) = imported(&people(), "bob", own_name).unwrap();
    assert!(exported(&after).contains("bob,Robert,"), "it is one's own");
    let report = imported(&people(), "bob", "root,Root,,[],[],1\nann,Ann,,,,\n").unwrap_err();
    assert_eq!(report.lines().count(), 2, "{report}");
    assert!(report.contains("users.csv:1:1: Bob Ruiz may not"), "{report}");
    let report = imported(&people(), "root", "ben,,,,,\nroot,,,,[JazzUsers],\n").unwrap_err();
    assert!(report.contains("last active member of JazzAdmins"), "{report}");
    // After the lines before it.
    let (after, _) = imported(&people(), "root", "bob,,,,[JazzAdmins],\nroot,,,,[JazzUsers],\n").unwrap();
    let admins: Vec<_> = after
        .users()
        .filter(|(_, it)| it.groups.contains(RepositoryGroup::JazzAdmins))
        .map(|(_, it)| &*it.id)
        .collect();
    assert_eq!(admins, ["bob"]);
}

#[test]
fn what_people_lose_is_told_of_those_who_were_there() {
    let organisation = people();
    let source = |text: &'static str| Source { name: "users.csv".into(), text: text.as_bytes() };
    let impact = |text, most| {
        let import = import_users(&source(text), &view(&organisation, "root"), &Limits::default(), &|_| {});
        import.unwrap_or_else(|refused| panic!("{}", refused.report)).done.impact_on_people(most, || true)
    };
    assert_eq!(impact("ann,Ann,,[elm-practitioner],[JazzAdmins],0\nbob,Robert,,,,\n", 10), None);
    let lost = impact("bob,,,,,1\nzoë,,,,[JazzUsers],\n", 10).unwrap();
    assert_eq!((lost.people, lost.looked_at), (2, 2));
    let governance::Impact::Known(governance::CountedShifts { lose, shifts, .. }) = &lost.impact else {
        panic!("{lost:?}")
    };
    assert_eq!(*lose, 1);
    assert!(shifts.iter().any(|it| it.user == "bob" && it.change == governance::Gain::Loses), "{shifts:?}");
    assert_eq!(impact("bob,,,,,1\nzoë,,,,[JazzUsers],\n", 1).unwrap().looked_at, 1);
}

#[test]
fn many_lines_are_imported_in_bearable_time() {
    let organisation = people();
    let mut text = String::new();
    for number in 0..20_000 {
        // Every other id is no ASCII, so that its form has to be looked for.
        let id = if number % 2 == 0 { "user" } else { "üser" };
        let _ =
            writeln!(text, "{id}{number},Somebody,{id}{number}@example.com,[elm-stakeholder],[JazzUsers],0");
    }
    let begun = std::time::Instant::now();
    let (after, lines) = imported(&organisation, "root", &text).unwrap();
    assert_eq!((lines.len(), after.users().count()), (20_000, 20_005));
    assert!(begun.elapsed().as_secs() < 120, "{:?}", begun.elapsed());
}
