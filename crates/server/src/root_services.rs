//! What each application tells of itself to those who begin with its root services
//! (docs/cross-server.md#root-services). Clients read prefixes and order: both are as ELM has them.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use governance::{Application, Employer};
use sha2::{Digest as _, Sha256};

use crate::chance::hex;
use crate::client_address::ClientAddress;
use crate::oauth;
use crate::problem::Problem;
use crate::router::Server;
use crate::routes::Routes;

/// A property, and where it leads on this server.
type Leading = (&'static str, &'static str);

/// Where the root services of a part of a server are.
pub(crate) fn of(base: &str, part: Employer) -> String {
    format!("{base}/{}/rootservices", part.id())
}

const fn title(of: Employer) -> &'static str {
    match of {
        Employer::Server => "Team Server",
        Employer::Application(Application::Gc) => "Global Configuration Management",
        Employer::Application(Application::Ccm) => "Change and Configuration Management",
        Employer::Application(Application::Qm) => "Quality Management",
        Employer::Application(Application::Rm) => "Requirements Management",
    }
}

/// Namespaces that one has besides those of all.
const fn namespaces(of: Employer) -> &'static [Leading] {
    match of {
        Employer::Server => &[],
        Employer::Application(Application::Gc) => &[
            ("oslc_config", "http://open-services.net/ns/config#"),
            ("gc", "http://jazz.net/ns/globalconfig#"),
        ],
        Employer::Application(Application::Ccm) => &[("oslc_cm", "http://open-services.net/xmlns/cm/1.0/")],
        Employer::Application(Application::Qm) => &[
            ("oslc_config", "http://open-services.net/ns/config#"),
            ("oslc_qm", "http://open-services.net/xmlns/qm/1.0/"),
        ],
        Employer::Application(Application::Rm) => &[
            ("oslc_config", "http://open-services.net/ns/config#"),
            ("oslc_rm_1", "http://open-services.net/xmlns/rm/1.0/"),
            ("oslc_rm", "http://open-services.net/ns/rm#"),
        ],
    }
}

/// Services that one has besides those of all.
const fn services(of: Employer) -> &'static [Leading] {
    match of {
        Employer::Server => &[],
        Employer::Application(Application::Gc) => &[
            ("gc:globalConfigServiceProviders", "/gc/oslc-config/catalog"),
            ("oslc_config:cmServiceProviders", "/gc/anonymous-oslc-config/catalog"),
        ],
        Employer::Application(Application::Ccm) => {
            &[("oslc_cm:cmServiceProviders", "/ccm/oslc/workitems/catalog")]
        }
        Employer::Application(Application::Qm) => &[
            ("oslc_qm:qmServiceProviders", "/qm/oslc_qm/catalog"),
            ("oslc_config:cmServiceProviders", "/qm/oslc_config/serviceProviders/configuration"),
        ],
        Employer::Application(Application::Rm) => &[
            ("oslc_rm_1:rmServiceProviders", "/rm/oslc_rm/catalog"),
            ("oslc_rm:rmServiceProviders", "/rm/oslc_rm/catalog"),
            ("oslc_config:cmServiceProviders", "/rm/oslc_config"),
        ],
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
    let part = Employer::from_id(&context).ok_or_else(Problem::not_found)?;
    let text = written(part, &client.known_as(&server.config, &headers).unwrap_or_default());
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

fn written(part: Employer, base: &str) -> String {
    let base = escaped(base);
    let word = part.id();
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:Description xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" \
         xmlns:dc=\"http://purl.org/dc/terms/\"\n    xmlns:jfs=\"http://jazz.net/xmlns/prod/jazz/jfs/1.0/\" \
         xmlns:jd=\"http://jazz.net/xmlns/prod/jazz/discovery/1.0/\"\n    \
         xmlns:jp06=\"http://jazz.net/xmlns/prod/jazz/process/0.6/\" \
         xmlns:oslc=\"http://open-services.net/ns/core#\"",
    );
    for (prefix, namespace) in namespaces(part) {
        text.push_str(&format!("\n    xmlns:{prefix}=\"{namespace}\""));
    }
    text.push_str(&format!("\n    rdf:about=\"{}\">\n", of(&base, part)));
    let mut properties = Properties { base: &base, text };
    properties.says("dc:title xml:lang=\"en\"", title(part));
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
    if part != Employer::Server {
        properties.leads("jp06:projectAreas", &format!("/{word}/process/project-areas"));
    }
    properties.leads("jp06:processSecurity", &format!("/{word}/process-security"));
    properties.leads("jp06:processTemplates", &format!("/{word}/process/templates"));
    properties.leads("oslc:publisher", &format!("/{word}/application-about"));
    services(part).iter().for_each(|(name, to)| properties.leads(name, to));
    if part == Employer::Application(Application::Rm) {
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

    fn parsed(text: &str) -> RootServices {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/rdf+xml"))]);
        let uri = "https://elm.example.org/".parse().unwrap();
        Answer { uri, status: StatusCode::OK, headers, body: text.as_bytes().to_vec() }
            .root_services()
            .unwrap()
    }

    #[test]
    fn what_is_written_can_be_read_and_is_laid_out_as_clients_expect() {
        for part in Employer::ALL {
            let text = written(part, "https://elm.example.org");
            let read = parsed(&text);
            assert_eq!(
                read.resource(JFS, "oauthRequestConsumerKeyUrl"),
                Some("https://elm.example.org/jts/oauth-request-consumer")
            );
            assert_eq!(read.resource(JP06, "projectAreas").is_some(), part != Employer::Server);
            let about = format!("rdf:about=\"https://elm.example.org/{}/rootservices\"", part.id());
            assert!(text.contains(&about) && text.contains("\n<rdf:Description "), "{text}");
        }
        let gc = written(Employer::Application(Application::Gc), "https://elm.example.org");
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
        let rm = written(Employer::Application(Application::Rm), "x");
        assert!(rm.contains("<oslc_rm_1:majorVersion>7</oslc_rm_1:majorVersion>"));
    }
}
