//! The addresses of servers, and of their root services (docs/cross-server.md#root-services).

use url::Url;

use crate::command::Employer;
use crate::text::Name;

/// Where root services stand, below each part of a server that has them.
const PLACES: [&str; 2] = ["/rootservices", "/.well-known/oslc/rootservices.xml"];

/// What an address of root services says: where the server begins, and whose they are. Those of no
/// application are the server's own, and any other address is where a server begins.
pub fn server_and_part(address: &str) -> (&str, Employer) {
    let part = PLACES.iter().find_map(|place| address.strip_suffix(place)?.rsplit_once('/'));
    part.map_or((address.trim_end_matches('/'), Employer::Server), |(base, id)| {
        (base, Employer::from_id(id).unwrap_or(Employer::Server))
    })
}

/// The one way in which the address of a server is written, of all in which people write it; that of its root
/// services does, too.
pub fn server_address(address: &str) -> Option<Name> {
    let url = Url::parse(server_and_part(address.trim()).0).ok()?;
    let is_server = matches!(url.scheme(), "http" | "https") && url.has_host();
    is_server.then(|| url.as_str().trim_end_matches('/').into())
}

/// What is expected of an address that [`is_web_address`] refuses.
pub const WEB_ADDRESS: &str = "expected an address such as `https://elm.example.org/ccm/rootservices`: of http or https, of at most \
     1,000 characters of ASCII without blanks and quotes, without a name or a password in it";

/// Whether a text is an address on the web that can be shown to people and followed: spelled so that it
/// can be nothing else than what it looks like.
pub fn is_web_address(text: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&it);
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    // `https:example.org` is read as an address, too.
    let (is_whole, is_short) = (text.contains("://"), text.len() <= 1_000);
    is_whole
        && is_short
        && text.bytes().all(is_plain)
        && url.is_some_and(|url| url.has_host() && url.username().is_empty() && url.password().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Application;

    #[test]
    fn an_address_says_where_the_server_begins_and_whose_root_services_are_there() {
        let (jts, ccm) = (Employer::Server, Employer::Application(Application::Ccm));
        for (address, base, part) in [
            ("https://elm.example.org/ccm/rootservices", "https://elm.example.org", ccm),
            ("https://elm.example.org:9443/jts/rootservices", "https://elm.example.org:9443", jts),
            ("https://elm.example.org/behind/ccm/rootservices", "https://elm.example.org/behind", ccm),
            ("https://elm.example.org/ccm/.well-known/oslc/rootservices.xml", "https://elm.example.org", ccm),
            ("https://elm.example.org/ccm2/rootservices", "https://elm.example.org", jts),
            ("https://elm.example.org/", "https://elm.example.org", jts),
        ] {
            assert_eq!(server_and_part(address), (base, part), "{address}");
        }
    }

    #[test]
    fn an_address_that_may_look_like_another_is_none() {
        for address in ["https://elm.example.org/ccm/rootservices", "http://[::1]:9443/a?b=c#d"] {
            assert!(is_web_address(address), "{address}");
        }
        for other in [
            "https://",
            "https:elm.example.org",
            "https://x y/",
            "ftp://elm.example.org",
            "https://elm.example.org/\u{202e}moc.live",
            "https://elm.example.org@evil.example/",
            "https://bob:secret@elm.example.org/",
            "https://elm.example.org/\"><script>",
            "elm.example.org",
        ] {
            assert!(!is_web_address(other), "{other}");
        }
        assert!(!is_web_address(&format!("https://elm.example.org/{}", "a".repeat(1_000))));
    }

    #[test]
    fn a_server_is_written_in_one_way() {
        for address in [
            "https://ELM.example.org:443/jts/rootservices",
            " HTTPS://elm.example.org ",
            "https://elm.example.org///",
        ] {
            assert_eq!(server_address(address).as_deref(), Some("https://elm.example.org"), "{address}");
        }
        for no_server in ["elm.example.org", "mailto:root", "ftp://elm.example.org", ""] {
            assert_eq!(server_address(no_server), None, "{no_server}");
        }
    }
}
