//! Rows 5 and 6: checks over HTTP.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use governance::{Item, Organisation, QuestionText, decide};
use serde_json::{Value, json};

use crate::client::{Connection, Load, load, request};
use crate::measure::median;
use crate::report::Quantity::{Nanoseconds, PerSecond, Times};
use crate::report::{Row, Target};
use crate::served::Served;
use crate::world::World;
use crate::{Options, progress};

/// So many connections ask at once.
const CONNECTIONS: usize = 16;
/// So many ask thousand questions at once each.
const CONNECTIONS_WITH_MANY: usize = 4;
const MANY: usize = 1_000;
/// So long each is asked in a round.
const TIME: Duration = Duration::from_secs(3);

/// Rows 5 and 6.
pub(crate) fn checks(world: &World, served: &Served, options: &Options) -> Result<Vec<Row>> {
    let single: Vec<Vec<u8>> =
        world.texts.iter().map(|text| evaluation(&served.authorization, world, text)).collect();
    let many: Vec<Vec<u8>> =
        world.texts.chunks(MANY).map(|texts| evaluations(served, world, texts)).collect();
    let constant = [request("GET", "/.well-known/authzen-configuration", None, None)];
    answers_agree(world, served, &single, &many)?;
    let bearer = format!("Bearer {}", token(served)?);
    let of_token = world.texts.iter().map(|text| evaluation(&bearer, world, text));
    let of_token: Vec<Vec<u8>> = of_token.collect();
    let (mut checks, mut constants, mut thousands) = (Vec::new(), Vec::new(), Vec::new());
    let mut by_token = Vec::new();
    for round in 0..options.rounds {
        progress(&format!("rows 5 and 6: round {} of {}", round + 1, options.rounds));
        let asked = |connections, requests: &[Vec<u8>]| load(served.address, connections, TIME, requests);
        checks.push(asked(CONNECTIONS, &single)?);
        constants.push(asked(CONNECTIONS, &constant)?);
        by_token.push(asked(CONNECTIONS, &of_token)?);
        thousands.push(asked(CONNECTIONS_WITH_MANY, &many)?);
    }
    let rates = |loads: &[Load]| loads.iter().map(Load::per_second).collect::<Vec<_>>();
    let ratios: Vec<f64> =
        rates(&checks).iter().zip(rates(&constants)).map(|(ours, other)| ours / other).collect();

    let mut row = Row::new(5, "one check over HTTP");
    row.line("of the requests/s of a constant route", Times(median(&ratios)), Target::AtLeast(Times(0.9)));
    row.told("checks", PerSecond(median(&rates(&checks))));
    row.told("checks, with an access token", PerSecond(median(&rates(&by_token))));
    row.told("a constant answer", PerSecond(median(&rates(&constants))));
    row.note(format!(
        "{CONNECTIONS} connections that are kept, with HTTP Basic; the client is a thread of the same machine, the \
         constant route is `/.well-known/authzen-configuration`"
    ));
    let mut row_of_many = Row::new(6, "1,000 checks in one request over HTTP");
    let rate = median(&rates(&thousands)) * MANY as f64;
    row_of_many.line("checks, by reference", PerSecond(rate), Target::AtLeast(PerSecond(700_000.0)));
    row_of_many.told("a check takes, client and all", Nanoseconds(1e9 / rate));
    row_of_many.note(format!("{CONNECTIONS_WITH_MANY} connections that are kept"));
    Ok(vec![row, row_of_many])
}

fn evaluation(authorization: &str, world: &World, text: &QuestionText) -> Vec<u8> {
    let body = body(&world.organisation, text).to_string();
    request("POST", "/access/v1/evaluation", Some(authorization), Some(&body))
}

/// An access token that is for asking, and lasts for a day.
fn token(served: &Served) -> Result<String> {
    let expires = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(24))?;
    let new = json!({"name": "benchmark", "scopes": ["decide"], "expires": expires.to_string()}).to_string();
    let made = request("POST", "/api/v1/me/tokens", Some(&served.authorization), Some(&new));
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    client.block_on(async {
        let mut connection = Connection::open(served.address).await?;
        let answer = connection.ask(&made).await?;
        let said: Value = serde_json::from_slice(answer.body)?;
        let secret = said["secret"].as_str().with_context(|| format!("no token was made: {said}"))?;
        Ok(secret.to_owned())
    })
}

fn evaluations(served: &Served, world: &World, texts: &[QuestionText]) -> Vec<u8> {
    let each: Vec<Value> = texts.iter().map(|text| body(&world.organisation, text)).collect();
    let body = json!({"evaluations": each}).to_string();
    request("POST", "/access/v1/evaluations", Some(&served.authorization), Some(&body))
}

pub(crate) fn body(organisation: &Organisation, text: &QuestionText) -> Value {
    let item = organisation.item_at(&text.item).unwrap_or(Item::Repository);
    let mut action = json!({"name": text.operation});
    if let [first, more @ ..] = &*text.actions {
        action["name"] = json!(format!("{}/{first}", text.operation));
        if !more.is_empty() {
            action["properties"] = json!({"actions": more});
        }
    }
    let mut resource = json!({"type": organisation.kind_of(item), "id": text.item});
    for (key, value) in [("replace", &text.replace), ("by", &text.by), ("to", &text.to)] {
        if let Some(value) = value {
            resource["properties"][key] = json!(value);
        }
    }
    json!({"subject": {"type": "user", "id": text.user}, "action": action, "resource": resource})
}

/// Fails unless the server decides as we do, one by one and many at once.
fn answers_agree(world: &World, served: &Served, single: &[Vec<u8>], many: &[Vec<u8>]) -> Result<()> {
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let expected: Vec<bool> =
        world.hot.iter().map(|question| decide(&world.organisation, question).is_ok()).collect();
    let decision = |answer: &Value| answer["decision"].as_bool().context("an answer without a decision");
    client.block_on(async {
        let mut connection = Connection::open(served.address).await?;
        for (at, (request, expected)) in single.iter().zip(&expected).enumerate() {
            let answer = connection.ask(request).await?;
            let said: Value = serde_json::from_slice(answer.body)?;
            ensure!(answer.status == 200 && decision(&said)? == *expected, "{:?}: {said}", world.texts[at]);
        }
        for (request, expected) in many.iter().zip(expected.chunks(MANY)) {
            let answer = connection.ask(request).await?;
            let said: Value = serde_json::from_slice(answer.body)?;
            let said = said["evaluations"].as_array().context("answers")?;
            let said = said.iter().map(decision).collect::<Result<Vec<bool>>>()?;
            ensure!(said == expected, "a thousand questions were answered otherwise than one by one");
        }
        Ok(())
    })
}
