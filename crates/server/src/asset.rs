//! Files that pages refer to: embedded, under names that change with the content, so that browsers keep
//! them for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use crate::chance::hex;
use crate::problem::{Kind, Problem};

/// An embedded file.
pub(crate) struct Asset {
    name: String,
    media_type: &'static str,
    content: &'static str,
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, content: &'static str) -> Self {
        let hash = hex(&Sha256::digest(content)[..8]);
        Self { name: format!("{stem}-{hash}.{extension}"), media_type, content }
    }
    /// Where it is.
    pub(crate) fn path(&self) -> String {
        format!("/static/{}", self.name)
    }
}

pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("style", "css", "text/css; charset=utf-8", include_str!("../assets/style.css"))
});
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg")));

pub(crate) async fn get(Path(name): Path<String>) -> Response {
    match [&*STYLE, &*ICON].into_iter().find(|asset| asset.name == name) {
        Some(asset) => {
            let kept = (CACHE_CONTROL, "public, max-age=31536000, immutable");
            ([(CONTENT_TYPE, asset.media_type), kept], asset.content).into_response()
        }
        None => Problem::new(Kind::NotFound, "there is no such file").into_response(),
    }
}
