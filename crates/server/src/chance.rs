//! Where time and chance enter.

use std::time::{SystemTime, UNIX_EPOCH};

use store::Moment;

/// The time, by the machine's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the server is where time enters; it is an argument from here on"
)]
pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::new(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Numbers that nobody can guess.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
    bytes
}

/// Bytes as text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
