//! As a person would: in a real browser, on a desktop and on a phone, with and without scripts.

use crate::running::{Database, MODIFY, MOTOR, Running, password};
use crate::web_driver::{Browser, Scripts};

const DESKTOP: (u32, u32) = (1440, 900);
const PHONE: (u32, u32) = (390, 844);

async fn bob_asks_why(size: (u32, u32), scripts: Scripts) {
    let server = Running::start(Database::Sqlite).await;
    let browser = Browser::start(size, scripts).await;
    browser.open(&format!("{}/", server.base)).await;
    assert_eq!(browser.text("h1").await, "Sign in");
    browser.type_into("#user", "bob").await;
    browser.type_into("#password", &password("bob")).await;
    browser.click("main form:first-of-type button.primary").await;
    assert_eq!(browser.text("h1").await, "Why can, why can’t");

    browser.type_into("#operation", MODIFY).await;
    browser.type_into("#item", MOTOR).await;
    browser.click(".ask button.primary").await;

    let verdict = browser.text(".verdict").await;
    assert!(verdict.contains("Refused"), "{verdict}");
    assert!(verdict.contains("Bob may not modify attributes of ⟿ Motor 1.0"), "{verdict}");
    let answer = browser.text(".answer").await;
    for expected in
        ["Governed by Electric Vehicle", "Motor 1.0 is Unassigned (inherited from Motor)", "Permission"]
    {
        assert!(answer.contains(expected), "{expected}\n{answer}");
    }
    let remedies = browser.text(".remedies").await;
    assert!(remedies.contains("Assign Tuning Team to the stream Motor 1.0"), "{remedies}");
    assert!(remedies.contains("Lena"), "{remedies}");
    // The address alone brings the same answer back.
    let address = browser.address().await;
    assert!(
        address.contains("user=bob") && address.contains("operation=gc.save-stream%2Fmodify-attributes"),
        "{address}"
    );
    browser.open(&address).await;
    assert_eq!(browser.text(".verdict").await, verdict);
    // Nothing sticks out of the window.
    let page = browser.rectangle("html").await;
    let card = browser.rectangle(".answer").await;
    let right = card["x"].as_f64().unwrap() + card["width"].as_f64().unwrap();
    assert!(
        page["width"].as_f64().unwrap() <= f64::from(size.0) && right <= f64::from(size.0),
        "{page} {card}"
    );
    assert_eq!(browser.complaints().await, [""; 0]);

    browser.click(".bar button").await;
    assert_eq!(browser.text("h1").await, "Sign in");
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
