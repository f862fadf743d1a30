//! The token by which a provider says that a session has ended there (OpenID Connect Back-Channel Logout
//! 2.4). It is no identity token: it need not tell whose the session was, which those must.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKey as _, JsonWebKeyUse as _};
use serde::Deserialize;
use serde_json::Value;

use super::claims::Said;
use super::token::{AHEAD, ALGORITHMS};
use crate::chance::now;

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A token as it came.
pub(super) struct LogoutToken<'a> {
    head: Head,
    pub(super) said: Said,
    /// What is signed.
    message: &'a str,
    signature: Vec<u8>,
}

/// With what it is signed (RFC 7515 §4.1).
#[derive(Deserialize)]
struct Head {
    alg: CoreJwsSigningAlgorithm,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

impl<'a> LogoutToken<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, &'static str> {
        let (message, signature) = text.rsplit_once('.').ok_or("it is no token")?;
        let (head, claims) = message.split_once('.').ok_or("it is no token")?;
        let bytes = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| "it is no token");
        let head: Head = serde_json::from_slice(&bytes(head)?).map_err(|_| "its head is not understood")?;
        let claims: Value = serde_json::from_slice(&bytes(claims)?).map_err(|_| "it is no token")?;
        let of_type = |known: &str| head.typ.as_deref().is_none_or(|it| it.eq_ignore_ascii_case(known));
        if head.crit.is_some() || !(of_type("JWT") || of_type("logout+jwt")) {
            return Err("it is a token for something else");
        }
        if !ALGORITHMS.contains(&head.alg) {
            return Err("it is signed in a way that others could, too");
        }
        Ok(Self { head, said: Said::default().with(&claims), message, signature: bytes(signature)? })
    }

    /// Whether what it says is that something has ended, now and to this client.
    pub(super) fn is_said_to(&self, client: &str, issuer: &str) -> Result<(), String> {
        let said = &self.said;
        if said.text("iss") != Some(issuer) {
            return Err("another provider says so (`iss`)".to_owned());
        }
        if !said.lists("aud", client) {
            return Err("it is said to somebody else (`aud`)".to_owned());
        }
        let seconds = |name: &str| said.get(name).and_then(Value::as_f64);
        let now = now().microseconds() as f64 / 1e6;
        if seconds("iat").is_none_or(|at| at > now + AHEAD as f64) {
            return Err("it comes from the future (`iat`)".to_owned());
        }
        if seconds("exp").is_none_or(|until| until <= now) {
            return Err("it has expired (`exp`)".to_owned());
        }
        // What is signed for signing in says nothing of signing out.
        if said.get("nonce").is_some() {
            return Err("it was made for signing in (`nonce`)".to_owned());
        }
        if !said.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object) {
            return Err("it does not say that a session has ended (`events`)".to_owned());
        }
        Ok(())
    }

    /// Whether one of these keys has signed it.
    pub(super) fn is_signed_by(&self, keys: &[CoreJsonWebKey]) -> bool {
        let named = |key: &&CoreJsonWebKey| {
            self.head.kid.as_deref().is_none_or(|kid| key.key_id().is_some_and(|it| it.as_str() == kid))
        };
        let signs = |key: &&CoreJsonWebKey| key.key_use().is_none_or(|it| it.allows_signature());
        keys.iter()
            .filter(named)
            .filter(signs)
            .any(|key| key.verify_signature(&self.head.alg, self.message.as_bytes(), &self.signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use openidconnect::core::CoreEdDsaPrivateSigningKey;
    use openidconnect::{JsonWebKeyId, PrivateSigningKey as _};
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://login.example.org";
    /// From RFC 8410 §10.3; anybody may have it.
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
                       MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
                       -----END PRIVATE KEY-----\n";

    fn key(id: &str) -> CoreEdDsaPrivateSigningKey {
        let id = Some(JsonWebKeyId::new(id.to_owned()));
        CoreEdDsaPrivateSigningKey::from_ed25519_pem(KEY, id).unwrap()
    }

    fn token(head: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(head), part(claims));
        let signature = key("a").sign(&CoreJwsSigningAlgorithm::EdDsa, message.as_bytes()).unwrap();
        format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }

    fn claims() -> Value {
        let now = now().microseconds() / 1_000_000;
        json!({"iss": ISSUER, "aud": ["we"], "iat": now, "exp": now + 60, "jti": "1", "sid": "s", "events": {EVENT: {}}})
    }

    fn head() -> Value {
        json!({"alg": "EdDSA", "typ": "logout+jwt", "kid": "a"})
    }

    #[test]
    fn a_token_without_a_subject_is_believed() {
        let text = token(&head(), &claims());
        let token = LogoutToken::parse(&text).unwrap();
        token.is_said_to("we", ISSUER).unwrap();
        assert_eq!((token.said.text("sid"), token.said.text("sub")), (Some("s"), None));
        assert!(token.is_signed_by(&[key("b").as_verification_key(), key("a").as_verification_key()]));
        assert!(!token.is_signed_by(&[key("b").as_verification_key()]), "the key is another's");
        assert!(!token.is_signed_by(&[]));
        let (message, signature) = text.rsplit_once('.').unwrap();
        let forged = message.replacen('.', ".e30", 1);
        let forged = format!("{forged}.{signature}");
        assert!(LogoutToken::parse(&forged).is_err_and(|said| said == "it is no token"));
    }

    #[test]
    fn what_says_something_else_is_not_believed() {
        let refused = |change: &dyn Fn(&mut Value), wanted: &str| {
            let mut claims = claims();
            change(&mut claims);
            let text = token(&head(), &claims);
            let said = LogoutToken::parse(&text).unwrap().is_said_to("we", ISSUER).unwrap_err();
            assert!(said.contains(wanted), "{said}");
        };
        refused(&|it| it["iss"] = json!("https://other.example.org"), "`iss`");
        refused(&|it| it["aud"] = json!("they"), "`aud`");
        refused(&|it| it["iat"] = json!(4_000_000_000_u64), "`iat`");
        refused(&|it| it["exp"] = json!(1_000_000_000), "`exp`");
        refused(&|it| it["nonce"] = json!("n"), "`nonce`");
        refused(&|it| it["events"] = json!({}), "`events`");
        for head in
            [json!({"alg": "HS256"}), json!({"alg": "none"}), json!({"alg": "EdDSA", "typ": "at+jwt"})]
        {
            assert!(LogoutToken::parse(&token(&head, &claims())).is_err(), "{head}");
        }
    }
}
