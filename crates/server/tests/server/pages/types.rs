//! Types that a process declares, by pages, and where they are offered.

use super::areas;
use crate::people_pages::Visitor;
use crate::running::{Database, Running, query};

#[tokio::test]
async fn a_type_keeps_an_id_that_entries_can_name_and_is_offered_in_the_matrix() {
    let server = Running::start(Database::Sqlite).await;
    let (area, _) = areas(&server, "Development");
    let root = Visitor::of(&server, "root").await;
    let path = format!("/project-areas/{area}/types");
    let send = async |fields: &[(&str, &str)]| {
        root.sends(&path, &[&[("kind", "work_item_types"), ("upon", "*")][..], fields].concat()).await
    };
    let saga = [("id", "saga"), ("states", "new\ndone"), ("actions", "finish"), ("attributes", "budget")];
    assert_eq!(send(&saga).await.0, 303);
    for (fields, said) in [
        (&[("id", "we ird")][..], "An entry cannot name this id"),
        (&[("id", "a/b")], "An entry cannot name this id"),
        (&[("id", "saga")], "A type has this id already"),
        (&[("id", "one"), ("states", "a\nb\na")], "<code>a</code> is there twice"),
        (&[("type", "saga"), ("id", "tale")], "The id stays"),
    ] {
        let (status, page) = send(fields).await;
        assert!(status == 400 && page.contains(said) && page.contains("aria-invalid"), "{fields:?}: {page}");
    }
    let page = root.page(&format!("{path}?kind=work_item_types&type=saga")).await.1;
    assert!(page.contains(" readonly"), "{page}");

    let cell = query(&[("cell", "default ccm.save-work-item/archive")]);
    let page = root.page(&format!("/project-areas/{area}/permissions?{cell}")).await.1;
    for node in ["create/type/saga", "modify/attribute/budget", "modify/action/finish"] {
        assert!(page.contains(&format!("value=\"{node}\"")), "{node}: {page}");
    }
}

#[tokio::test]
async fn a_role_that_something_is_for_says_so_before_it_is_removed() {
    let server = Running::start(Database::Sqlite).await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let root = Visitor::of(&server, "root").await;
    let page = root.page(&format!("/project-areas/{area}/roles?edit=contributor")).await.1;
    assert!(page.contains("disabled>Remove the role</button>"), "{page}");
    assert!(page.contains("Show what does"), "{page}");
}

#[tokio::test]
async fn search_tells_areas_of_one_name_apart_and_finds_what_a_reference_names() {
    let server = Running::start(Database::Sqlite).await;
    let (area, _) = areas(&server, "Electric Vehicle");
    let root = Visitor::of(&server, "root").await;
    let found = async |text: &str| root.page(&format!("/search?{}", query(&[("q", text)]))).await.1;
    let page = found("electric vehicle").await;
    assert!(page.contains("<span class=\"muted\">gc</span>"), "{page}");
    // Roles are found by their own names, and not by that of where they are.
    assert!(!page.contains(&format!("/project-areas/{area}/roles")), "{page}");
    let link = format!("href=\"/project-areas/{area}\"");
    for text in ["gc:Electric Vehicle".to_owned(), format!("https://elm.example.com/project-areas/{area}")] {
        let page = found(&text).await;
        assert!(page.contains("What it names") && page.contains(&link), "{text}: {page}");
    }
    let page = root.page("/search?q=motor&kind=configuration&after=10000").await.1;
    assert!(page.contains("To the first of what is found"), "{page}");
}
