//! The text that is signed (RFC 5849 §3.4.1).

use crate::encoding::{Pair, encode};

/// The signature base string: method, address and all parameters but the signature.
pub(crate) fn base_string(method: &str, base: &str, parameters: &[Pair]) -> String {
    let mut encoded: Vec<_> = parameters.iter().map(|(name, value)| (encode(name), encode(value))).collect();
    // By the encoded names, then by the encoded values, as bytes (RFC 5849 §3.4.1.3.2).
    encoded.sort_unstable();
    let pairs: Vec<_> = encoded.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let method = encode(method.to_ascii_uppercase().as_bytes());
    format!("{method}&{}&{}", encode(base.as_bytes()), encode(pairs.join("&").as_bytes()))
}
