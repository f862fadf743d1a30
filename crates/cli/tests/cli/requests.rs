//! Asking for what was refused, and inviting people, on the command line.

use serde_json::{Value, json};

use crate::motor::{AREA, Car, MOTOR, MOTOR_1, TEAM};

#[test]
fn what_was_refused_is_asked_for_and_granted() {
    let car = Car::start();
    car.done("lena", "component create", &[AREA, "Motor"]);
    let from = ["--kind", "stream", "--name", "Motor 1.0", "--from", "baseline:Motor Initial Baseline"];
    car.done("lena", "configuration create", &[&[MOTOR], &from[..]].concat());

    let remedies = |operation: &str, item: &str| -> Vec<Value> {
        let explained = car.ask("bob", "explain", &["bob", operation, item, "--json"]);
        let explained: Value = serde_json::from_str(&explained.stdout).unwrap();
        serde_json::from_value(explained["remedies"].clone()).unwrap()
    };
    // By its number among what `explain` proposes.
    let changes = json!(["Assign Tuning Team to the stream Motor 1.0"]);
    let proposed = remedies("gc.save-stream/modify-attributes", MOTOR_1);
    let number = proposed.iter().position(|it| it["changes"] == changes).unwrap() + 1;
    let number = number.to_string();
    let ask =
        ["gc.save-stream/modify-attributes", MOTOR_1, "--reason", "the release", "--remedy", number.as_str()];
    let asked = car.done("bob", "access-request ask", &ask);
    assert_eq!(asked["changes"], changes);
    let id = asked["id"].as_str().unwrap();
    assert_eq!(car.done("carl", "access-request list", &[]), json!([]));
    assert_eq!(car.ask("carl", "access-request show", &[id]).status, 2);
    let waiting = car.ask("lena", "access-request list", &["--others"]);
    assert!(waiting.stdout.contains("the release"), "{waiting:?}");
    let granted = car.done("lena", "access-request accept", &[id, "--note", "go on"]);
    assert_eq!((&granted["state"], &granted["note"]), (&json!("accepted"), &json!("go on")));
    assert_eq!(car.may_modify(MOTOR_1), TEAM);
    let again = car.ask("bob", "access-request ask", &ask);
    assert!(again.status == 2 && again.stderr.contains("there is nothing to ask for"), "{again:?}");

    // By its command, and withdrawn.
    let archive = ["gc.save-component/archive", MOTOR, "--reason", "tidying"];
    let proposed = remedies(archive[0], MOTOR);
    let command = proposed[1]["command"].as_str().unwrap();
    let asked = car.done("bob", "access-request ask", &[&archive[..], &["--remedy", command]].concat());
    assert_eq!(asked["remedy"], command);
    car.done("bob", "access-request withdraw", &[asked["id"].as_str().unwrap()]);
    assert_eq!(car.done("bob", "access-request list", &["--mine"])[0]["state"], "withdrawn");
}

#[test]
fn people_are_invited_and_accept() {
    let car = Car::start();
    let team = "gc:Car@Tuning Team";
    let made = car.done("root", "invitation create", &[team, "--role", "contributor"]);
    let (id, link) = (made["id"].as_str().unwrap(), made["link"].as_str().unwrap());
    let accepted = car.done("carl", "invitation accept", &[link]);
    assert_eq!(accepted["roles"], json!(["contributor"]));
    assert_eq!(car.done("root", "invitation show", &[id])["ended_by"], "carl");
    let again = car.ask("carl", "invitation accept", &[link]);
    assert!(
        again.stderr.contains("this link cannot be used") && again.stderr.contains("ask for another"),
        "{again:?}"
    );
    assert!(car.ask("root", "invitation list", &[team]).stdout.contains("accepted"));
    assert_eq!(car.ask("root", "invitation withdraw", &[id]).status, 2, "it is over");
    let other = car.done("root", "invitation create", &["gc:Car"]);
    car.done("root", "invitation withdraw", &[other["id"].as_str().unwrap()]);
    assert_eq!(car.done("root", "invitation list", &["gc:Car"])[0]["state"], "withdrawn");
}
