//! Cross-signing: another authority's key under one of ours.

use authority::cross_sign::{CrossSigned, CrossSigning as Wish};
use authority::export::CertificateForm;
use authority::pki::Lifetime;
use authority::registry::RegistryError;
use authority::session::Session;

use super::certificate_commands::first_certificate;
use super::outside_commands::{check_out, constraints};
use super::{Surface, certificate_view, compare, issuing_commands, named};
use crate::request::{AuthorityCrossSign, CrossSigning};
use crate::view::{AuthorityRef, CrossSignedView, CrossSigningView, FileWritten};
use crate::{ApiError, ErrorCode};

impl Surface {
    /// Shows what signing another authority's key would give, and where it differs from that authority's own certificate. Signs nothing.
    ///
    /// # Errors
    /// When authority or certificate are not found, or the wish is refused.
    pub fn authority_cross_signing(&self, request: CrossSigning) -> Result<CrossSigningView, ApiError> {
        let session = self.session()?;
        let wish = wish(&session, &request)?;
        let row = session.registry().read(|tx| named::authority(tx, &request.authority))?;
        let (certificate, findings) = session.preview_cross_signing(&wish)?;
        let differences = compare::differences(&wish.certificate, &certificate);
        let label = certificate.public_key().algorithm().kind();
        let (_, mut preview) = issuing_commands::previewed(Ok(authority::issue::Preview { certificate, findings }), label)?;
        preview.differences = differences.into_iter().filter(|one| one.field != "serial").collect();
        Ok(CrossSigningView {
            authority: AuthorityRef { id: row.id.to_string(), name: row.name.clone() },
            of: certificate_view::of_certificate(&wish.certificate, session.now()),
            preview,
            confirmation: wish.certificate.display_name(),
        })
    }

    pub(super) fn try_authority_cross_sign(&self, request: AuthorityCrossSign) -> Result<CrossSignedView, ApiError> {
        let session = self.session()?;
        let wish = wish(&session, &request.signing)?;
        let wanted = wish.certificate.display_name();
        if request.confirmation.trim() != wanted {
            return Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", wanted));
        }
        let out = request.out.as_path();
        // What is signed is on record whatever comes of the file: whether that can be written is found out first.
        check_out(out, request.overwrite)?;
        let CrossSigned { id, findings, .. } = session.cross_sign(&wish)?;
        session.export_certificate(id, CertificateForm::Pem, out, request.overwrite)?;
        let now = session.now();
        let certificate = session.registry().read(|tx| {
            let missing = || RegistryError::Missing { table: "certificates", row: id.to_string() };
            certificate_view::of_row(tx, &tx.certificate(id)?.ok_or_else(missing)?, now)
        })?;
        Ok(CrossSignedView {
            certificate,
            files: vec![FileWritten { path: request.out.0, holds: "certificate".to_owned() }],
            findings: certificate_view::findings(&findings),
        })
    }
}

fn wish(session: &Session, request: &CrossSigning) -> Result<Wish, ApiError> {
    let certificate = match (&request.certificate, &request.path) {
        (Some(text), None) => session.registry().read(|tx| Ok::<_, ApiError>(tx.certificate_of(&named::certificate(tx, text)?)?))?,
        (None, Some(path)) => first_certificate(path)?,
        _ => return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "a certificate is named or given as a file")),
    };
    Ok(Wish {
        authority: session.registry().read(|tx| named::authority(tx, &request.authority))?.id,
        certificate,
        lifetime: request.days.map_or(Lifetime::ProfileDefault, Lifetime::Days),
        path_length: request.path_length,
        constraints: constraints(&request.permit, &request.exclude)?,
    })
}
