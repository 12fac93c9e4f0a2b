//! Two certificates beside each other: where a successor differs from the one before, or any two.

use authority::issue::KeyWish;
use authority::pki::Certificate;

use super::certificate_commands::first_certificate;
use super::{Surface, certificate_view, named};
use crate::request::CertificateCompare;
use crate::text::{FilePath, time_text};
use crate::view::{CertificateView, ComparisonView, DifferenceView, ExtensionText};
use crate::{ApiError, ErrorCode};

impl Surface {
    /// Compares two certificates, field by field and extension by extension.
    ///
    /// # Errors
    /// When one of them is not found or its file holds none.
    pub fn certificate_compare(&self, request: CertificateCompare) -> Result<ComparisonView, ApiError> {
        let (one, one_view) = self.either(request.one.as_deref(), request.one_path.as_ref())?;
        let (other, other_view) = self.either(request.other.as_deref(), request.other_path.as_ref())?;
        Ok(ComparisonView { differences: differences(&one, &other), one: one_view, other: other_view })
    }

    fn either(&self, named: Option<&str>, path: Option<&FilePath>) -> Result<(Certificate, CertificateView), ApiError> {
        match (named, path) {
            (Some(text), None) => {
                let session = self.session()?;
                let now = session.now();
                session.registry().read(|tx| {
                    let row = named::certificate(tx, text)?;
                    Ok((tx.certificate_of(&row)?, certificate_view::of_row(tx, &row, now)?))
                })
            }
            (None, Some(path)) => {
                let certificate = first_certificate(path)?;
                let view = certificate_view::of_certificate(&certificate, self.host.forces.clock.now());
                Ok((certificate, view))
            }
            _ => Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a certificate is named or given as a file")),
        }
    }
}

/// Where two certificates differ, in the order of the fields (RFC 5280 4.1), extensions last.
pub(super) fn differences(one: &Certificate, other: &Certificate) -> Vec<DifferenceView> {
    let field = |name: &str, read: &dyn Fn(&Certificate) -> Vec<String>| {
        let (before, after) = (read(one), read(other));
        (before != after).then(|| DifferenceView { field: name.to_owned(), oid: None, name: None, before, after })
    };
    let names = |certificate: &Certificate| certificate.names().iter().map(ToString::to_string).collect();
    let key =
        |certificate: &Certificate| vec![certificate.public_key().algorithm().label(), certificate.public_key().fingerprint().to_string()];
    let mut found: Vec<DifferenceView> = [
        field("version", &|certificate| vec![certificate.version().to_string()]),
        field("serial", &|certificate| vec![certificate.serial().to_string()]),
        field("signatureAlgorithm", &|certificate| vec![certificate.signature_algorithm().to_string()]),
        field("issuer", &|certificate| vec![certificate.issuer().rfc4514()]),
        field("notBefore", &|certificate| vec![time_text(certificate.validity().not_before())]),
        field("notAfter", &|certificate| vec![time_text(certificate.validity().not_after())]),
        field("subject", &|certificate| vec![certificate.subject().rfc4514()]),
        field("names", &names),
        field("key", &key),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (before, after) = (certificate_view::extensions(one.extensions()), certificate_view::extensions(other.extensions()));
    let of = |all: &[ExtensionText], oid: &str| all.iter().find(|extension| extension.oid == oid).cloned();
    let mut oids: Vec<&str> = Vec::new();
    for extension in before.iter().chain(&after) {
        // The names are told above, by what they are.
        if extension.oid != SUBJECT_ALTERNATIVE_NAME && !oids.contains(&extension.oid.as_str()) {
            oids.push(&extension.oid);
        }
    }
    for oid in oids {
        let (left, right) = (of(&before, oid), of(&after, oid));
        let same = |left: &ExtensionText, right: &ExtensionText| left.der == right.der && left.critical == right.critical;
        if !matches!((&left, &right), (Some(left), Some(right)) if same(left, right)) {
            let name = left.as_ref().or(right.as_ref()).map(|extension| extension.name.clone());
            let (before, after) = (left.as_ref().map(said).unwrap_or_default(), right.as_ref().map(said).unwrap_or_default());
            found.push(DifferenceView { field: "extension".to_owned(), oid: Some(oid.to_owned()), name, before, after });
        }
    }
    found
}

const SUBJECT_ALTERNATIVE_NAME: &str = "2.5.29.17";
const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";

/// What an extension says; that it is critical is one of the things it says.
fn said(extension: &ExtensionText) -> Vec<String> {
    let critical = extension.critical.then(|| "critical".to_owned());
    let lines = if extension.lines.is_empty() { vec![extension.der.clone()] } else { extension.lines.clone() };
    critical.into_iter().chain(lines).collect()
}

/// Whether a difference shows only what stands in until the certificate is signed: the serial, and a key that is to be made.
pub(super) fn is_stand_in(difference: &DifferenceView, key: &KeyWish) -> bool {
    let of_key = difference.field == "key" || difference.oid.as_deref() == Some(SUBJECT_KEY_IDENTIFIER);
    difference.field == "serial" || (of_key && matches!(key, KeyWish::Make(_)))
}
