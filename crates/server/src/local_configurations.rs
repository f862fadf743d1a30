//! Streams and baselines that applications keep, as far as a global configuration needs them
//! (docs/global-configurations.md#local-streams).

use futures_util::future::BoxFuture;

/// A local stream that is to be baselined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalStream {
    /// The run for which it is. The same run may ask for the same stream again, and is to get the same
    /// answer.
    pub(crate) run: String,
    pub(crate) uri: String,
    /// How its baseline is to be called.
    pub(crate) name: String,
    /// The id of the user for whom it is done.
    pub(crate) by: String,
}

/// An application that keeps local configurations, here or on another server.
pub(crate) trait LocalConfigurations: Send + Sync {
    /// Whether it keeps the configuration of this URI.
    fn keeps(&self, uri: &str) -> bool;
    /// Baselines a stream: answers the URI of the baseline, that of an earlier one if nothing has changed
    /// since, or its own if it is a baseline; or why it refuses.
    fn baseline<'a>(&'a self, stream: &'a LocalStream) -> BoxFuture<'a, Result<String, String>>;
}

/// The applications that a server knows.
#[derive(Default)]
pub(crate) struct Applications(Vec<Box<dyn LocalConfigurations>>);

impl Applications {
    #[cfg(test)]
    pub(crate) fn of(applications: Vec<Box<dyn LocalConfigurations>>) -> Self {
        Self(applications)
    }

    /// The one that keeps a local configuration.
    pub(crate) fn keeper(&self, uri: &str) -> Option<&dyn LocalConfigurations> {
        self.0.iter().map(|it| &**it).find(|it| it.keeps(uri))
    }
}
