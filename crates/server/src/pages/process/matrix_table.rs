//! The permission matrix of an area as a table for other programs.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use super::area::{Area, AreaPath};
use super::matrix::Matrix;
use super::permissions::{level, other};
use crate::pages::sheet;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

pub(crate) async fn export(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let other = other(&server, &visitor, &area).await?;
    let (view, query) = (visitor.view(), &visitor.query);
    let compared = other.as_ref().map(|(other, _)| other);
    let matrix =
        Matrix::of(view, (area.id, area.application), &level(&visitor, &area), query.get("q"), compared);
    let head = ["Operation", "Action", "Role", "Role id", "Value", "Source", "Final", "Ignored", "Differs"];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    let yes = |it: bool| if it { "yes" } else { "" }.to_owned();
    for group in &matrix.groups {
        for row in &group.rows {
            for (role, cell) in matrix.roles.iter().zip(&row.cells) {
                table.push(vec![
                    group.operation.name().to_owned(),
                    row.leaf.path().to_owned(),
                    role.name.to_string(),
                    role.id.to_string(),
                    cell.value.words(),
                    cell.source.clone(),
                    yes(cell.is_final),
                    yes(cell.ignored),
                    yes(cell.differs),
                ]);
            }
        }
    }
    let (name, media_type, bytes) = match query.get("format") {
        "xlsx" => ("permissions.xlsx", sheet::XLSX, sheet::xlsx("Permissions", &table)),
        _ => ("permissions.csv", "text/csv; charset=utf-8", sheet::csv(table)),
    };
    let kept = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let mut answer = ([(CONTENT_TYPE, media_type)], bytes).into_response();
    answer.headers_mut().extend(kept.ok().map(|kept| (CONTENT_DISPOSITION, kept)));
    Ok(answer)
}
