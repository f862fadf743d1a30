//! What a change of a process would do where it is used on other servers, each of which is asked before the
//! change is made. Counts alone are told: who is who on one server is nothing for those of another.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use futures_util::StreamExt as _;
use futures_util::stream::iter;
use governance::{ChangedProcess, CountedShifts, Elsewhere, Impact, ProcessTemplate, impact_of_process};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::StoreError;
use tokio::time::timeout_at;

use super::WHAT_IF;
use crate::friends;
use crate::in_turn::in_time;
use crate::in_words::gains_and_losses;
use crate::peer::short;
use crate::problem::Problem;
use crate::router::Server;

/// So long a consumer works out what a change would do.
const LONGEST: Duration = Duration::from_secs(5);
/// So long it is waited for all of them together: longer than one works, shorter than whoever asks waits.
const ALL: Duration = Duration::from_secs(8);
const AT_A_TIME: usize = 256;

/// A process as it would be.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proposed {
    pub(crate) application: String,
    pub(crate) project_area: String,
    pub(crate) process: ProcessTemplate,
}

/// What a change would do where a process is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum ConsumerOutcome {
    /// So many people gain and lose something, on so many items.
    Known {
        /// How many project areas use the process.
        project_areas: usize,
        /// How many people gain something.
        gain: usize,
        /// How many people lose something.
        lose: usize,
        /// On how many items.
        items: usize,
    },
    /// Nobody there uses it.
    Unused,
    /// It would not be taken over, by the rules there; the copy stays as it is.
    Unfit,
    /// The copy would be frozen.
    Frozen,
    /// It would have taken too long to tell.
    TooLong,
    /// It cannot be asked.
    Unknown {
        /// Why.
        said: String,
    },
}

/// A sentence, on pages and on the command line.
impl fmt::Display for ConsumerOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known { gain, lose, items, .. } => f.write_str(&gains_and_losses((*gain, *lose), *items)),
            Self::Unused => f.write_str("Nobody there uses it any more."),
            Self::Unfit => f.write_str("By the rules there it is not taken over: the copy stays as it is."),
            Self::Frozen => f.write_str("The copy is frozen, and goes on deciding."),
            Self::TooLong => f.write_str("So much changes there that it cannot be told in time."),
            Self::Unknown { said } => write!(f, "It cannot be asked: {said}."),
        }
    }
}

/// What a change would do to one consumer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ConsumerImpact {
    /// What the consumer is called here.
    pub consumer: String,
    /// `gc`, `ccm`, `qm` or `rm`.
    pub application: String,
    /// The name of the project area whose process it uses.
    pub project_area: String,
    /// What it would do.
    #[serde(flatten)]
    pub outcome: ConsumerOutcome,
}

/// What a process of another server would do here, if it became this.
pub(crate) async fn impact_here(
    server: &Arc<Server>,
    of: Elsewhere,
    process: ProcessTemplate,
) -> Result<ConsumerOutcome, Problem> {
    let organisation = Arc::clone(&server.office.published().organisation);
    in_time(server, LONGEST, move |go_on| {
        let users = organisation.used_elsewhere().get(&of).map_or(0, Vec::len);
        match impact_of_process(&organisation, &of, process, go_on) {
            Ok(None) => ConsumerOutcome::Unused,
            Ok(Some(Impact::TooLong | Impact::AtLeast(_))) => ConsumerOutcome::TooLong,
            Ok(Some(Impact::Known(CountedShifts { gain, lose, items, .. }))) => {
                ConsumerOutcome::Known { project_areas: users, gain, lose, items }
            }
            Err(_) => ConsumerOutcome::Unfit,
        }
    })
    .await
}

/// Asks each consumer of these processes what would become of it.
pub(crate) async fn impacts(
    server: &Arc<Server>,
    changed: &[ChangedProcess],
) -> Result<Vec<ConsumerImpact>, StoreError> {
    server.sharing.consumers.keep(server).await?;
    let store = server.office.store();
    let consumers: BTreeMap<_, _> =
        store.consumers().await?.into_iter().map(|consumer| (consumer.key.clone(), consumer)).collect();
    let all_friends = store.friends().await?;
    let mut asked = Vec::new();
    for user in store.process_consumers().await? {
        let of = changed
            .iter()
            .find(|it| (it.application, &*it.project_area) == (user.application, &*user.project_area));
        if let (Some(of), Some(consumer)) = (of, consumers.get(&user.consumer_key)) {
            let theirs = consumer.root_services.as_deref();
            let friend = theirs.and_then(|theirs| friends::at(&all_friends, theirs));
            asked.push((of, consumer, friend));
        }
    }
    let until = tokio::time::Instant::now() + ALL;
    let impact =
        async |(of, consumer, friend): (&ChangedProcess, &store::Consumer, Option<&store::Friend>)| {
            let outcome = match (&of.then, friend) {
                (None, _) => ConsumerOutcome::Frozen,
                (Some(_), None) => {
                    ConsumerOutcome::Unknown { said: "it is no friend of this server".to_owned() }
                }
                (Some(process), Some(friend)) => {
                    let late =
                        |_| ConsumerOutcome::Unknown { said: "it has not answered in time".to_owned() };
                    timeout_at(until, asked_of(server, friend, of, process)).await.unwrap_or_else(late)
                }
            };
            ConsumerImpact {
                consumer: consumer.name.clone(),
                application: of.application.id().to_owned(),
                project_area: of.project_area.to_string(),
                outcome,
            }
        };
    Ok(iter(asked).map(impact).buffered(AT_A_TIME).collect().await)
}

async fn asked_of(
    server: &Server,
    friend: &store::Friend,
    of: &ChangedProcess,
    process: &ProcessTemplate,
) -> ConsumerOutcome {
    let proposed = Proposed {
        application: of.application.id().to_owned(),
        project_area: of.project_area.to_string(),
        process: process.clone(),
    };
    let unknown = |said: String| ConsumerOutcome::Unknown { said };
    match friends::post(server, friend, WHAT_IF, HeaderMap::new(), &json!(proposed)).await {
        Ok(answer) => match answer.success().and_then(|answer| answer.json()) {
            Ok(ConsumerOutcome::Unknown { said }) => unknown(short(&said)),
            Ok(outcome) => outcome,
            Err(refusal) => unknown(refusal.to_string()),
        },
        Err(error) => unknown(error.to_string()),
    }
}
