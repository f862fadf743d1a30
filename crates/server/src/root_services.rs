//! What each application tells of itself to those who begin with its root services
//! (docs/cross-server.md#root-services). Clients read prefixes and order: both are as ELM has them.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use crate::chance::hex;
use crate::client_address::{ClientAddress, Scheme};
use crate::oauth;
use crate::problem::Problem;
use crate::router::Server;
use crate::routes::Routes;

/// A part of the server that has root services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    Jts,
    Gc,
    Ccm,
    Qm,
    Rm,
}

/// A property, and where it leads on this server.
type Leading = (&'static str, &'static str);

impl Context {
    const ALL: [Self; 5] = [Self::Jts, Self::Gc, Self::Ccm, Self::Qm, Self::Rm];

    const fn word(self) -> &'static str {
        match self {
            Self::Jts => "jts",
            Self::Gc => "gc",
            Self::Ccm => "ccm",
            Self::Qm => "qm",
            Self::Rm => "rm",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Jts => "Team Server",
            Self::Gc => "Global Configuration Management",
            Self::Ccm => "Change and Configuration Management",
            Self::Qm => "Quality Management",
            Self::Rm => "Requirements Management",
        }
    }

    /// Namespaces that this one has besides those of all.
    const fn namespaces(self) -> &'static [Leading] {
        match self {
            Self::Jts => &[],
            Self::Gc => &[
                ("oslc_config", "http://open-services.net/ns/config#"),
                ("gc", "http://jazz.net/ns/globalconfig#"),
            ],
            Self::Ccm => &[("oslc_cm", "http://open-services.net/xmlns/cm/1.0/")],
            Self::Qm => &[
                ("oslc_config", "http://open-services.net/ns/config#"),
                ("oslc_qm", "http://open-services.net/xmlns/qm/1.0/"),
            ],
            Self::Rm => &[
                ("oslc_config", "http://open-services.net/ns/config#"),
                ("oslc_rm_1", "http://open-services.net/xmlns/rm/1.0/"),
                ("oslc_rm", "http://open-services.net/ns/rm#"),
            ],
        }
    }

    /// Services that this one has besides those of all.
    const fn services(self) -> &'static [Leading] {
        match self {
            Self::Jts => &[],
            Self::Gc => &[
                ("gc:globalConfigServiceProviders", "/gc/oslc-config/catalog"),
                ("oslc_config:cmServiceProviders", "/gc/anonymous-oslc-config/catalog"),
            ],
            Self::Ccm => &[("oslc_cm:cmServiceProviders", "/ccm/oslc/workitems/catalog")],
            Self::Qm => &[
                ("oslc_qm:qmServiceProviders", "/qm/oslc_qm/catalog"),
                ("oslc_config:cmServiceProviders", "/qm/oslc_config/serviceProviders/configuration"),
            ],
            Self::Rm => &[
                ("oslc_rm_1:rmServiceProviders", "/rm/oslc_rm/catalog"),
                ("oslc_rm:rmServiceProviders", "/rm/oslc_rm/catalog"),
                ("oslc_config:cmServiceProviders", "/rm/oslc_config"),
            ],
        }
    }
}

/// The level of ELM that is followed.
const LEVEL: [(&str, &str); 2] = [("oslc_rm_1:majorVersion", "7"), ("oslc_rm_1:version", "7.1")];

pub(crate) fn routes() -> Routes<Arc<Server>> {
    Routes::new()
        .get("/{context}/rootservices", show)
        .get("/{context}/.well-known/oslc/rootservices.xml", show)
}

async fn show(
    State(server): State<Arc<Server>>,
    client: ClientAddress,
    Path(context): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let context = Context::ALL.into_iter().find(|it| it.word() == context).ok_or_else(Problem::not_found)?;
    let text = written(context, &base(&server, client, &headers));
    let tag = format!("\"{}\"", hex(&Sha256::digest(&text)[..16]));
    let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = known.flat_map(|value| value.split(',')).map(str::trim);
    let cached =
        [(CACHE_CONTROL, HeaderValue::from_static("no-cache")), (VARY, HeaderValue::from_static("Host"))];
    if known.any(|known| known == "*" || known.trim_start_matches("W/") == tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)], cached).into_response());
    }
    Ok(([(CONTENT_TYPE, "application/rdf+xml")], [(ETAG, tag)], cached, text).into_response())
}

/// The address by which clients know the server.
fn base(server: &Server, client: ClientAddress, headers: &HeaderMap) -> String {
    if let Some(base) = &server.config.base_uri {
        return base.as_str().to_owned();
    }
    let scheme = match client.scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("{scheme}://{host}")
}

fn written(context: Context, base: &str) -> String {
    let base = escaped(base);
    let word = context.word();
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:Description xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns:dc=\"http://purl.org/dc/terms/\"\n    xmlns:jfs=\"http://jazz.net/xmlns/prod/jazz/jfs/1.0/\" \
         xmlns:jd=\"http://jazz.net/xmlns/prod/jazz/discovery/1.0/\"\n    \
         xmlns:jp06=\"http://jazz.net/xmlns/prod/jazz/process/0.6/\" \
         xmlns:oslc=\"http://open-services.net/ns/core#\"",
    );
    for (prefix, namespace) in context.namespaces() {
        text.push_str(&format!("\n    xmlns:{prefix}=\"{namespace}\""));
    }
    text.push_str(&format!("\n    rdf:about=\"{base}/{word}/rootservices\">\n"));
    let mut properties = Properties { base: &base, text };
    properties.says("dc:title xml:lang=\"en\"", context.title());
    properties.leads("jd:discovery", &format!("/{word}/discovery"));
    properties.leads("jd:friends", &format!("/{word}/friends"));
    properties.says("jd:jsaSsoEnabled", "false");
    properties.says("jfs:oauthDomain", &format!("{base}/jts,{base}/{word}"));
    properties.says("jfs:oauthRealmName", "Jazz");
    properties.leads("jfs:oauthRequestConsumerKeyUrl", oauth::KEY_REQUEST);
    properties.leads("jfs:oauthApprovalModuleUrl", oauth::APPROVE_KEY);
    properties.leads("jfs:oauthRequestTokenUrl", oauth::REQUEST_TOKEN);
    properties.leads("jfs:oauthUserAuthorizationUrl", oauth::AUTHORIZE);
    properties.leads("jfs:oauthAccessTokenUrl", oauth::ACCESS_TOKEN);
    properties.leads("jfs:oauthExpireTokenUrl", oauth::EXPIRE_TOKEN);
    properties.leads("jfs:users", "/jts/users");
    properties.leads("jfs:currentUser", "/jts/whoami");
    properties.leads("jfs:adminWebUI", &format!("/{word}/admin"));
    if context != Context::Jts {
        properties.leads("jp06:projectAreas", &format!("/{word}/process/project-areas"));
    }
    properties.leads("jp06:processSecurity", &format!("/{word}/process-security"));
    properties.leads("jp06:processTemplates", &format!("/{word}/process/templates"));
    properties.leads("oslc:publisher", &format!("/{word}/application-about"));
    context.services().iter().for_each(|(name, to)| properties.leads(name, to));
    if context == Context::Rm {
        LEVEL.iter().for_each(|(name, value)| properties.says(name, value));
    }
    properties.text + "</rdf:Description>\n"
}

/// Properties, one a line.
struct Properties<'a> {
    base: &'a str,
    text: String,
}

impl Properties<'_> {
    /// A text; the name may have attributes behind it.
    fn says(&mut self, name: &str, value: &str) {
        let end = name.split(' ').next().unwrap_or(name);
        self.text += &format!("  <{name}>{value}</{end}>\n");
    }
    /// A place on this server.
    fn leads(&mut self, name: &str, to: &str) {
        self.text += &format!("  <{name} rdf:resource=\"{}{to}\"/>\n", self.base);
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::{Answer, RootServices};

    const JFS: &str = "http://jazz.net/xmlns/prod/jazz/jfs/1.0/";
    const JP06: &str = "http://jazz.net/xmlns/prod/jazz/process/0.6/";

    fn read(text: &str) -> RootServices {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/rdf+xml"))]);
        let uri = "https://elm.example.org/".parse().unwrap();
        Answer { uri, status: StatusCode::OK, headers, body: text.as_bytes().to_vec() }
            .root_services()
            .unwrap()
    }

    #[test]
    fn what_is_written_can_be_read_and_is_laid_out_as_clients_expect() {
        for context in Context::ALL {
            let text = written(context, "https://elm.example.org");
            let read = read(&text);
            assert_eq!(
                read.resource(JFS, "oauthRequestConsumerKeyUrl"),
                Some("https://elm.example.org/jts/oauth-request-consumer")
            );
            assert_eq!(read.resource(JP06, "projectAreas").is_some(), context != Context::Jts);
            let about = format!("rdf:about=\"https://elm.example.org/{}/rootservices\"", context.word());
            assert!(text.contains(&about) && text.contains("\n<rdf:Description "), "{text}");
        }
        let gc = written(Context::Gc, "https://elm.example.org");
        let order = [
            "<dc:title",
            "<jd:discovery",
            "<jd:friends",
            "<jfs:oauthDomain>",
            "<jfs:users",
            "<jp06:projectAreas",
            "<oslc:publisher",
            "<gc:globalConfigServiceProviders",
        ];
        let places: Vec<_> = order.iter().map(|name| gc.find(name).unwrap()).collect();
        assert!(places.is_sorted(), "{gc}");
        assert!(written(Context::Rm, "x").contains("<oslc_rm_1:majorVersion>7</oslc_rm_1:majorVersion>"));
    }
}
