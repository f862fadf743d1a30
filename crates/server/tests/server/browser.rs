//! As a person would: in a real browser, on a desktop and on a phone, with and without scripts.

use crate::running::{Database, MODIFY, MOTOR, Running, password};
use crate::web_driver::{Browser, Scripts};

const DESKTOP: (u32, u32) = (1440, 900);
const PHONE: (u32, u32) = (390, 844);

async fn bob_asks_why(size: (u32, u32), scripts: Scripts) {
    let server = Running::start(Database::Sqlite).await;
    let browser = Browser::start(size, scripts).await;
    browser.open(&format!("{}/", server.base)).await;
    browser.reads("h1", "Sign in").await;
    browser.type_into("#user", "bob").await;
    browser.type_into("#password", &password("bob")).await;
    browser.click("main form:first-of-type button.primary").await;

    browser.reads("h1", "Bob").await;
    browser.open(&format!("{}/why", server.base)).await;
    browser.reads("h1", "Why can, why can’t").await;
    browser.type_into("#operation", MODIFY).await;
    browser.type_into("#item", MOTOR).await;
    browser.click(".ask button.primary").await;

    let verdict = browser.reads(".verdict", "Bob may not modify attributes of ⟿ Motor 1.0").await;
    assert!(verdict.contains("Refused"), "{verdict}");
    for expected in [
        "Governed by Electric Vehicle",
        "the Team Area of Motor 1.0 is Unassigned (inherited from Motor)",
        "Permission",
    ] {
        browser.reads(".answer", expected).await;
    }
    for expected in ["Assign Tuning Team to the stream Motor 1.0", "Lena"] {
        browser.reads(".remedies", expected).await;
    }
    // The address alone brings the same answer back.
    let address = browser.address().await;
    assert!(
        address.contains("user=bob") && address.contains("operation=gc.save-stream%2Fmodify-attributes"),
        "{address}"
    );
    browser.open(&address).await;
    browser.reads(".verdict", &verdict).await;
    // Nothing sticks out of the window.
    let page = browser.rectangle("html").await;
    assert!(page["width"].as_f64().unwrap() <= f64::from(size.0), "{page}");
    for part in [".answer", ".bar .who"] {
        let part = browser.rectangle(part).await;
        let right = part["x"].as_f64().unwrap() + part["width"].as_f64().unwrap();
        assert!(right <= f64::from(size.0), "{part}");
    }
    assert_eq!(browser.complaints().await, [""; 0]);

    browser.click(".bar .who").await;
    browser.reads("#menu", "Sign out").await;
    browser.click("#menu form[action='/sign-out'] button").await;
    browser.reads("h1", "Sign in").await;
}

#[tokio::test]
async fn on_a_desktop() {
    bob_asks_why(DESKTOP, Scripts::On).await;
}

#[tokio::test]
async fn on_a_phone() {
    bob_asks_why(PHONE, Scripts::On).await;
}

#[tokio::test]
async fn without_scripts() {
    bob_asks_why(DESKTOP, Scripts::Off).await;
    bob_asks_why(PHONE, Scripts::Off).await;
}
