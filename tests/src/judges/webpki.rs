//! The verifier of rustls: what Rust's TLS clients and servers accept.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};
use webpki::{EndEntityCert, ExpirationPolicy, KeyUsage, OwnedCertRevocationList, RevocationOptionsBuilder, anchor_from_trusted_cert};

use crate::NOW;

/// Verifies a TLS certificate at [`NOW`] with its whole chain against CRLs; `host` is asked of a server's certificate, `None` makes it a client's.
///
/// # Errors
/// What the verifier says.
pub fn verify(
    root: &[u8],
    intermediates: &[Vec<u8>],
    crls: &[Vec<u8>],
    certificate: &[u8],
    host: Option<&str>,
) -> Result<(), webpki::Error> {
    let root = CertificateDer::from(root);
    let anchors = [anchor_from_trusted_cert(&root)?];
    let intermediates: Vec<_> = intermediates.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
    let lists = crls
        .iter()
        .map(|der| {
            let der = CertificateRevocationListDer::from(der.as_slice());
            Ok(OwnedCertRevocationList::from_der(&der)?.into())
        })
        .collect::<Result<Vec<webpki::CertRevocationList<'_>>, webpki::Error>>()?;
    let references: Vec<_> = lists.iter().collect();
    let revocation = (!references.is_empty()).then(|| {
        let builder = RevocationOptionsBuilder::new(&references).expect("there are CRLs");
        builder.with_expiration_policy(ExpirationPolicy::Enforce).build()
    });
    let der = CertificateDer::from(certificate);
    let leaf = EndEntityCert::try_from(&der)?;
    let at = UnixTime::since_unix_epoch(Duration::from_secs(NOW.unix_timestamp().unsigned_abs()));
    let usage = if host.is_some() { KeyUsage::server_auth() } else { KeyUsage::client_auth() };
    leaf.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &anchors, &intermediates, at, usage, revocation, None)?;
    match host {
        Some(host) => leaf.verify_is_valid_for_subject_name(&ServerName::try_from(host).expect("a host name")),
        None => Ok(()),
    }
}
