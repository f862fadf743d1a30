//! What is looked at when metrics are read: the state of the server, of its database, and of the process.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use store::{Moment, ProcessAsked, Revision};
use tokio::time::Instant;

use crate::chance::now;
use crate::connections::Connections;
use crate::health::{Health, Readiness};
use crate::office::Office;
use crate::process;
use crate::process_sharing::{name, seconds_since};
use crate::router::Server;
use crate::tls::Certificate;

/// Where to look.
pub(crate) struct Observed {
    health: Arc<Health>,
    connections: Arc<Connections>,
    certificate: Option<Arc<Certificate>>,
    begun: Moment,
    /// Once it is loaded.
    office: OnceLock<Arc<Office>>,
    /// How processes of other servers are followed, once that is begun.
    followed: OnceLock<Weak<Server>>,
    /// How many facts there are of each kind, at a revision: counting them takes a moment.
    counted: Mutex<Option<Counted>>,
}

type Counted = (Revision, Vec<(&'static str, usize)>);

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed").finish_non_exhaustive()
    }
}

impl Observed {
    pub(crate) fn new(
        health: Arc<Health>,
        connections: Arc<Connections>,
        certificate: Option<Arc<Certificate>>,
    ) -> Self {
        Self {
            health,
            connections,
            certificate,
            begun: now(),
            office: OnceLock::new(),
            followed: OnceLock::new(),
            counted: Mutex::default(),
        }
    }

    pub(crate) fn readiness(&self) -> Readiness {
        self.health.readiness(Instant::now())
    }

    /// How many revisions this node is behind the database, being at this one.
    pub(crate) fn revisions_behind(&self, published: Revision) -> u64 {
        self.health.lag(published)
    }

    /// From now on there is an organisation to look at.
    pub(crate) fn loaded(&self, office: &Arc<Office>) {
        self.office.get_or_init(|| Arc::clone(office));
    }

    /// From now on processes of other servers are followed.
    pub(crate) fn follows(&self, server: &Arc<Server>) {
        self.followed.get_or_init(|| Arc::downgrade(server));
    }

    fn facts(&self, office: &Office) -> Vec<(&'static str, usize)> {
        let published = office.published();
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        match &*counted {
            Some((revision, facts)) if *revision == published.revision => facts.clone(),
            _ => {
                let facts = published.organisation.fact_counts();
                *counted = Some((published.revision, facts.clone()));
                facts
            }
        }
    }

    fn office(&self, encoder: &mut Encoder<'_>, office: &Office) -> fmt::Result {
        let revision = office.published().revision;
        encoder.gauge("bailiwick_revision", "The newest revision of this node", revision.number() as f64)?;
        let behind = self.revisions_behind(revision) as f64;
        encoder.gauge(
            "bailiwick_revisions_behind",
            "How many revisions it is behind the database",
            behind,
        )?;
        let facts = self.facts(office);
        let facts = facts.iter().map(|(kind, count)| ([("kind", *kind)], *count as f64));
        encoder.gauges("bailiwick_facts", "Facts of the organisation, by kind", facts)?;
        let pool = office.store().pool();
        let connections = [("idle", pool.idle), ("used", pool.open - pool.idle)];
        let connections =
            connections.into_iter().map(|(state, count)| ([("state", state)], f64::from(count)));
        encoder.gauges(
            "bailiwick_database_connections",
            "Connections to the database, by state",
            connections,
        )?;
        encoder.gauge("bailiwick_database_connections_max", "The most there may be", pool.most.into())?;
        encoder.counter("bailiwick_changes", "Changes that were made", office.changes.made.get())?;
        let refused = office.changes.refusals();
        encoder.metric(
            "bailiwick_changes_refused",
            "Changes that were refused, by gate or other reason",
            refused,
        )
    }

    fn process(&self, encoder: &mut Encoder<'_>) -> fmt::Result {
        let process = process::measure();
        let begun = self.begun.microseconds() as f64 / 1e6;
        encoder.gauge("process_start_time_seconds", "When the process began", begun)?;
        let gauges = [
            ("process_resident_memory_bytes", "Memory in use", process.resident),
            ("process_open_fds", "Open files and connections", process.files),
            ("process_max_fds", "The most there may be", process.most_files),
        ];
        for (name, help, value) in gauges {
            // What the operating system does not tell is not told.
            value.map_or(Ok(()), |value| encoder.gauge(name, help, value))?;
        }
        let Some(seconds) = process.processor_seconds else { return Ok(()) };
        encoder.metric("process_cpu_seconds", "Time of processors", &ConstCounter::new(seconds))
    }
}

impl Collector for Observed {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut encoder = Encoder(encoder);
        let ready = f64::from(u8::from(self.health.is_ready()));
        encoder.gauge("bailiwick_ready", "Whether /health/ready says so", ready)?;
        let reachable = f64::from(u8::from(self.health.reaches_database()));
        encoder.gauge("bailiwick_database_reachable", "Whether the database answers", reachable)?;
        let open = self.connections.count() as f64;
        encoder.gauge("bailiwick_http_connections", "Open connections of clients", open)?;
        let closed = self.connections.made_room();
        let said = "Idle connections that were closed to make room for others";
        encoder.counter("bailiwick_http_connections_displaced", said, closed)?;
        if let Some(certificate) = &self.certificate {
            let until = certificate.valid_until().microseconds() as f64 / 1e6;
            let name = "bailiwick_tls_certificate_expiry_timestamp_seconds";
            encoder.gauge(name, "Until when the certificate is valid", until)?;
        }
        let version = std::iter::once(([("version", env!("CARGO_PKG_VERSION"))], 1.0));
        encoder.gauges("bailiwick_build_info", "Which release runs", version)?;
        if let Some(office) = self.office.get() {
            self.office(&mut encoder, office)?;
        }
        if let Some(server) = self.followed.get().and_then(Weak::upgrade) {
            followed(&mut encoder, &server.sharing.following.all())?;
        }
        self.process(&mut encoder)
    }
}

/// How processes of other servers are followed.
fn followed(encoder: &mut Encoder<'_>, all: &[ProcessAsked]) -> fmt::Result {
    let names: Vec<_> = all.iter().map(|it| name(&it.of)).collect();
    let mut gauges = |metric: &str, said: &str, value: fn(&ProcessAsked) -> Option<f64>| {
        let each = names.iter().zip(all);
        let each = each.filter_map(|(name, asked)| Some(([("process", name.as_str())], value(asked)?)));
        encoder.gauges(metric, said, each)
    };
    let said = "How long ago the provider of a process that is used here last told of it";
    gauges("bailiwick_process_copy_age_seconds", said, |it| Some(seconds_since(it.told?) as f64))?;
    let said = "How many versions it has told of since then that could not be taken over";
    gauges("bailiwick_process_copy_versions_behind", said, |it| Some(it.missed as f64))?;
    let said = "When something last kept a process from being followed";
    gauges("bailiwick_process_copy_last_failure_timestamp_seconds", said, |it| {
        Some(it.failure.as_ref()?.since.microseconds() as f64 / 1e6)
    })
}

struct Encoder<'e>(DescriptorEncoder<'e>);

impl Encoder<'_> {
    fn metric(&mut self, name: &str, help: &str, metric: &impl EncodeMetric) -> fmt::Result {
        let descriptor = self.0.encode_descriptor(name, help, None, metric.metric_type())?;
        metric.encode(descriptor)
    }
    fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        self.metric(name, help, &ConstGauge::new(value))
    }
    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.metric(name, help, &ConstCounter::new(value))
    }
    fn gauges<'l>(
        &mut self,
        name: &str,
        help: &str,
        each: impl IntoIterator<Item = ([(&'l str, &'l str); 1], f64)>,
    ) -> fmt::Result {
        let metric_type = ConstGauge::new(0.0).metric_type();
        let mut encoder = self.0.encode_descriptor(name, help, None, metric_type)?;
        for (labels, value) in each {
            ConstGauge::new(value).encode(encoder.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
