//! Which form of an answer a client prefers.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Html,
    Json,
}

/// HTML where a client likes it better than JSON, as browsers do; JSON otherwise.
pub(crate) fn preferred(headers: &HeaderMap) -> Form {
    let (mut html, mut json) = (0.0_f32, 0.0_f32);
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in accepted.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
        match name {
            "text/html" | "application/xhtml+xml" => html = html.max(quality),
            "application/json" | "application/problem+json" | "application/*" => json = json.max(quality),
            _ => {}
        }
    }
    if html > json { Form::Html } else { Form::Json }
}

/// Whether a browser asks, be it by a script (<https://www.w3.org/TR/fetch-metadata/>).
pub(crate) fn is_by_browser(headers: &HeaderMap) -> bool {
    let of_browsers = ["sec-fetch-mode", "x-requested-with"];
    preferred(headers) == Form::Html || of_browsers.into_iter().any(|name| headers.contains_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_get_html_and_programs_json() {
        let check = |accept: &str, form: Form| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            assert_eq!(preferred(&headers), form, "{accept}");
        };
        check("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Form::Html);
        check("application/json", Form::Json);
        check("*/*", Form::Json);
        check("application/json;q=0.5, text/html;q=0.9", Form::Html);
        check("text/html;q=0.1, application/json", Form::Json);
        assert_eq!(preferred(&HeaderMap::new()), Form::Json);
    }
}
