//! An administrator's errands in a real browser, with and without scripts.

use super::access::assert_sound;
use super::{DESKTOP, PHONE, signed_in};
use crate::running::{Database, Running};
use crate::web_driver::Scripts;

/// Makes Zoe, finds her, looks at what she may do, and archives her.
async fn zoe_comes_and_goes(size: (u32, u32), scripts: Scripts) {
    let server = Running::start(Database::Sqlite).await;
    let browser = signed_in(&server, "root", size, scripts).await;
    browser.open(&format!("{}/new-user", server.base)).await;
    browser.reads("h1", "New user").await;
    browser.type_into("#field-id", "zoe").await;
    browser.type_into("#field-name", "Zoe Nagy").await;
    browser.click("main form button.primary").await;
    // What every active user reads she gains.
    browser.reads("#review", "Before this is done").await;
    browser.click(".review button.primary").await;
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
    assert_eq!(browser.complaints().await, [""; 0]);
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
async fn the_bar_that_saves_covers_nothing_that_has_the_focus_on_a_phone() {
    let server = Running::start(Database::Sqlite).await;
    let browser = signed_in(&server, "root", PHONE, Scripts::On).await;
    browser.open(&format!("{}/users/lena", server.base)).await;
    browser.click("input[name='group'][value='JazzUsers']").await;
    browser.reads(".savebar .told", "loses").await;
    // From field to field by keyboard, each is above the bar and below what is on top.
    let covered = "const it = document.activeElement.getBoundingClientRect();
        const bar = document.querySelector('.savebar');
        const top = document.querySelector('.bar').getBoundingClientRect().bottom;
        if (bar.contains(document.activeElement)) return '';
        return it.top < top || it.bottom > bar.getBoundingClientRect().top
            ? document.activeElement.outerHTML : '';";
    for _ in 0..12 {
        browser.press("\u{E004}").await;
        assert_eq!(browser.run(covered, serde_json::json!([])).await, "");
    }
}

#[tokio::test]
async fn pages_of_people_and_of_the_server_are_sound_for_everybody() {
    let server = Running::start(Database::Sqlite).await;
    let (development, _) = super::areas(&server, "Development");
    let (vehicle, _) = super::areas(&server, "Electric Vehicle");
    let (types, overview) =
        (format!("/project-areas/{development}/types"), format!("/project-areas/{vehicle}"));
    let paths = [
        &*types,
        &overview,
        "/users",
        "/users/bob",
        "/users/bob/access",
        "/users/bob/sign-in",
        "/new-user",
        "/user-import",
        "/lock-outs",
        "/groups",
        "/licences",
        "/licences/elm-practitioner",
        "/licences/unused",
        "/access-groups",
        "/access-groups/new",
        "/registries",
        "/audit",
        "/audit/1",
        "/refusals",
        "/audit/verify?verify=yes",
        "/settings",
        "/who-can",
        "/what-can?user=bob&operation=read",
        "/me",
    ];
    assert_sound(&server, "root", &paths.map(str::to_owned)).await;
}
