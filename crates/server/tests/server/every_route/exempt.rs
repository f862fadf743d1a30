//! Where a route answers something else than the rule, and why.

use super::Who::{self, Guest, Nobody, Reader, Stranger};

/// Routes that answer somebody otherwise, for a reason.
pub(super) struct Exemption {
    who: &'static [Who],
    pub(super) status: u16,
    pub(super) gate: Option<&'static str>,
    pub(super) because: &'static str,
    routes: &'static [&'static str],
}

impl Exemption {
    pub(super) fn is_for(&self, who: Who, route: &str) -> bool {
        self.who.contains(&who) && self.routes.contains(&route)
    }
}

/// Each of them by itself.
pub(super) fn each() -> impl Iterator<Item = (Who, &'static str)> {
    let of =
        |it: &'static Exemption| it.who.iter().flat_map(|who| it.routes.iter().map(|route| (*who, *route)));
    EXEMPTIONS.iter().flat_map(of)
}

const fn exempt(
    who: &'static [Who],
    status: u16,
    because: &'static str,
    routes: &'static [&'static str],
) -> Exemption {
    Exemption { who, status, gate: None, because, routes }
}

/// Refused as a matter of repository groups: nothing that could be hidden is asked for.
const fn by_group(because: &'static str, who: &'static [Who], routes: &'static [&'static str]) -> Exemption {
    Exemption { who, status: 403, gate: Some("REPOSITORY_GROUP"), because, routes }
}

const ALL: &[Who] = &[Nobody, Stranger, Reader, Guest];
const SIGNED_IN: &[Who] = &[Stranger, Reader, Guest];

pub(super) const EXEMPTIONS: &[Exemption] = &[
    exempt(
        &[Reader, Guest],
        400,
        "each line is judged by itself, and what is refused is told at its line",
        &["POST /api/v1/project-areas/{project_area}/import", "POST /project-areas/{project_area}/tables"],
    ),
    exempt(&[Stranger], 400, "what one does not see is not chosen", &["POST /edit-attributes"]),
    exempt(&[Reader, Guest], 200, "each item that is chosen is judged by itself", &["POST /edit-attributes"]),
    exempt(ALL, 308, "it leads to the explorer, which tells of no organisation", &["GET /api/explorer"]),
    exempt(
        &[Nobody, Stranger],
        200,
        "it tells of the program, not of an organisation",
        &[
            "GET /.well-known/authzen-configuration",
            "GET /api/v1/openapi.json",
            "GET /api/explorer/",
            "GET /api/explorer/{file}",
        ],
    ),
    exempt(
        &[Nobody, Stranger],
        200,
        "load balancers have no password, and it says nothing but whether the server works",
        &["GET /health/live", "GET /health/ready"],
    ),
    exempt(&[Nobody, Reader, Guest], 404, "it is the name of no file", &["GET /static/{name}"]),
    exempt(SIGNED_IN, 401, "metrics have a token of their own", &["GET /metrics"]),
    exempt(ALL, 303, "how pages look is everybody's own", &["POST /look"]),
    exempt(&[Reader, Guest], 303, "whoever sees a configuration may work in it", &["POST /context"]),
    exempt(&[Stranger, Guest], 403, "a preview is of somebody whom one may ask about", &["POST /preview"]),
    // Signing in.
    exempt(&[Nobody], 200, "here one signs in", &["GET /sign-in"]),
    exempt(SIGNED_IN, 303, "they have signed in", &["GET /sign-in"]),
    exempt(SIGNED_IN, 401, "the password that was sent is wrong", &["POST /sign-in"]),
    exempt(
        &[Nobody, Reader, Guest],
        404,
        "it is the name of no provider of identities",
        &[
            "GET /sign-in/oidc/{provider}",
            "GET /sign-in/oidc/{provider}/callback",
            "POST /sign-in/oidc/{provider}/logout",
        ],
    ),
    exempt(ALL, 303, "it ends the session that a request has, or none", &["POST /sign-out"]),
    exempt(
        ALL,
        410,
        "a link says who comes, and this is none",
        &[
            "GET /first-start",
            "POST /first-start",
            "GET /set-password",
            "POST /set-password",
            "GET /invitation",
            "POST /invitation",
        ],
    ),
    exempt(
        SIGNED_IN,
        410,
        "a link says who is invited, and this is none",
        &["POST /api/v1/invitations/accept"],
    ),
    exempt(
        &[Reader, Guest],
        403,
        "who is invited is told to those who may invite",
        &[
            "GET /api/v1/project-areas/{project_area}/invitations",
            "GET /api/v1/team-areas/{team_area}/invitations",
        ],
    ),
    // Keys and signatures.
    exempt(
        &[Nobody, Stranger],
        200,
        "clients begin there, and it tells of no organisation",
        &["GET /{context}/rootservices", "GET /{context}/.well-known/oslc/rootservices.xml"],
    ),
    exempt(
        ALL,
        400,
        "everybody may ask for a key, and what was sent asks for none",
        &["POST /jts/oauth-request-consumer"],
    ),
    exempt(
        SIGNED_IN,
        401,
        "a signature says which consumer asks, and there is none",
        &[
            "GET /jts/oauth-request-token",
            "POST /jts/oauth-request-token",
            "GET /jts/oauth-access-token",
            "POST /jts/oauth-access-token",
            "GET /jts/oauth-expire-token",
            "POST /jts/oauth-expire-token",
        ],
    ),
    exempt(
        SIGNED_IN,
        410,
        "a token says what a person is asked, and this is none",
        &["GET /jts/oauth-authorize", "POST /jts/oauth-authorize"],
    ),
    exempt(SIGNED_IN, 403, "it is for consumers, by their signatures", &["GET /api/v1/handshake"]),
    exempt(
        &[Stranger, Guest],
        403,
        "it is for consumers, by their signatures",
        &["POST /api/v1/handshake/secret"],
    ),
    by_group(
        "other servers are a matter of the server, and of a repository group",
        SIGNED_IN,
        &[
            "GET /api/v1/friends",
            "GET /api/v1/friends/{friend}",
            "GET /api/v1/consumers",
            "GET /api/v1/consumers/{consumer}",
            "GET /api/v1/refused-handshakes",
            "GET /jts/_ajax-modules/com.ibm.team.repository.AuthorizeOAuth",
        ],
    ),
    by_group(
        "other servers are a matter of the server, and of a repository group",
        &[Stranger],
        &[
            "POST /jts/_ajax-modules/com.ibm.team.repository.AuthorizeOAuth",
            "POST /api/v1/friends",
            "PATCH /api/v1/friends/{friend}",
            "DELETE /api/v1/friends/{friend}",
            "POST /api/v1/friends/{friend}/rotate",
            "POST /api/v1/friends/{friend}/doctor",
            "POST /api/v1/consumers",
            "PATCH /api/v1/consumers/{consumer}",
            "DELETE /api/v1/consumers/{consumer}",
            "POST /api/v1/consumers/{consumer}/approve",
            "POST /api/v1/consumers/{consumer}/reject",
            "POST /api/v1/consumers/{consumer}/rotate",
        ],
    ),
    // One's own account, of which everybody has one, guests too.
    exempt(
        &[Stranger],
        200,
        "it is one's own",
        &["GET /password", "GET /api/v1/me/tokens", "GET /api/v1/me/sessions"],
    ),
    exempt(SIGNED_IN, 204, "it is one's own", &["DELETE /api/v1/me/sessions"]),
    exempt(
        SIGNED_IN,
        400,
        "it is one's own, and what was sent for it is told to be wrong",
        &["POST /password", "POST /api/v1/me/tokens"],
    ),
    exempt(
        &[Stranger, Guest],
        403,
        "it is one's own, and the old password that was sent is wrong",
        &["POST /api/v1/me/password"],
    ),
    exempt(
        &[Reader, Guest],
        404,
        "it is one's own, and there is none",
        &["DELETE /api/v1/me/tokens/{token}", "DELETE /api/v1/me/sessions/{session}"],
    ),
    exempt(
        &[Reader, Guest],
        404,
        "it is told to whom it concerns, and there is none",
        &[
            "GET /api/v1/invitations/{invitation}",
            "DELETE /api/v1/invitations/{invitation}",
            "GET /api/v1/access-requests/{access_request}",
            "DELETE /api/v1/access-requests/{access_request}",
            "POST /api/v1/access-requests/{access_request}/accept",
            "POST /api/v1/access-requests/{access_request}/decline",
            "POST /access-requests/decide",
        ],
    ),
    exempt(
        SIGNED_IN,
        400,
        "everybody may ask, for what was proposed to them, and this was not",
        &["POST /access-requests", "POST /api/v1/access-requests"],
    ),
    exempt(
        &[Stranger],
        200,
        "a list of what concerns oneself, which is nothing",
        &["GET /access-requests", "GET /api/v1/access-requests"],
    ),
    exempt(
        &[Reader, Guest],
        409,
        "every reader may, and of a baseline nobody",
        &[
            "POST /api/v1/configurations/{configuration}/approvals",
            "DELETE /api/v1/configurations/{configuration}/approvals",
        ],
    ),
    exempt(
        &[Reader, Guest],
        404,
        "it is one's own, and there is none",
        &[
            "GET /api/v1/baseline-runs/{run}",
            "GET /api/v1/baseline-runs/{run}/events",
            "POST /api/v1/baseline-runs/{run}/resume",
            "GET /baseline-runs/{run}",
            "POST /baseline-runs/{run}",
        ],
    ),
    // Questions, whose answers say what they have to.
    exempt(
        &[Stranger],
        400,
        "a question about what is not there is none",
        &[
            "GET /why",
            "GET /explain",
            "GET /explain.json",
            "GET /api/v1/explain",
            "GET /api/v1/who-can",
            "POST /access/v1/evaluation",
        ],
    ),
    exempt(
        SIGNED_IN,
        200,
        "questions about oneself, each with its own answer",
        &[
            "POST /access/v1/evaluations",
            "POST /access/v1/search/resource",
            "POST /access/v1/search/action",
            "POST /api/v1/check",
        ],
    ),
    exempt(&[Reader, Guest], 200, "a question about oneself", &["POST /access/v1/evaluation"]),
    exempt(
        &[Stranger],
        200,
        "of what is not there, nothing is found",
        &["POST /access/v1/search/subject", "GET /api/v1/what-can"],
    ),
    exempt(
        &[Reader, Guest],
        403,
        "who may is told to those who look after the item",
        &["GET /api/v1/who-can"],
    ),
    exempt(
        &[Guest],
        403,
        "who may is told to those who look after the item",
        &["POST /access/v1/search/subject"],
    ),
    exempt(SIGNED_IN, 200, "a comparison of what one sees, which changes nothing", &["POST /api/v1/compare"]),
    exempt(&[Stranger], 200, "a comparison of what one sees", &["GET /api/v1/compare"]),
    exempt(
        &[Reader, Guest],
        200,
        "a change that is only thought of, whoever may make it",
        &["POST /api/v1/what-if", "POST /api/v1/process-consumers/what-if"],
    ),
    // Processes of other servers.
    exempt(
        &[Reader, Guest],
        404,
        "it uses nobody else's process",
        &[
            "GET /api/v1/project-areas/{project_area}/used-process",
            "GET /api/v1/project-areas/{project_area}/process-difference",
        ],
    ),
    exempt(
        &[Reader, Guest],
        404,
        "it is for whoever could use a process for some project area",
        &["GET /api/v1/friends/{friend}/processes"],
    ),
    exempt(
        SIGNED_IN,
        403,
        "servers ask it, by requests that they sign",
        &[
            "GET /api/v1/process-sharing/processes",
            "GET /api/v1/process-sharing/processes/{application}/{project_area}",
        ],
    ),
    exempt(
        &[Stranger, Guest],
        403,
        "servers ask it, by requests that they sign",
        &["POST /api/v1/process-sharing/changed", "POST /api/v1/process-sharing/what-if"],
    ),
    exempt(SIGNED_IN, 200, "each request in it has its own answer", &["POST /api/v1/bulk"]),
    exempt(
        &[Reader, Guest],
        200,
        "each item in it has its own answer",
        &["POST /api/v1/project-areas/{project_area}/edit-attributes"],
    ),
    // What belongs to no area.
    exempt(
        &[Stranger],
        200,
        "a list of what one sees, which is nothing",
        &[
            "GET /",
            "GET /search",
            "GET /context",
            "GET /project-areas",
            "GET /project-areas/new",
            "GET /components",
            "GET /components/new",
            "GET /configurations",
            "GET /api/v1/project-areas",
            "GET /api/v1/shared-processes",
            "GET /api/v1/process-consumers",
            "GET /api/v1/changes",
            "GET /api/v1/components",
            "GET /api/v1/configurations",
            "GET /api/v1/baseline-runs",
        ],
    ),
    exempt(
        &[Stranger],
        200,
        "everybody who signs in sees it: it belongs to no area",
        &[
            "GET /api/v1/users",
            "GET /api/v1/users.csv",
            "GET /api/v1/users/{user}",
            "GET /api/v1/users/{user}/licenses/{license}",
            "GET /api/v1/settings",
            "GET /api/v1/license-types",
            "GET /api/v1/license-pools",
            "GET /api/v1/license-pools/{license}",
            "GET /api/v1/operations",
            "GET /api/v1/repository-operations",
            "GET /api/v1/process-templates",
            "GET /api/v1/process-templates/{template}",
            "GET /api/v1/access-groups",
            "GET /api/v1/access-groups/{access_group}",
        ],
    ),
    exempt(
        &[Stranger],
        200,
        "people are looked up by everybody who may be allowed to pick them",
        &["GET /api/v1/registry/people"],
    ),
    by_group("guests pick nobody", &[Guest], &["GET /api/v1/registry/people"]),
    by_group(
        "everybody sees that it is there, and a repository group changes it",
        &[Stranger],
        &[
            "POST /api/v1/users",
            "PATCH /api/v1/users/{user}",
            "POST /api/v1/users/{user}/archive",
            "POST /api/v1/users/{user}/unarchive",
            "POST /api/v1/users/{user}/erase",
            "POST /api/v1/users/{user}/password-link",
            "POST /api/v1/users/{user}/release",
            "POST /api/v1/users.csv",
            "PUT /api/v1/users/{user}/licenses/{license}",
            "DELETE /api/v1/users/{user}/licenses/{license}",
            "DELETE /api/v1/license-pools/{license}/leases/{user}",
            "DELETE /api/v1/users/{user}/sessions",
            "DELETE /api/v1/users/{user}/sessions/{session}",
            "DELETE /api/v1/users/{user}/tokens/{token}",
            "POST /api/v1/registry/sync",
            "PATCH /api/v1/settings",
            "PUT /api/v1/license-pools/{license}",
            "DELETE /api/v1/license-pools/{license}",
            "POST /api/v1/process-templates",
            "PUT /api/v1/process-templates/{template}",
            "PATCH /api/v1/process-templates/{template}",
            "DELETE /api/v1/process-templates/{template}",
            "POST /api/v1/access-groups",
            "PATCH /api/v1/access-groups/{access_group}",
            "DELETE /api/v1/access-groups/{access_group}",
            "POST /api/v1/project-areas",
            "POST /project-areas/new",
            "POST /api/v1/plan",
            "POST /api/v1/import",
        ],
    ),
    by_group(
        "it tells of everything, and is for a repository group",
        SIGNED_IN,
        &[
            "GET /api/v1/users/{user}/sessions",
            "GET /api/v1/users/{user}/tokens",
            "GET /api/v1/journal",
            "GET /api/v1/journal/{revision}",
            "GET /api/v1/journal/chain",
            "GET /api/v1/refusals",
            "GET /api/v1/licenses",
            "GET /api/v1/licenses/unused",
            "GET /api/v1/license-pools/{license}/leases",
            "GET /api/v1/license-pools/{license}/use",
            "GET /api/v1/license-pools/{license}/use.svg",
            "GET /api/v1/export",
        ],
    ),
    // Pages of people and of the server.
    exempt(
        &[Stranger],
        200,
        "everybody who signs in sees it: it belongs to no area",
        &[
            "GET /users",
            "GET /new-user",
            "GET /user-import",
            "GET /users/{user}",
            "GET /users/{user}/access",
            "GET /groups",
            "GET /access-groups",
            "GET /access-groups/new",
            "GET /access-groups/{access_group}",
            "GET /registries",
            "GET /settings",
            "GET /what-can",
        ],
    ),
    exempt(&[Stranger], 200, "it is one's own", &["GET /me"]),
    exempt(SIGNED_IN, 303, "it is one's own", &["POST /me/sign-in"]),
    exempt(
        SIGNED_IN,
        400,
        "it is one's own, and what was sent for it is told to be wrong",
        &["POST /me/tokens"],
    ),
    exempt(&[Stranger], 400, "a question about what is not there is none", &["GET /who-can"]),
    exempt(&[Reader, Guest], 403, "who may is told to those who look after the item", &["GET /who-can"]),
    by_group(
        "everybody sees that it is there, and a repository group changes it",
        &[Stranger],
        &[
            "POST /users",
            "POST /new-user",
            "POST /user-import",
            "POST /users/{user}",
            "POST /users/{user}/archive",
            "POST /users/{user}/erase",
            "POST /users/{user}/sign-in",
            "POST /access-groups/new",
            "POST /access-groups/{access_group}",
            "POST /registries/sync",
            "POST /registries/bindings",
            "POST /settings",
            "POST /licences/unused",
            "POST /licences/{license}",
            "POST /licences/{license}/leases",
            "POST /licences/{license}/assigned",
        ],
    ),
    by_group(
        "it tells of everything, and is for a repository group",
        SIGNED_IN,
        &[
            "GET /users/{user}/sign-in",
            "GET /licences",
            "GET /licences/unused",
            "GET /licences/{license}",
            "GET /audit",
            "GET /audit/verify",
            "GET /audit/{revision}",
            "GET /refusals",
        ],
    ),
];
