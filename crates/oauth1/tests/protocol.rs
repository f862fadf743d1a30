//! RFC 5849's own examples, what other implementations sign, and what attackers send.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use oauth1::{
    Authentic, Body, Credentials, Outgoing, Problem, Request, Secrets, SignatureMethod, Signed, Token,
};
use proptest::prelude::*;

const NOW: u64 = 1_700_000_000;
const WINDOW: u64 = 300;
const NO_BODY: Body<'static> = Body::Other(&[]);

fn verified(request: &Request<'_>, consumer: &str, token: &str, now: u64) -> Result<Authentic, Problem> {
    let secrets = Secrets { consumer, token };
    Signed::read(request)?.verify(secrets, now, WINDOW)?.spend(true)
}

fn get<'a>(url: &'a str, authorization: &'a str) -> Request<'a> {
    Request { method: "GET", url, authorization: Some(authorization), body: NO_BODY }
}

// The examples of RFC 5849.

#[test]
fn the_request_for_temporary_credentials_of_section_1_2_is_authentic() {
    let authorization = r#"OAuth realm="Photos",
        oauth_consumer_key="dpf43f3p2l4k3l03",
        oauth_signature_method="HMAC-SHA1",
        oauth_timestamp="137131200",
        oauth_nonce="wIjqoS",
        oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready",
        oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D""#;
    let url = "https://photos.example.net/initiate";
    let request = Request { method: "POST", url, authorization: Some(authorization), body: NO_BODY };
    let authentic = verified(&request, "kd94hf93k423kf44", "", 137_131_200).unwrap();
    assert_eq!(authentic.consumer_key, "dpf43f3p2l4k3l03");
    assert_eq!(authentic.token, None);
    assert_eq!(authentic.callback.as_deref(), Some("http://printer.example.com/ready"));
}

#[test]
fn the_request_for_token_credentials_of_section_1_2_is_authentic() {
    let authorization = r#"OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="hh5s93j4hdidpola",
        oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="walatlh",
        oauth_verifier="hfdp7dh39dks9884", oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D""#;
    let url = "https://photos.example.net/token";
    let request = Request { method: "POST", url, authorization: Some(authorization), body: NO_BODY };
    let authentic = verified(&request, "kd94hf93k423kf44", "hdhd0244k9j7ao03", 137_131_201).unwrap();
    assert_eq!(authentic.token.as_deref(), Some("hh5s93j4hdidpola"));
    assert_eq!(authentic.verifier.as_deref(), Some("hfdp7dh39dks9884"));
}

#[test]
fn the_request_for_a_picture_of_section_1_2_is_authentic() {
    let authorization = r#"OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk",
        oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH",
        oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D""#;
    let url = "http://photos.example.net/photos?file=vacation.jpg&size=original";
    verified(&get(url, authorization), "kd94hf93k423kf44", "pfkkdhi9sl3r4s00", 137_131_202).unwrap();
}

#[test]
fn the_base_string_of_section_3_4_1_1_is_made() {
    let authorization = r#"OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2",
        oauth_token="kkk9d7dh3k39sjv7", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201",
        oauth_nonce="7d8f3e4a", oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D""#;
    let request = Request {
        method: "post",
        url: "HTTP://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
        authorization: Some(authorization),
        body: Body::Form(b"c2&a3=2+q"),
    };
    assert_eq!(
        Signed::read(&request).unwrap().base_string(),
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540\
         %3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method\
         %3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    );
}

// What oauthlib 4.0.1 signs.

const HEAD: &str = r#"OAuth oauth_nonce="n0nce", oauth_timestamp="1700000000", oauth_version="1.0", oauth_consumer_key="key%261", oauth_token="t%C3%B6ken", "#;

#[test]
fn what_oauthlib_signs_is_authentic() {
    const QUERY: &str = "https://Elm.Example.com:443/gc/oslc-query/components?oslc.where=dcterms:title%3D%22Motor%201.0%22&a=&b=%2B+x&b=1";
    const FORM: &str = "http://elm.example.com:8080/jts/oauth-access-token";
    const PAIRS: Body<'static> = Body::Form(b"name=M%C3%B6tor+1&x=%26&empty=&name=A");
    for (method, url, body, signed) in [
        (
            "GET",
            QUERY,
            NO_BODY,
            r#"oauth_signature_method="HMAC-SHA1", oauth_signature="vnKJO3xj41KcgvjapaboOH0TmxM%3D""#,
        ),
        (
            "GET",
            QUERY,
            NO_BODY,
            r#"oauth_signature_method="HMAC-SHA256", oauth_signature="v4lhb%2FPk107XnszB5J70l43zor5f3oY5wUbLoF%2FYvhY%3D""#,
        ),
        (
            "POST",
            FORM,
            PAIRS,
            r#"oauth_signature_method="HMAC-SHA1", oauth_signature="QTso2PYTK1Xefk8eoItL9be9vFI%3D""#,
        ),
        (
            "POST",
            FORM,
            PAIRS,
            r#"oauth_signature_method="HMAC-SHA256", oauth_signature="hU7OUqBxa9lfbRg2xi%2Bwr0mB7OX7dQaCIJTe9ywUyVc%3D""#,
        ),
    ] {
        let authorization = format!("{HEAD}{signed}");
        let request = Request { method, url, authorization: Some(&authorization), body };
        let authentic = verified(&request, "se cret%", "t&s", NOW).unwrap();
        assert_eq!((authentic.consumer_key.as_str(), authentic.token.as_deref()), ("key&1", Some("töken")));
        assert!(authentic.covers_body);
    }
}

#[test]
fn the_hash_that_oauthlib_makes_of_a_body_is_accepted_with_either_method() {
    for signed in [
        r#"oauth_signature_method="HMAC-SHA1", oauth_signature="MPKMGmTG1ZPqijLizFVkrjh4sYo%3D""#,
        r#"oauth_signature_method="HMAC-SHA256", oauth_signature="kYHoOw3GZOHy35SOOS00vZ%2FvUq0RrjHTq4UCJBrmNL4%3D""#,
    ] {
        let authorization = format!(
            r#"OAuth oauth_nonce="n", oauth_timestamp="1700000000", oauth_version="1.0", oauth_consumer_key="key", oauth_body_hash="n4nHQM60bXQYySSnisV5QdXpZSA%3D", {signed}"#
        );
        let url = "http://elm.example.com/x";
        let with = |body| Request { method: "PUT", url, authorization: Some(&authorization), body };
        assert!(verified(&with(Body::Other(br#"{"a":1}"#)), "secret", "", NOW).unwrap().covers_body);
        let changed = verified(&with(Body::Other(br#"{"a":2}"#)), "secret", "", NOW);
        assert_eq!(changed, Err(Problem::BodyHash));
    }
}

// What is refused.

const COMPLETE: [(&str, &str); 5] = [
    ("oauth_consumer_key", "key"),
    ("oauth_nonce", "n"),
    ("oauth_timestamp", "1700000000"),
    ("oauth_signature_method", "HMAC-SHA256"),
    ("oauth_signature", "AAAA"),
];

fn header(parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    format!("OAuth {}", pairs.join(","))
}

fn refused(url: &str, authorization: &str) -> Problem {
    Signed::read(&get(url, authorization)).unwrap_err()
}

#[test]
fn a_request_that_lacks_a_parameter_names_it() {
    for left_out in COMPLETE {
        let rest: Vec<_> = COMPLETE.into_iter().filter(|it| *it != left_out).collect();
        assert_eq!(refused("http://a/", &header(&rest)), Problem::Absent(left_out.0));
        let emptied = COMPLETE.map(|it| if it == left_out { (it.0, "") } else { it });
        assert_eq!(refused("http://a/", &header(&emptied)), Problem::Absent(left_out.0));
    }
}

#[test]
fn a_request_without_any_of_it_is_not_signed() {
    for authorization in
        ["", "Basic cm9vdDpzZWNyZXQ=", "OAuth", "OAuth realm=\"Jazz\"", "Bearer oauth_consumer_key"]
    {
        assert_eq!(refused("http://a/?oauth_token=t&oauth_callback=c", authorization), Problem::Unsigned);
    }
}

#[test]
fn a_parameter_in_two_places_is_refused_wherever_they_are() {
    let twice = |url: &str, authorization: &str, body: Body<'_>| {
        let request = Request { method: "POST", url, authorization: Some(authorization), body };
        Signed::read(&request).unwrap_err()
    };
    let complete = header(&COMPLETE);
    let expected = Problem::Twice("oauth_nonce".into());
    assert_eq!(twice("http://a/?oauth_nonce=n", &complete, NO_BODY), expected);
    assert_eq!(twice("http://a/", &complete, Body::Form(b"oauth_nonce=m")), expected);
    assert_eq!(twice("http://a/", &format!("{complete},oauth_nonce=\"n\""), NO_BODY), expected);
    assert_eq!(twice("http://a/", &format!("{complete},%6fauth_nonce=\"n\""), NO_BODY), expected);
}

#[test]
fn a_header_that_cannot_be_read_is_malformed() {
    for authorization in [
        "OAuth oauth_nonce",
        "OAuth oauth_nonce=",
        "OAuth oauth_nonce=n",
        "OAuth oauth_nonce=\"n",
        "OAuth oauth_nonce=\"n\" oauth_timestamp=\"1\"",
        "OAuth =\"n\"",
        "OAuth ,",
        "OAuth a,b=\"c\"",
    ] {
        assert!(matches!(refused("http://a/", authorization), Problem::Malformed(_)), "{authorization}");
    }
    assert!(matches!(refused("/no/host", &header(&COMPLETE)), Problem::Malformed(_)));
    let not_text = header(&[("oauth_consumer_key", "%FF")]);
    assert!(matches!(refused("http://a/", &not_text), Problem::Malformed(_)));
}

#[test]
fn other_methods_versions_and_instants_are_refused() {
    let with = |name: &'static str, value: &'static str| {
        let mut parameters: Vec<_> = COMPLETE.into_iter().filter(|it| it.0 != name).collect();
        parameters.push((name, value));
        refused("http://a/", &header(&parameters))
    };
    for method in ["PLAINTEXT", "RSA-SHA1", "hmac-sha1", "HMAC-SHA512"] {
        assert_eq!(with("oauth_signature_method", method), Problem::SignatureMethod(method.into()));
    }
    assert_eq!(with("oauth_version", "2.0"), Problem::Version("2.0".into()));
    for instant in ["-1", "+1", "1.5", "1e9", "0x10", "99999999999999999999", "%C2%B2"] {
        assert!(
            matches!(with("oauth_timestamp", instant), Problem::Rejected("oauth_timestamp", _)),
            "{instant}"
        );
    }
}

#[test]
fn an_instant_counts_within_the_window_on_either_side() {
    let credentials = credentials(SignatureMethod::HmacSha256, None);
    let signed = credentials.authorization(&outgoing("GET", "http://a/", NO_BODY), NOW, "n").unwrap();
    let at = |now| verified(&get("http://a/", &signed), "secret", "", now);
    assert!(at(NOW + WINDOW).is_ok() && at(NOW - WINDOW).is_ok());
    assert_eq!(at(NOW + 301), Err(Problem::Timestamp { behind_by: 301, window: 300 }));
    assert_eq!(at(NOW - 301), Err(Problem::Timestamp { behind_by: -301, window: 300 }));
    assert_eq!(at(0).unwrap_err().word(), "timestamp_refused");
}

#[test]
fn a_nonce_that_was_used_is_refused() {
    let credentials = credentials(SignatureMethod::HmacSha1, None);
    let signed = credentials.authorization(&outgoing("GET", "http://a/", NO_BODY), NOW, "n").unwrap();
    let secrets = Secrets { consumer: "secret", token: "" };
    let unspent = Signed::read(&get("http://a/", &signed)).unwrap().verify(secrets, NOW, WINDOW).unwrap();
    assert_eq!((unspent.consumer_key(), unspent.nonce(), unspent.timestamp()), ("key", "n", NOW));
    assert_eq!(unspent.spend(false), Err(Problem::NonceUsed));
}

#[test]
fn the_hash_of_a_form_is_refused_and_a_body_without_one_is_not_covered() {
    let with_hash = format!("{},oauth_body_hash=\"x\"", header(&COMPLETE));
    let request = Request {
        method: "POST",
        url: "http://a/",
        authorization: Some(&with_hash),
        body: Body::Form(b"a=b"),
    };
    assert!(matches!(Signed::read(&request), Err(Problem::Rejected("oauth_body_hash", _))));

    let credentials = credentials(SignatureMethod::HmacSha256, None);
    let signed = credentials.authorization(&outgoing("PUT", "http://a/", NO_BODY), NOW, "n").unwrap();
    let slipped_in =
        Request { method: "PUT", url: "http://a/", authorization: Some(&signed), body: Body::Other(b"evil") };
    assert!(!verified(&slipped_in, "secret", "", NOW).unwrap().covers_body);
}

#[test]
fn a_java_client_sends_an_empty_token_which_is_none() {
    let empty = Token { token: "", secret: "" };
    let credentials = credentials(SignatureMethod::HmacSha1, Some(empty));
    let signed = credentials.authorization(&outgoing("GET", "http://a/", NO_BODY), NOW, "n").unwrap();
    assert!(signed.contains("oauth_token=\"\""));
    assert_eq!(verified(&get("http://a/", &signed), "secret", "", NOW).unwrap().token, None);
}

#[test]
fn the_realm_is_no_parameter_wherever_it_stands_and_however_it_is_spelled() {
    let credentials = credentials(SignatureMethod::HmacSha256, None);
    let signed = credentials.authorization(&outgoing("GET", "http://a/?x=1", NO_BODY), NOW, "n").unwrap();
    let rest = signed.strip_prefix("OAuth ").unwrap();
    for authorization in [
        format!("OAuth realm=\"Jazz, and (more)\", {rest}"),
        format!("oauth {rest}, Realm=\"\""),
        format!("OAUTH\t{},realm=\"x\"", rest.replace(", ", ",")),
    ] {
        verified(&get("http://a/?x=1", &authorization), "secret", "", NOW).unwrap();
    }
}

#[test]
fn protocol_parameters_are_accepted_in_the_query_and_in_a_form() {
    let credentials = credentials(SignatureMethod::HmacSha1, None);
    let signed = credentials.authorization(&outgoing("POST", "http://a/p?x=1", NO_BODY), NOW, "n").unwrap();
    let pairs = signed.strip_prefix("OAuth ").unwrap().replace("\"", "").replace(", ", "&");
    let url = format!("http://a/p?x=1&{pairs}");
    let in_query = Request { method: "POST", url: &url, authorization: None, body: NO_BODY };
    verified(&in_query, "secret", "", NOW).unwrap();
    let in_form = Request {
        method: "POST",
        url: "http://a/p?x=1",
        authorization: None,
        body: Body::Form(pairs.as_bytes()),
    };
    verified(&in_form, "secret", "", NOW).unwrap();
}

#[test]
fn secrets_are_not_printed() {
    let credentials = credentials(SignatureMethod::HmacSha1, Some(Token { token: "t", secret: "hush" }));
    let secrets = Secrets { consumer: "secret", token: "hush" };
    let printed = format!("{credentials:?} {:?} {secrets:?}", credentials.token);
    assert!(!printed.contains("secret\"") && !printed.contains("hush"), "{printed}");
}

// Laws.

fn credentials(method: SignatureMethod, token: Option<Token<'_>>) -> Credentials<'_> {
    Credentials { consumer_key: "key", consumer_secret: "secret", token, method }
}

fn outgoing<'a>(method: &'a str, url: &'a str, body: Body<'a>) -> Outgoing<'a> {
    Outgoing { method, url, body, callback: None, verifier: None }
}

#[derive(Clone, Debug)]
struct Sample {
    key: String,
    secret: String,
    token: Option<(String, String)>,
    method: SignatureMethod,
    verb: &'static str,
    url: String,
    form: Option<Vec<u8>>,
    callback: Option<String>,
}

prop_compose! {
    fn sample()(
        key in "\\PC{1,12}", secret in "\\PC{0,12}", token in proptest::option::of(("\\PC{1,8}", "\\PC{0,8}")),
        sha256 in any::<bool>(), verb in proptest::sample::select(vec!["GET", "POST", "PUT"]),
        path in "(/[a-zA-Z0-9%._~-]{0,6}){0,3}", query in proptest::option::of("[a-z0-9%+&=;*!']{0,24}"),
        form in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..24)),
        callback in proptest::option::of("\\PC{1,20}"),
    ) -> Sample {
        let method = if sha256 { SignatureMethod::HmacSha256 } else { SignatureMethod::HmacSha1 };
        let url = match query {
            Some(query) => format!("https://elm.example.com{path}?{query}"),
            None => format!("https://elm.example.com{path}"),
        };
        Sample { key, secret, token, method, verb, url, form, callback }
    }
}

impl Sample {
    fn body(&self) -> Body<'_> {
        self.form.as_deref().map_or(NO_BODY, Body::Form)
    }
    fn sign(&self) -> String {
        let token = self.token.as_ref().map(|(token, secret)| Token { token, secret });
        let (key, secret) = (&self.key, &self.secret);
        let credentials =
            Credentials { consumer_key: key, consumer_secret: secret, token, method: self.method };
        let callback = self.callback.as_deref();
        let request =
            Outgoing { method: self.verb, url: &self.url, body: self.body(), callback, verifier: None };
        credentials.authorization(&request, NOW, "n").unwrap()
    }
    fn verify(&self, url: &str, authorization: &str) -> Result<Authentic, Problem> {
        let request =
            Request { method: self.verb, url, authorization: Some(authorization), body: self.body() };
        verified(&request, &self.secret, self.token.as_ref().map_or("", |(_, secret)| secret), NOW)
    }
}

proptest! {
    #[test]
    fn what_is_signed_is_authentic_and_says_what_was_said(sample in sample()) {
        let authentic = sample.verify(&sample.url, &sample.sign()).unwrap();
        prop_assert_eq!(&authentic.consumer_key, &sample.key);
        prop_assert_eq!(authentic.token.as_ref(), sample.token.as_ref().map(|(token, _)| token));
        prop_assert_eq!(&authentic.callback, &sample.callback);
    }

    #[test]
    fn nothing_can_be_changed_on_the_way(sample in sample(), at in any::<proptest::sample::Index>()) {
        let authorization = sample.sign();
        // The path is signed as it is written, so any other letter in it is another request.
        let mut url = sample.url.clone().into_bytes();
        let path = "https://elm.example.com".len()..url.iter().position(|byte| *byte == b'?').unwrap_or(url.len());
        if !path.is_empty() {
            let at = path.start + at.index(path.len());
            url[at] = if url[at] == b'a' { b'b' } else { b'a' };
            let changed = sample.verify(str::from_utf8(&url).unwrap(), &authorization);
            prop_assert_eq!(changed, Err(Problem::Signature));
        }
        let more = format!("{}{}more=1", sample.url, if sample.url.contains('?') { '&' } else { '?' });
        prop_assert_eq!(sample.verify(&more, &authorization), Err(Problem::Signature));
        let other = Sample { secret: format!("{}x", sample.secret), ..sample.clone() };
        prop_assert_eq!(other.verify(&sample.url, &authorization), Err(Problem::Signature));
    }

    #[test]
    fn no_header_query_or_form_is_too_odd_to_be_answered(
        header in "(OAuth )?[a-z_=\",%~ ]{0,60}", url in "\\PC{0,40}", form in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let request =
            Request { method: "POST", url: &url, authorization: Some(&header), body: Body::Form(&form) };
        prop_assert!(Signed::read(&request).is_err());
    }
}
