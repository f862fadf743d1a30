//! The OpenAPI 3.1 document, made from the table of routes, and its explorer.

use std::sync::{Arc, LazyLock};

use axum::extract::Path;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use utoipa_swagger_ui::Config;

use super::route::{Api, CSV, JSON_LINES, Route, Verb, Work};
use super::{ROOT, api, cursor};
use crate::compression::Lasting;
use crate::problem::{Kind, Problem};
use crate::routes::Routes;

/// The document as text, as it is kept in `docs/openapi.json`.
pub fn openapi() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document(api())));
    &TEXT
}

pub(crate) async fn document_json(headers: HeaderMap) -> Response {
    static TEXT: LazyLock<Lasting> = LazyLock::new(|| Lasting::new(openapi()));
    ([(CONTENT_TYPE, "application/json")], TEXT.to(&headers)).into_response()
}

fn document(api: &Api) -> Value {
    // What is sent and what is answered are never the same type.
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let settings = settings.with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    let routes = api.nouns().flat_map(|(noun, _, routes)| routes.iter().map(move |route| (noun, route)));
    for (noun, route) in routes {
        let at = paths.entry(format!("{ROOT}{}", route.path)).or_insert_with(|| json!({}));
        if let Some(methods) = at.as_object_mut() {
            let method = route.method.method().as_str().to_ascii_lowercase();
            methods.insert(method, operation(noun, route, &mut generator));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bailiwick",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Who may see, change and baseline which artefact, in which project area, by which \
                role, and why. Every route asks the same decision; what may not be seen is answered as what \
                is not there.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "where this description comes from"}],
        "tags": api.nouns().map(|(noun, said, _)| json!({"name": noun, "description": said})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas(generator),
            "responses": problems(),
            "headers": headers(),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "a personal access token"},
                "basic": {"type": "http", "scheme": "basic"},
                "session": {"type": "apiKey", "in": "cookie", "name": "bailiwick_session"},
            },
        },
        "security": [{"token": []}, {"basic": []}, {"session": []}],
    })
}

fn schemas(mut generator: SchemaGenerator) -> Map<String, Value> {
    let mut schemas = generator.take_definitions(true);
    let problem = json!({
        "type": "object",
        "description": "What went wrong (RFC 9457). A refusal carries `gate`, `area`, `missing`, `question` and \
            `explanation`; a value that is wrong its `pointer`; a change that was overtaken `current`, `yours` and \
            `etag`.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
    });
    schemas.insert("Problem".to_owned(), problem);
    schemas
}

fn operation(noun: &str, route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "tags": [noun],
        "parameters": parameters(route, generator),
        "responses": responses(route, generator),
        "x-scope": route.scope.id(),
    });
    if let Some(body) = route.body {
        let schema = body(generator);
        operation["requestBody"] = json!({
            "required": true,
            "content": content(route.takes, &json!(schema), None),
        });
    }
    operation
}

/// What may come or go as any of these media types. Lines are told as a list of them, as in OpenAPI 3.2.
fn content(media_types: &[&str], schema: &Value, line: Option<&Value>) -> Value {
    let of = |media_type: &str| match media_type {
        JSON_LINES => json!({"type": "array", "items": line.unwrap_or(schema)}),
        CSV => json!({"type": "string"}),
        _ => schema.clone(),
    };
    media_types.iter().map(|it| ((*it).to_owned(), json!({"schema": of(it)}))).collect()
}

/// The summary as an identifier: `list-the-users`.
fn operation_id(route: &Route) -> String {
    let letters = route.summary.chars().map(|it| if it.is_alphanumeric() { it } else { ' ' });
    letters.collect::<String>().to_lowercase().split_whitespace().collect::<Vec<_>>().join("-")
}

fn parameters(route: &Route, generator: &mut SchemaGenerator) -> Vec<Value> {
    let schema: Schema = (route.parameters)(generator);
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut parameters = Vec::new();
    for (name, schema) in properties {
        let in_path = route.path.contains(&format!("{{{name}}}"));
        parameters.push(json!({
            "name": name,
            "in": if in_path { "path" } else { "query" },
            "required": in_path || required.contains(&Value::from(name.as_str())),
            "description": schema.get("description").cloned().unwrap_or_default(),
            "schema": plain(schema),
        }));
    }
    let mut header = |name: &str, description: &str, schema: Value| {
        parameters.push(json!({
            "name": name, "in": "header", "required": false, "description": description, "schema": schema,
        }));
    };
    header("Revision", "answer from this revision or a later one", json!({"type": "integer", "minimum": 0}));
    match &route.work {
        Work::Change(change) => {
            let of = if change.guarded { "required where something is there already: " } else { "" };
            let text = format!("{of}the ETag of what was read, or `*`");
            header("If-Match", &text, json!({"type": "string"}));
        }
        Work::Read(_) | Work::List(_) => {
            header("If-None-Match", "the ETag of what the client has", json!({"type": "string"}));
        }
        Work::Own(_) if route.guarded => {
            header("If-Match", "required: the ETag of the plan, or `*`", json!({"type": "string"}));
        }
        Work::Own(_) if route.takes == [CSV] => {
            let said = "the ETag of a preview, so that what was agreed is imported";
            header("If-Match", said, json!({"type": "string"}));
        }
        Work::Own(_) => {}
    }
    if route.once || matches!(route.work, Work::Change(_)) {
        let said = "sent again within a day, the request is answered again and not done again";
        header("Idempotency-Key", said, json!({"type": "string", "minLength": 1, "maxLength": 255}));
    }
    let mut query = |name: &str, description: &str, schema: Value| {
        parameters.push(json!({
            "name": name, "in": "query", "required": false, "description": description, "schema": schema,
        }));
    };
    if route.of_any_moment {
        let said = "as it was at this revision or instant";
        query("as_of", said, json!({"type": "string", "examples": ["42", "2026-01-31T12:00:00Z"]}));
    }
    if route.paged {
        query("cursor", "the `next` of the page before", json!({"type": "string"}));
        let limit =
            json!({"type": "integer", "minimum": 1, "maximum": cursor::MOST, "default": cursor::USUAL});
        query("limit", "so many items at most", limit);
    }
    parameters
}

/// A query has no `null`: what is not there is not there.
fn plain(mut schema: Value) -> Value {
    if let Some(keys) = schema.as_object_mut()
        && keys.get("default") == Some(&Value::Null)
    {
        keys.remove("default");
    }
    if let Some(types) = schema.get_mut("type").filter(|types| types.is_array()) {
        let known = types.as_array().and_then(|types| types.iter().find(|it| *it != "null")).cloned();
        *types = known.unwrap_or_default();
    }
    schema
}

const USUAL_PROBLEMS: &[Kind] = &[
    Kind::BadValue,
    Kind::SignIn,
    Kind::Refused,
    Kind::NotFound,
    Kind::Throttled,
    Kind::Internal,
    Kind::Busy,
];
const PROBLEMS_OF_CHANGES: &[Kind] = &[
    Kind::Slow,
    Kind::Conflict,
    Kind::Overtaken,
    Kind::TooLarge,
    Kind::MediaType,
    Kind::NoPrecondition,
    Kind::OutcomeUnknown,
    Kind::Full,
];

/// What else goes wrong where something is done by a link.
const ENDED_LINK: &[Kind] = &[Kind::LinkGone];
/// And where another server is asked.
const FRIEND_AWAY: &[Kind] = &[Kind::FriendAway];

fn responses(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    let line = route.line.map(|line| json!(line(generator)));
    let json_of = |schema: Value| content(route.gives, &schema, line.as_ref());
    let answer = route.answer.map(|answer| json!(answer(generator)));
    match &route.work {
        Work::Own(_) if route.answer.is_none() => {
            responses.insert("204".into(), json!({"description": "done"}));
        }
        Work::Read(_) | Work::Own(_) => {
            let content = answer.map_or(json!({}), json_of);
            let mut said = json!({"description": "what was asked for", "content": content});
            if matches!(route.work, Work::Read(_)) {
                said["headers"] = with_headers(&["Revision", "ETag"]);
            }
            responses.insert("200".into(), said);
        }
        Work::List(_) => {
            let page = json!({
                "type": "object",
                "required": ["items", "next"],
                "properties": {
                    "items": {"type": "array", "items": answer},
                    "next": {"type": ["string", "null"], "description": "the `cursor` of the next page"},
                },
            });
            let said = json!({
                "description": "a page of the list",
                "headers": with_headers(&["Revision", "ETag"]),
                "content": json_of(page),
            });
            responses.insert("200".into(), said);
        }
        Work::Change(change) => {
            let (status, read_at, said, headers): (_, _, _, &[_]) = match change.created {
                Some(created) => (
                    "201",
                    created.read_at,
                    "made; `Location` says where it is",
                    &["Revision", "ETag", "Location"],
                ),
                None if change.report.is_some() => ("200", change.of, "what has become of it", &["Revision"]),
                None => ("200", change.of, "changed: as it is now", &["Revision", "ETag"]),
            };
            let content = answer.or_else(|| api_reads(read_at, generator)).map_or(json!({}), json_of);
            let said = json!({"description": said, "headers": with_headers(headers), "content": content});
            responses.insert(status.into(), said);
            let said = json!({
                "description": "changed: nothing is left to be shown",
                "headers": with_headers(&["Revision"]),
            });
            responses.insert("204".into(), said);
        }
    }
    if matches!(route.work, Work::Read(_) | Work::List(_)) {
        responses.insert("304".into(), json!({"description": "as the client has it"}));
    }
    let more = if route.method == Verb::Get { &[][..] } else { PROBLEMS_OF_CHANGES };
    let ended = if route.by_link { ENDED_LINK } else { &[] };
    let away = if route.asks_friends { FRIEND_AWAY } else { &[] };
    for kind in USUAL_PROBLEMS.iter().chain(more).chain(ended).chain(away) {
        let told = json!({"$ref": format!("#/components/responses/{}", kind.slug())});
        responses.insert(kind.status().as_u16().to_string(), told);
    }
    Value::Object(responses)
}

/// What goes wrong, each once.
fn problems() -> Map<String, Value> {
    let content = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
    let kinds = USUAL_PROBLEMS.iter().chain(PROBLEMS_OF_CHANGES).chain(ENDED_LINK).chain(FRIEND_AWAY);
    let told = |kind: &Kind| json!({"description": kind.title(), "content": content});
    kinds.map(|kind| (kind.slug().to_owned(), told(kind))).collect()
}

/// What answers say beside their bodies, each once.
fn headers() -> Value {
    let text = |said: &str, schema: Value| json!({"description": said, "schema": schema});
    json!({
        "Revision": text(
            "the number of changes that made the organisation of which this tells",
            json!({"type": "integer", "minimum": 0}),
        ),
        "ETag": text("for `If-Match` and `If-None-Match`", json!({"type": "string"})),
        "Location": text("the address of what was made", json!({"type": "string", "format": "uri-reference"})),
    })
}

/// Which of them an answer has.
fn with_headers(names: &[&str]) -> Value {
    let of = |name: &&str| ((*name).to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
    names.iter().map(of).collect()
}

/// The schema of what is read at a path.
fn api_reads(path: &str, generator: &mut SchemaGenerator) -> Option<Value> {
    let route = api().reads(path).filter(|route| matches!(route.work, Work::Read(_) | Work::List(_)))?;
    route.answer.map(|answer| json!(answer(generator)))
}

/// The explorer is a library's, and needs a wider policy than our own pages.
const EXPLORER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A file of the explorer.
pub(crate) async fn explorer(file: Option<Path<String>>) -> Result<Response, Problem> {
    let name = file.as_ref().map_or("index.html", |Path(name)| name.as_str());
    let config = Arc::new(Config::from(format!("{ROOT}/openapi.json")).persist_authorization(false));
    let found = utoipa_swagger_ui::serve(name, config).map_err(|error| {
        tracing::error!(%error, "a file of the explorer cannot be read");
        Problem::new(Kind::Internal, "the server's log says more")
    })?;
    let file = found.ok_or_else(Problem::not_found)?;
    let media_type = HeaderValue::from_str(&file.content_type).map_err(|_| Problem::not_found())?;
    let headers =
        [(CONTENT_TYPE, media_type), (CONTENT_SECURITY_POLICY, HeaderValue::from_static(EXPLORER_POLICY))];
    Ok((headers, file.bytes.into_owned()).into_response())
}

/// Its files are found beside it.
async fn to_explorer() -> Response {
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, "/api/explorer/")]).into_response()
}

/// Where the document and the explorer are, for everybody: they tell of no organisation.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Routes<S> {
    Routes::new()
        .get(&format!("{ROOT}/openapi.json"), document_json)
        .get("/api/explorer", to_explorer)
        .get("/api/explorer/", explorer)
        .get("/api/explorer/{file}", explorer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_keys_of_its_schema_and_all_that_it_needs() {
        let document: Value = serde_json::from_str(openapi()).expect("it is JSON");
        let schemas = document["components"]["schemas"].as_object().expect("there are schemas");
        let mut examples = 0;
        for (name, schema) in schemas {
            for example in schema["examples"].as_array().into_iter().flatten() {
                let keys = example.as_object().expect("an example is an object");
                examples += 1;
                for key in keys.keys() {
                    assert!(!schema["properties"][key].is_null(), "{name} has no `{key}`");
                }
                for needed in schema["required"].as_array().into_iter().flatten() {
                    assert!(needed.as_str().is_some_and(|key| keys.contains_key(key)), "{name}: {needed}");
                }
            }
        }
        assert!(examples > 20, "{examples}");
    }
}
