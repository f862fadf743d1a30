//! An administrator's errands in a real browser, with and without scripts.

use crate::running::{Database, Running, password};
use crate::web_driver::{Browser, Scripts};

const DESKTOP: (u32, u32) = (1440, 900);
const PHONE: (u32, u32) = (390, 844);

async fn signed_in(server: &Running, size: (u32, u32), scripts: Scripts) -> Browser {
    let browser = Browser::start(size, scripts).await;
    browser.open(&format!("{}/sign-in", server.base)).await;
    browser.reads("h1", "Sign in").await;
    browser.type_into("#user", "root").await;
    browser.type_into("#password", &password("root")).await;
    browser.click("main form:first-of-type button.primary").await;
    browser.reads("h1", "root").await;
    browser
}

/// Makes Zoe, finds her, looks at what she may do, and archives her.
async fn zoe_comes_and_goes(size: (u32, u32), scripts: Scripts) {
    let server = Running::start(Database::Sqlite).await;
    let browser = signed_in(&server, size, scripts).await;
    browser.open(&format!("{}/new-user", server.base)).await;
    browser.reads("h1", "New user").await;
    browser.type_into("#field-id", "zoe").await;
    browser.type_into("#field-name", "Zoe Nagy").await;
    browser.click("main form button.primary").await;
    browser.reads("h1", "Zoe Nagy").await;
    browser.reads(".notice.ok", "Saved").await;
    browser.open(&format!("{}/users?q=zoe", server.base)).await;
    browser.reads("table", "Zoe Nagy").await;
    browser.click("tbody th a").await;
    browser.reads("h1", "Zoe Nagy").await;
    browser.click(".tabs a[href='/users/zoe/access']").await;
    browser.reads("#roles", "What roles grant").await;
    browser.open(&format!("{}/users/zoe", server.base)).await;
    browser.reads("#archive", "Archive").await;
    browser.click("form[action='/users/zoe/archive'] button.danger").await;
    // She may read a little, and loses it: that is shown, and asked.
    browser.reads("#review", "Before this is done").await;
    browser.click(".review button.primary").await;
    browser.reads("h1", "archived").await;
    fits(&browser, size).await;
    assert_eq!(browser.complaints().await, [""; 0]);
}

/// Nothing sticks out of the window.
async fn fits(browser: &Browser, size: (u32, u32)) {
    let page = browser.rectangle("html").await;
    assert!(page["width"].as_f64().unwrap() <= f64::from(size.0), "{page}");
}

#[tokio::test]
async fn a_user_is_made_found_and_archived_with_scripts() {
    zoe_comes_and_goes(DESKTOP, Scripts::On).await;
}

#[tokio::test]
async fn a_user_is_made_found_and_archived_without_scripts() {
    zoe_comes_and_goes(PHONE, Scripts::Off).await;
}

#[tokio::test]
async fn every_page_of_the_server_fits_and_has_nothing_to_complain_of() {
    let server = Running::start(Database::Sqlite).await;
    for size in [DESKTOP, PHONE] {
        let browser = signed_in(&server, size, Scripts::On).await;
        for (path, heading) in [
            ("/users", "Users"),
            ("/users/bob", "Bob"),
            ("/users/bob/access", "Bob"),
            ("/users/bob/sign-in", "Bob"),
            ("/new-user", "New user"),
            ("/user-import", "Import users"),
            ("/groups", "Repository groups"),
            ("/licences", "Licences"),
            ("/licences/elm-practitioner", "Practitioner"),
            ("/licences/unused", "Licences that nobody uses"),
            ("/access-groups", "Access groups"),
            ("/registries", "Registries"),
            ("/audit", "Audit"),
            ("/audit/1", "Revision 1"),
            ("/refusals", "Audit"),
            ("/audit/verify?verify=yes", "Audit"),
            ("/settings", "Settings"),
            ("/who-can", "Who can"),
            ("/what-can", "What can somebody"),
            ("/me", "Your account"),
        ] {
            browser.open(&format!("{}{path}", server.base)).await;
            browser.reads("h1", heading).await;
            fits(&browser, size).await;
        }
        assert_eq!(browser.complaints().await, [""; 0]);
    }
}
