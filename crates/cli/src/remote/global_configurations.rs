//! Components and configurations of a server.

use governance::SearchCriteria;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::Value;

use super::thing::at;
use super::{JSON, LONG, QUESTION, Remote, as_of_pair};
use crate::commands::edit_attributes::Edited;
use crate::commands::search::{Row, Rows};

#[derive(Deserialize)]
struct Page {
    items: Vec<Row>,
    total: usize,
    next: Option<String>,
}

/// So many a page has at most.
const PAGE: usize = 1000;

impl Remote {
    /// Searches `components` or `configurations`.
    pub(crate) fn search(
        &self,
        what: &str,
        criteria: &SearchCriteria,
        limit: usize,
        as_of: Option<&str>,
    ) -> anyhow::Result<Rows> {
        let criteria = pairs(&serde_json::to_value(criteria)?);
        let mut rows = Rows { total: 0, items: Vec::new() };
        let mut next: Option<String> = None;
        loop {
            let page = (limit - rows.items.len()).clamp(1, PAGE).to_string();
            let mut query: Vec<(&str, &str)> =
                criteria.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            query.push(("limit", &page));
            query.extend(next.as_deref().map(|next| ("cursor", next)));
            query.extend(as_of_pair(as_of));
            let found: Page = self.json(self.request(Method::GET, what, &query).timeout(QUESTION))?;
            rows.total = found.total;
            rows.items.extend(found.items);
            next = found.next;
            if next.is_none() || rows.items.len() >= limit {
                rows.items.truncate(limit);
                return Ok(rows);
            }
        }
    }

    /// Sets attributes of many, or tells what would become of it.
    pub(crate) fn edit_attributes(&self, project_area: &str, body: &Value) -> anyhow::Result<Edited> {
        let address = at(["project-areas", project_area, "edit-attributes"]);
        let request = self.request(Method::POST, &address, &[]);
        let request = request.header(CONTENT_TYPE, JSON).body(serde_json::to_vec(body)?);
        self.json(request.timeout(LONG))
    }
}

/// Criteria as a query has them.
fn pairs(criteria: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let each = criteria.as_object().into_iter().flatten();
    let several = each.flat_map(|(key, value)| {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        values.iter().map(move |value| (key.clone(), text(value)))
    });
    several.collect()
}
