//! What the server is told of providers of identities: a section `[oidc.NAME]` for each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use reqwest::{Certificate, Url};

use super::build::{groups, is_loopback, secret};
use super::load::text_of;
use super::settings::{Key, Origin, PREFIX, Set, Written, settings};
use super::value::{Texts, Value};
use super::{Token, settings::Settings as Server};
use crate::registry::GroupMapping;

/// A provider of identities, as OpenID Connect has it (docs/guide/operating.md#openid-connect).
#[derive(Clone, Debug)]
pub struct Provider {
    /// The name of its section, which is what users keep as their registry.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Its address, as it writes it into what it signs.
    pub issuer: String,
    /// As what this server is known to it.
    pub client_id: String,
    /// What shows that it is this server.
    pub client_secret: Option<Token>,
    /// The authorities that sign its certificate, if not those that the machine trusts.
    pub authorities: Option<Vec<Certificate>>,
    /// What it is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// What of it is what.
    pub claims: Claims,
    /// Which of its groups stand for which repository groups.
    pub groups: GroupMapping,
}

/// The names of the claims that tell of a person.
#[derive(Clone, Debug)]
pub struct Claims {
    /// The id to sign in with.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The mail address.
    pub mail: String,
    /// The groups of the provider.
    pub groups: String,
}

settings! {
    /// What people call it: the sign-in page offers to sign in with it.
    title "title": Option<String> = example "Our Company";
    /// Its address, exactly as it calls itself.
    issuer "issuer": Option<String> = example "https://login.example.org/realms/company";
    /// As what this server is known to it. There, register the address of this server followed by
    /// /sign-in/oidc/company/callback for signing in, /sign-in for coming back from signing out, and
    /// /sign-in/oidc/company/logout for sign-out by the provider ("back-channel").
    client_id "client_id": Option<String> = example "bailiwick";
    /// A file that holds the secret that goes with it, unless it is a public client.
    client_secret_file "client_secret_file": Option<PathBuf> = example "/etc/bailiwick/company-secret";
    /// The authority that has signed its certificate, as PEM, in the place of those that this machine trusts.
    authority "authority": Option<PathBuf> = example "/etc/bailiwick/company-authority.pem";
    /// What it is asked for, besides `openid`.
    scopes "scopes": Texts = default "profile;email";
    /// The claim that is the id to sign in with: one that nobody can choose for themselves, and that is never
    /// given to somebody else.
    id_claim "id_claim": String = default "preferred_username";
    /// The claim that is the name for people.
    name_claim "name_claim": String = default "name";
    /// The claim that is the mail address.
    mail_claim "mail_claim": String = default "email";
    /// The claim that lists somebody's groups; `a.b` is the member `b` of the claim `a`.
    groups_claim "groups_claim": String = default "groups";
    /// The groups whose members are in JazzAdmins. Where any of the five lists has one, the provider says, at
    /// each sign-in, who is in each of them, and people in none are kept out.
    jazz_admins "jazz_admins": Texts = default "";
    /// The same for JazzProjectAdmins.
    jazz_project_admins "jazz_project_admins": Texts = default "";
    /// The same for JazzUsers.
    jazz_users "jazz_users": Texts = default "";
    /// The same for JazzGuests.
    jazz_guests "jazz_guests": Texts = default "";
    /// The same for JazzDWAdmins.
    jazz_dw_admins "jazz_dw_admins": Texts = default "";
}

/// What was said of each provider, by the name of its section.
pub(super) type Sections = BTreeMap<String, Settings>;

const ABOVE: &str = "oidc";

/// The section and the key in it, if a key of a provider is meant.
pub(super) fn parts(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(ABOVE)?.strip_prefix('.')?.split_once('.')
}

/// The key by its whole name.
pub(super) fn named(section: &str, key: &str) -> String {
    format!("{ABOVE}.{section}.{key}")
}

pub(super) fn keys_of(section: &str) -> impl Iterator<Item = String> {
    KEYS.iter().map(move |key| named(section, key.name))
}

/// Whether that is one section, or the one above all.
pub(super) fn is_section(name: &str) -> bool {
    name == ABOVE || name.strip_prefix(ABOVE).is_some_and(|it| it.starts_with('.') && !it[1..].contains('.'))
}

/// The key that an environment variable sets: `BAILIWICK_OIDC_COMPANY_ISSUER`.
pub(super) fn key_of_variable(variable: &str) -> Option<String> {
    let rest = variable.strip_prefix(PREFIX)?.strip_prefix("OIDC_")?;
    KEYS.iter().find_map(|key| {
        let section = rest.strip_suffix(&key.name.to_uppercase())?.strip_suffix('_')?;
        let section = section.to_lowercase();
        is_name(&section).then(|| named(&section, key.name))
    })
}

/// It is a part of addresses and of variables.
fn is_name(section: &str) -> bool {
    section.starts_with(|it: char| it.is_ascii_lowercase())
        && section.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
}

/// Each provider, as far as nothing is wrong with it.
pub(super) fn providers(sections: &Sections, server: &Server, problems: &mut Vec<String>) -> Vec<Provider> {
    let mut all = Vec::with_capacity(sections.len());
    for (section, said) in sections {
        match provider(section, said, server) {
            Ok(provider) => all.push(provider),
            Err(cause) => problems.push(cause),
        }
    }
    all
}

fn provider(section: &str, said: &Settings, server: &Server) -> Result<Provider, String> {
    let wrong =
        |origin: &Origin, key: &str, cause: &str| format!("{origin}: {}: {cause}", named(section, key));
    let needed = |set: &Set<Option<String>>, key: &str| {
        set.value.clone().ok_or_else(|| format!("{ABOVE}.{section}: set `{}`", named(section, key)))
    };
    let issuer = needed(&said.issuer, "issuer")?;
    let client_id = needed(&said.client_id, "client_id")?;
    if !is_name(section) {
        let cause =
            "the name of such a section consists of lower-case letters and digits, as in `oidc.company`";
        return Err(format!("{}: {ABOVE}.{section}: {cause}", said.issuer.origin));
    }
    if server.base_uri.value.is_none() {
        let cause = "the provider sends people back to this server; set `base_uri`";
        return Err(wrong(&said.issuer.origin, "issuer", cause));
    }
    if !is_safe(&issuer) {
        let cause = format!("`{issuer}` is not understood; expected an https address without query");
        return Err(wrong(&said.issuer.origin, "issuer", &cause));
    }
    let client_secret = said.client_secret_file.value.as_deref().map(secret).transpose();
    let client_secret = client_secret
        .map_err(|cause| wrong(&said.client_secret_file.origin, "client_secret_file", &cause))?;
    let authorities = said.authority.value.as_deref().map(|path| {
        let pem = text_of(path, LARGEST_AUTHORITIES)?;
        match Certificate::from_pem_bundle(pem.as_bytes()) {
            Ok(found) if !found.is_empty() => Ok(found),
            _ => Err("expected certificates as PEM: `-----BEGIN CERTIFICATE-----` …".to_owned()),
        }
        .map_err(|cause| format!("`{}`: {cause}", path.display()))
    });
    let authorities = authorities.transpose();
    let authorities = authorities.map_err(|cause| wrong(&said.authority.origin, "authority", &cause))?;
    Ok(Provider {
        name: section.to_owned(),
        title: said.title.value.clone().unwrap_or_else(|| section.to_owned()),
        issuer,
        client_id,
        client_secret: client_secret.map(Token::new),
        authorities,
        scopes: said.scopes.value.0.clone(),
        claims: Claims {
            id: said.id_claim.value.clone(),
            name: said.name_claim.value.clone(),
            mail: said.mail_claim.value.clone(),
            groups: said.groups_claim.value.clone(),
        },
        groups: groups(
            [
                &said.jazz_admins,
                &said.jazz_project_admins,
                &said.jazz_users,
                &said.jazz_guests,
                &said.jazz_dw_admins,
            ],
            str::to_owned,
        ),
    })
}

const LARGEST_AUTHORITIES: u64 = 1 << 20;

/// Whether nobody on the way can pretend to be it.
fn is_safe(issuer: &str) -> bool {
    let Ok(url) = Url::parse(issuer) else { return false };
    let here = is_loopback(url.host_str().unwrap_or_default());
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    plain && (url.scheme() == "https" || url.scheme() == "http" && here)
}

/// A section, commented out.
pub(super) fn example() -> String {
    let mut text =
        "\n# A provider of identities (OpenID Connect). There may be several, each with a section of \
                    its own.\n#[oidc.company]\n"
            .to_owned();
    for (key, value, _) in Settings::default().written() {
        for line in key.about {
            // Writing to a text cannot fail.
            _ = writeln!(text, "#{line}");
        }
        let quoted = || format!("\"{}\"", key.example.unwrap_or_default());
        _ = writeln!(text, "#{} = {}", key.name, value.unwrap_or_else(quoted));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_names_the_provider_and_the_key() {
        let check = |variable: &str, key: Option<&str>| {
            assert_eq!(key_of_variable(variable).as_deref(), key, "{variable}");
        };
        check("BAILIWICK_OIDC_COMPANY_ISSUER", Some("oidc.company.issuer"));
        check("BAILIWICK_OIDC_A1_CLIENT_SECRET_FILE", Some("oidc.a1.client_secret_file"));
        check("BAILIWICK_OIDC_ISSUER", None);
        check("BAILIWICK_OIDC_A_B_ISSUER", None);
        check("BAILIWICK_OIDC_COMPANY_COLOUR", None);
    }

    #[test]
    fn nobody_on_the_way_pretends_to_be_a_provider() {
        for (issuer, safe) in [
            ("https://login.example.org", true),
            ("https://login.example.org/realms/x", true),
            ("http://127.0.0.1:8081/a", true),
            ("http://[::1]:1", true),
            ("http://localhost", true),
            ("http://login.example.org", false),
            ("http://127.0.0.1.example.org", false),
            ("https://login.example.org/?a=b", false),
            ("https://me@login.example.org/", false),
            ("login.example.org", false),
        ] {
            assert_eq!(is_safe(issuer), safe, "{issuer}");
        }
    }
}
