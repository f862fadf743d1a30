//! The root services of a server, as RDF in XML: what it offers, and where.
//!
//! What is read is far less than XML: no document type, no entities but the five, no depth.

use std::collections::HashMap;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const DEEPEST: usize = 32;
const MOST: usize = 1_000;

/// What root services say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RootServices {
    /// The properties that lead somewhere, by their names with the namespace in front.
    resources: HashMap<String, String>,
}

impl RootServices {
    /// Where a property leads: the first, if it occurs more than once.
    pub(crate) fn resource(&self, namespace: &str, name: &str) -> Option<&str> {
        self.resources.get(&format!("{namespace}{name}")).map(String::as_str)
    }
}

/// Reads them, or tells what is wrong.
pub(super) fn parse(bytes: &[u8]) -> Result<RootServices, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let mut reader = NsReader::from_str(text);
    let mut found = RootServices::default();
    let (mut open, mut roots) = (0, 0);
    loop {
        let event = reader.read_event().map_err(|error| match error {
            quick_xml::Error::Namespace(_) => "its namespaces are wrong, or too many".to_owned(),
            error => error.to_string(),
        })?;
        match &event {
            Event::Start(element) | Event::Empty(element) => {
                roots += usize::from(open == 0);
                let name = named(&reader, element)?;
                if let Some(resource) = resource(&reader, element)? {
                    found.resources.entry(name).or_insert(resource);
                }
                if found.resources.len() > MOST || open >= DEEPEST {
                    return Err("it has more elements than root services have".to_owned());
                }
                open += usize::from(matches!(event, Event::Start(_)));
            }
            Event::End(_) => open -= 1,
            Event::Text(said) if open == 0 && !is_blank(said) => {
                return Err("it has text outside its element".to_owned());
            }
            Event::GeneralRef(reference) => {
                let of_character = reference.resolve_char_ref().map_err(|error| error.to_string())?;
                if of_character.is_none() && !PREDEFINED.contains(&&**reference) {
                    let said = "it has an entity of its own, which is not read; write the text in its place";
                    return Err(said.to_owned());
                }
            }
            Event::DocType(_) => {
                return Err("it has a document type, which is not read; leave it out".to_owned());
            }
            Event::Eof if open == 0 && roots == 1 => return Ok(found),
            Event::Eof => return Err("it is no whole XML document".to_owned()),
            Event::Text(_) | Event::CData(_) | Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
        }
    }
}

const PREDEFINED: [&str; 5] = ["amp", "lt", "gt", "quot", "apos"];

/// But for a mark of the byte order.
fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || letter == '\u{feff}')
}

fn named(reader: &NsReader<&[u8]>, element: &BytesStart<'_>) -> Result<String, String> {
    let (namespace, local) = reader.resolver().resolve_element(element.name());
    let mut name = match namespace {
        ResolveResult::Bound(Namespace(namespace)) => namespace.to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(prefix) => {
            return Err(format!("its prefix `{prefix}` stands for nothing"));
        }
    };
    name.push_str(local.as_ref());
    Ok(name)
}

/// What `rdf:resource` says.
fn resource(reader: &NsReader<&[u8]>, element: &BytesStart<'_>) -> Result<Option<String>, String> {
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        if local.as_ref() == "resource" && namespace == ResolveResult::Bound(Namespace(RDF)) {
            let value =
                attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| error.to_string())?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JFS: &str = "http://jazz.net/xmlns/prod/jazz/jfs/1.0/";

    fn inside(properties: &str) -> String {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:jfs="{JFS}" rdf:about="https://elm/jts/rootservices">
 {properties}
</rdf:Description>"#
        )
    }

    #[test]
    fn properties_are_found_by_namespace_and_name() {
        let text = inside(
            r#"<jfs:oauthRealmName>Jazz &amp; &#x46;riends<!-- no --></jfs:oauthRealmName>
            <jfs:users rdf:resource="https://elm/jts/users?a=b&amp;c=d"/>
            <other xmlns="http://jazz.net/xmlns/prod/jazz/jfs/1.0/" resource="no"/>
            <x:users xmlns:x="urn:x" rdf:resource="urn:no"/><jfs:users rdf:resource="urn:second"></jfs:users>"#,
        );
        let found = parse(text.as_bytes()).unwrap();
        assert_eq!(found.resource(JFS, "users"), Some("https://elm/jts/users?a=b&c=d"));
        assert_eq!(found.resource(JFS, "other"), None);
    }

    #[test]
    fn what_is_made_to_do_harm_is_not_read() {
        let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"#;
        let file = r#"<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>"#;
        let deep = "<a>".repeat(100_000);
        let wide = (0..2_000).fold(String::new(), |all, n| all + &format!(r#"<p{n} rdf:resource="u"/>"#));
        for (text, expected) in [
            (
                format!(
                    "{bomb}{}",
                    inside("<jfs:x>&b;</jfs:x>").replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "")
                ),
                "document type",
            ),
            (format!("{file}<x>&a;</x>"), "document type"),
            (inside("<jfs:x>&b;</jfs:x>"), "entity of its own"),
            (inside(r#"<jfs:x rdf:resource="&b;"/>"#), ""),
            (inside(&deep), "more elements"),
            (inside(&wide), "more elements"),
            (inside("<jfs:x>"), ""),
            (inside("<y:x/>"), "`y` stands for nothing"),
            ("<html><body>sign in</body>".to_owned(), "no whole XML"),
            (String::new(), "no whole XML"),
            ("just text".to_owned(), "text outside"),
            ("<a/><b/>".to_owned(), "no whole XML"),
            (inside("<jfs:x>&#0;</jfs:x>"), ""),
        ] {
            let said = parse(text.as_bytes()).expect_err(&text.chars().take(300).collect::<String>());
            assert!(said.contains(expected), "{said}");
        }
        assert!(parse(b"\xff\xfe<\0a\0/\0>\0").is_err());
    }
}
