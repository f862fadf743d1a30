//! TLS: the certificate, read again when its files change.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use store::Moment;
use thiserror::Error;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ServerConfig, version};

use crate::certificate::valid_until;
use crate::chance::now;
use crate::config::Https;

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {cause}; check the path and who may read it")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        cause: io::Error,
    },
    /// It holds no certificate that can be read.
    #[error(
        "`{0}` holds no certificate that can be read; expected one or more blocks of PEM, the server's own first"
    )]
    NoCertificate(PathBuf),
    /// It holds no private key that can be read.
    #[error("`{0}` holds no private key that can be read; expected a block of PEM, without a password")]
    NoKey(PathBuf),
    /// The two do not belong together.
    #[error("`{key}` is not the key of the certificate in `{certificate}`; {cause}")]
    NoPair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What the library says.
        cause: rustls::Error,
    },
}

/// A certificate with its key.
#[derive(Debug)]
pub(crate) struct Pair {
    certified: Arc<CertifiedKey>,
    valid_until: Moment,
}

impl Pair {
    /// Reads the files, and sees whether they belong together.
    pub(crate) fn read(https: &Https) -> Result<Self, TlsError> {
        Self::of(https, &Texts::read(https)?)
    }

    fn of(https: &Https, texts: &Texts) -> Result<Self, TlsError> {
        let no_certificate = || TlsError::NoCertificate(https.certificate.clone());
        let chain = CertificateDer::pem_slice_iter(&texts.certificate).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|_| no_certificate())?;
        let valid_until = chain.first().and_then(|first| valid_until(first)).ok_or_else(no_certificate)?;
        let key =
            PrivateKeyDer::from_pem_slice(&texts.key).map_err(|_| TlsError::NoKey(https.key.clone()))?;
        let certified = CertifiedKey::from_der(chain, key, &ring::default_provider());
        let certified = Arc::new(certified.map_err(|cause| TlsError::NoPair {
            certificate: https.certificate.clone(),
            key: https.key.clone(),
            cause,
        })?);
        Ok(Self { certified, valid_until })
    }

    pub(crate) const fn valid_until(&self) -> Moment {
        self.valid_until
    }

    /// What an administrator should know of its end, if it is near.
    pub(crate) fn warning(&self) -> Option<String> {
        let days = (self.valid_until.microseconds() - now().microseconds()).div_euclid(DAY);
        let end = jiff::Timestamp::from_microsecond(self.valid_until.microseconds()).ok()?;
        match days {
            ..0 => Some(format!("the certificate has expired, at {end}; clients will refuse it")),
            0..WARN_BEFORE => {
                Some(format!("the certificate expires in {days} days, at {end}; replace its files"))
            }
            _ => None,
        }
    }
}

/// In microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;
const WARN_BEFORE: i64 = 14;

/// What the files hold.
#[derive(PartialEq, Eq)]
struct Texts {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Texts {
    fn read(https: &Https) -> Result<Self, TlsError> {
        Ok(Self { certificate: read(&https.certificate)?, key: read(&https.key)? })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|cause| TlsError::File { path: path.to_owned(), cause })
}

/// The certificate in use.
pub(crate) struct Certificate {
    https: Https,
    pair: ArcSwap<Pair>,
    /// What was last tried, whether it could be used or not.
    tried: Mutex<Option<Texts>>,
    again: Notify,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("https", &self.https).finish_non_exhaustive()
    }
}

const LOOKED_AT_EVERY: Duration = Duration::from_secs(3);
const WARNED_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

impl Certificate {
    pub(crate) fn open(https: &Https) -> Result<Arc<Self>, TlsError> {
        let texts = Texts::read(https)?;
        let pair = ArcSwap::from_pointee(Pair::of(https, &texts)?);
        let tried = Mutex::new(Some(texts));
        Ok(Arc::new(Self { https: https.clone(), pair, tried, again: Notify::new() }))
    }

    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, rustls::Error> {
        let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider);
        let config = config.with_protocol_versions(&[&version::TLS13, &version::TLS12])?;
        let mut config = config.with_no_client_auth().with_cert_resolver(Arc::clone(self) as _);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    pub(crate) fn valid_until(&self) -> Moment {
        self.pair.load().valid_until()
    }

    /// Looks at the files at once, whether they have changed or not.
    pub(crate) fn read_again(&self) {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.again.notify_one();
    }

    /// Watches the files, for ever.
    pub(crate) async fn watch(self: Arc<Self>) {
        let mut look = interval(LOOKED_AT_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut warn = interval(WARNED_EVERY);
        loop {
            tokio::select! {
                _ = look.tick() => self.look(),
                () = self.again.notified() => self.look(),
                _ = warn.tick() => self.warn(),
            }
        }
    }

    /// Two small files are read in less time than it would take to hand the work to another thread.
    fn look(&self) {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let texts = match Texts::read(&self.https) {
            Ok(texts) if tried.as_ref() == Some(&texts) => return,
            Ok(texts) => texts,
            // They may be about to be replaced: it is told once.
            Err(error) => {
                if tried.take().is_some() {
                    tracing::error!(%error, "the certificate cannot be read again; the one before stays in use");
                }
                return;
            }
        };
        match Pair::of(&self.https, &texts) {
            Ok(pair) => {
                self.pair.store(Arc::new(pair));
                tracing::info!(certificate = %self.https.certificate.display(), "the certificate was read again");
                self.warn();
            }
            Err(error) => {
                tracing::error!(%error, "the new certificate cannot be used; the one before stays in use");
            }
        }
        *tried = Some(texts);
    }

    fn warn(&self) {
        if let Some(warning) = self.pair.load().warning() {
            tracing::warn!("{warning}");
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.pair.load().certified))
    }
}
