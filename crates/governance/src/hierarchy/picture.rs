//! Hierarchies as pictures: Graphviz's DOT and GraphML (docs/rest-api.md#hierarchies).

use std::fmt::Write as _;

use super::Hierarchy;
use crate::configuration::{ConfigurationId, Contribution};
use crate::item::Item;
use crate::organisation::Organisation;

/// The form of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Of Graphviz.
    Dot,
    /// An XML that drawing programs read.
    GraphMl,
}

impl Organisation {
    /// The picture of a hierarchy: a node for every configuration, local ones among them, and an edge for
    /// every contribution. Which area governs a node is its class, by which a picture can be coloured.
    pub fn picture(&self, hierarchy: &Hierarchy, form: Picture) -> String {
        let mut picture = form.begin();
        let mut local: Vec<&str> = Vec::new();
        for id in hierarchy.configurations() {
            form.node(&mut picture, &format!("c{}", id.number()), &self.keys(*id));
            let contributions = self.contributions(*id).iter();
            local.extend(contributions.filter_map(|it| match it {
                Contribution::Local(uri) => Some(&**uri),
                Contribution::Configuration(_) => None,
            }));
        }
        local.sort_unstable();
        local.dedup();
        for (at, uri) in local.iter().enumerate() {
            form.node(
                &mut picture,
                &format!("l{at}"),
                &[("label", (*uri).to_owned()), ("kind", "local".into())],
            );
        }
        for (place, id) in hierarchy.configurations().iter().enumerate() {
            let mut below = hierarchy.below(place).iter();
            for contribution in self.contributions(*id) {
                let to = match contribution {
                    // What was not opened is not drawn.
                    Contribution::Configuration(_) => match below.next() {
                        Some(place) => format!("c{}", hierarchy.configurations()[*place as usize].number()),
                        None => continue,
                    },
                    Contribution::Local(uri) => format!("l{}", local.binary_search(&&**uri).unwrap_or(0)),
                };
                form.edge(&mut picture, &format!("c{}", id.number()), &to);
            }
        }
        picture.push_str(form.end());
        picture
    }

    fn keys(&self, id: ConfigurationId) -> Vec<(&'static str, String)> {
        let Some(text) = self.in_words(id) else { return Vec::new() };
        let governing = crate::decision::home_area(self, Item::Configuration(id));
        let class = governing.map(|area| format!("area{}", area.number())).unwrap_or_default();
        let mut keys = vec![
            ("label", format!("{}\n{}", text.component, text.name)),
            ("kind", text.kind),
            ("component", text.component),
            ("effective_team_area", text.effective_team_area),
            ("class", class),
        ];
        keys.extend(text.team_area.map(|it| ("team_area", it)));
        keys
    }
}

/// What a node says, in the order in which GraphML declares it.
const KEYS: [&str; 6] = ["label", "kind", "component", "effective_team_area", "class", "team_area"];

impl Picture {
    fn begin(self) -> String {
        match self {
            Self::Dot => "digraph hierarchy {\n  node [shape=box]\n".to_owned(),
            Self::GraphMl => {
                let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                    <graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
                    .to_owned();
                for key in KEYS {
                    let _ = writeln!(
                        text,
                        "  <key id=\"{key}\" for=\"node\" attr.name=\"{key}\" attr.type=\"string\"/>"
                    );
                }
                text.push_str("  <graph id=\"hierarchy\" edgedefault=\"directed\">\n");
                text
            }
        }
    }

    fn node(self, text: &mut String, id: &str, keys: &[(&str, String)]) {
        // Writing to a text does not fail.
        let _ = match self {
            Self::Dot => {
                let keys = keys.iter().map(|(key, value)| format!("{key}={}", quoted(value)));
                writeln!(text, "  {id} [{}]", keys.collect::<Vec<_>>().join(", "))
            }
            Self::GraphMl => {
                let keys =
                    keys.iter().map(|(key, value)| format!("<data key=\"{key}\">{}</data>", escaped(value)));
                writeln!(text, "    <node id=\"{id}\">{}</node>", keys.collect::<String>())
            }
        };
    }

    fn edge(self, text: &mut String, from: &str, to: &str) {
        let _ = match self {
            Self::Dot => writeln!(text, "  {from} -> {to}"),
            Self::GraphMl => writeln!(text, "    <edge source=\"{from}\" target=\"{to}\"/>"),
        };
    }

    fn end(self) -> &'static str {
        match self {
            Self::Dot => "}\n",
            Self::GraphMl => "  </graph>\n</graphml>\n",
        }
    }
}

/// A text in DOT: between quotes, in which a quote and a backslash have a backslash before them. Without
/// that `\N` in a name would be the node's own.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// A text in XML 1.0, which cannot say what control characters there are.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(letter),
            it if it.is_control() || matches!(it, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_a_picture() {
        assert_eq!(quoted("a\"]; b [x=\\N\n"), r#""a\"]; b [x=\\N\n""#);
        assert_eq!(escaped("<a b=\"&\">\u{7}"), "&lt;a b=&quot;&amp;&quot;&gt;\u{fffd}");
    }
}
