//! Why a signed request is refused, and the last of those that were: whoever sets up two servers looks there
//! for the step that is missing (docs/cross-server.md#doctor).

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use store::Moment;

use crate::chance::now;
use crate::problem::{Kind, Problem};

/// What a signed request must pass, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It can be read at all.
    Form,
    /// There is a consumer with the key.
    KeyKnown,
    /// The token is one of the consumer's.
    Token,
    Signature,
    Clock,
    /// Nobody has decided about the key yet.
    KeyApproved,
    /// The key was rejected.
    KeyRejected,
    /// Used once.
    Nonce,
    /// The token has not expired.
    TokenLasts,
    /// The key has a functional user who is active.
    FunctionalUser,
}

impl Step {
    pub(crate) const ALL: [Self; 10] = [
        Self::Form,
        Self::KeyKnown,
        Self::Token,
        Self::Signature,
        Self::Clock,
        Self::KeyApproved,
        Self::KeyRejected,
        Self::Nonce,
        Self::TokenLasts,
        Self::FunctionalUser,
    ];

    /// As `oauth_problem` has it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Form => "parameter_rejected",
            Self::KeyKnown => "consumer_key_unknown",
            Self::Token => "token_rejected",
            Self::Signature => "signature_invalid",
            Self::Clock => "timestamp_refused",
            Self::KeyApproved => "consumer_key_refused",
            Self::KeyRejected => "consumer_key_rejected",
            Self::Nonce => "nonce_used",
            Self::TokenLasts => "invalid_expired_token",
            Self::FunctionalUser => "permission_denied",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }
}

/// A signed request that is refused.
pub(crate) fn problem(step: Step, said: impl Into<String>) -> Problem {
    Problem::new(Kind::Signature, said).with("oauth_problem", step.word())
}

/// What is wrong with the signature or the parameters themselves.
pub(super) fn of_problem(problem: &oauth1::Problem) -> Problem {
    Problem::new(Kind::Signature, problem.to_string()).with("oauth_problem", problem.word())
}

/// A signed request that was refused.
#[derive(Clone, Debug)]
pub(crate) struct RefusedHandshake {
    pub(crate) at: Moment,
    pub(crate) consumer_key: String,
    /// What the consumer is called, if there is one.
    pub(crate) consumer: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    /// From where.
    pub(crate) client: String,
    /// As `oauth_problem` has it.
    pub(crate) word: &'static str,
    pub(crate) said: String,
    /// What must have been signed.
    pub(crate) base_string: String,
}

/// The last ones of this node; strangers cannot push out those of consumers.
#[derive(Debug, Default)]
pub(crate) struct Handshakes {
    of_consumers: Mutex<VecDeque<RefusedHandshake>>,
    of_strangers: Mutex<VecDeque<RefusedHandshake>>,
}

const MOST_OF_CONSUMERS: usize = 200;
const MOST_OF_A_KEY: usize = 20;
const MOST_OF_STRANGERS: usize = 20;
const LONGEST_TEXT: usize = 4_000;

impl Handshakes {
    pub(crate) fn note(&self, mut refused: RefusedHandshake) {
        let (list, most) = match refused.consumer {
            Some(_) => (&self.of_consumers, MOST_OF_CONSUMERS),
            None => (&self.of_strangers, MOST_OF_STRANGERS),
        };
        refused.at = now();
        refused.base_string = without_verifier(&refused.base_string);
        for text in [&mut refused.base_string, &mut refused.path, &mut refused.consumer_key] {
            *text = text.chars().take(LONGEST_TEXT).collect();
        }
        tracing::warn!(consumer = refused.consumer, problem = refused.word, "refused a signed request");
        let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of_key = list.iter().enumerate().filter(|(_, it)| it.consumer_key == refused.consumer_key);
        let (oldest, many) = (of_key.next().map(|(at, _)| at), of_key.count() + 1);
        match oldest {
            // Whoever knows one key does not push out those of others.
            Some(at) if many >= MOST_OF_A_KEY => drop(list.remove(at)),
            _ if list.len() >= most => drop(list.pop_front()),
            _ => {}
        }
        list.push_back(refused);
    }

    /// The newest first.
    pub(crate) fn list(&self) -> Vec<RefusedHandshake> {
        let read = |list: &Mutex<VecDeque<RefusedHandshake>>| {
            list.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect::<Vec<_>>()
        };
        let mut all = [read(&self.of_consumers), read(&self.of_strangers)].concat();
        all.sort_by_key(|refused| std::cmp::Reverse(refused.at));
        all
    }
}

/// What a person brings back is good for a token: it is told to nobody else.
fn without_verifier(base_string: &str) -> String {
    const NAME: &str = "oauth_verifier%3D";
    let Some((before, after)) = base_string.split_once(NAME) else { return base_string.to_owned() };
    let rest = after.find("%26").map_or("", |at| &after[at..]);
    format!("{before}{NAME}…{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_string_is_told_without_the_verifier() {
        let check = |text: &str, expected: &str| assert_eq!(without_verifier(text), expected);
        check("GET&u&a%3D1%26oauth_verifier%3Dsecret%26z%3D2", "GET&u&a%3D1%26oauth_verifier%3D…%26z%3D2");
        check("GET&u&oauth_verifier%3Dsecret", "GET&u&oauth_verifier%3D…");
        check("GET&u&a%3D1", "GET&u&a%3D1");
    }

    #[test]
    fn refusals_of_one_key_push_out_no_others() {
        let handshakes = Handshakes::default();
        let refused = |key: &str, number: usize| RefusedHandshake {
            at: now(),
            consumer_key: key.to_owned(),
            consumer: Some("Reports".to_owned()),
            method: "GET".to_owned(),
            path: format!("/{number}"),
            client: String::new(),
            word: "signature_invalid",
            said: String::new(),
            base_string: String::new(),
        };
        handshakes.note(refused("one", 0));
        (0..300).for_each(|number| handshakes.note(refused("other", number)));
        let mut paths: Vec<_> = handshakes.list().into_iter().map(|it| (it.consumer_key, it.path)).collect();
        paths.sort();
        assert_eq!(paths.len(), 1 + MOST_OF_A_KEY);
        assert_eq!(paths[0], ("one".to_owned(), "/0".to_owned()));
        assert_eq!(paths[1], ("other".to_owned(), "/280".to_owned()));
    }

    #[test]
    fn each_step_has_a_word_of_its_own() {
        for step in Step::ALL {
            assert_eq!(Step::from_word(step.word()), Some(step));
        }
    }
}
