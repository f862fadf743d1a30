//! The authorities that are believed when a server elsewhere shows its certificate.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

/// The authorities of a file of PEM.
pub(crate) fn authorities(path: &Path) -> Result<RootCertStore, String> {
    let text = std::fs::read(path).map_err(|cause| format!("cannot read `{}`: {cause}", path.display()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let added = certificate.ok().and_then(|certificate| roots.add(certificate).ok());
        added.ok_or_else(|| format!("`{}` holds something that is no certificate", path.display()))?;
    }
    if roots.is_empty() {
        return Err(format!("`{}` holds no certificate; expected one or more blocks of PEM", path.display()));
    }
    Ok(roots)
}

/// Believes the authorities of a file, or else those of this machine.
pub(crate) fn client(authority: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let roots = match authority {
        Some(path) => authorities(path)?,
        None => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots
        }
    };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config =
        config.with_safe_default_protocol_versions().map_err(|error: rustls::Error| error.to_string())?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}
