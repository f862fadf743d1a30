//! Files that pages refer to: embedded, under names that change with the content, so that browsers keep
//! them for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use crate::chance::hex;
use crate::compression::Lasting;
use crate::problem::{Kind, Problem};

/// An embedded file.
pub(crate) struct Asset {
    name: String,
    media_type: &'static str,
    content: Lasting,
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, content: &'static str) -> Self {
        let hash = hex(&Sha256::digest(content)[..8]);
        Self { name: format!("{stem}-{hash}.{extension}"), media_type, content: Lasting::new(content) }
    }
    /// Where it is.
    pub(crate) fn path(&self) -> String {
        format!("/static/{}", self.name)
    }
}

/// Tokens, the frame, the parts of pages, and then what single pages need.
const STYLES: &str = concat!(
    include_str!("../assets/style/tokens.css"),
    include_str!("../assets/style/frame.css"),
    include_str!("../assets/style/parts.css"),
    include_str!("../assets/style/process.css"),
    include_str!("../assets/style/configurations.css"),
    include_str!("../assets/style/people.css"),
    include_str!("../assets/style/friends.css"),
);

macro_rules! assets {
    ($(
        $(#[$meta:meta])*
        $name:ident = $stem:literal, $extension:literal, $media_type:literal, $content:expr;
    )*) => {
        $($(#[$meta])*
        pub(crate) static $name: LazyLock<Asset> =
            LazyLock::new(|| Asset::new($stem, $extension, $media_type, $content));)*
        fn all() -> impl Iterator<Item = &'static Asset> {
            [$(&*$name),*].into_iter()
        }
    };
}

assets! {
    STYLE = "style", "css", "text/css; charset=utf-8", STYLES;
    ICON = "icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg");
    /// The marks.
    SPRITE = "icons", "svg", "image/svg+xml", include_str!("../assets/icons.svg");
    /// What every page runs.
    PAGE = "page", "js", "text/javascript; charset=utf-8", include_str!("../assets/page.js");
    /// What the tree of a hierarchy runs.
    TREE = "tree", "js", "text/javascript; charset=utf-8", include_str!("../assets/tree.js");
    /// What follows a run that baselines a hierarchy.
    RUN = "run", "js", "text/javascript; charset=utf-8", include_str!("../assets/run.js");
}

pub(crate) async fn get(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match all().find(|asset| asset.name == name) {
        Some(asset) => {
            let kept = (CACHE_CONTROL, "public, max-age=31536000, immutable");
            ([(CONTENT_TYPE, asset.media_type), kept], asset.content.to(&headers)).into_response()
        }
        None => Problem::new(Kind::NotFound, "there is no such file").into_response(),
    }
}
