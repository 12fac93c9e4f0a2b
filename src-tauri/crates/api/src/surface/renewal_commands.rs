//! Renewing authorities.

use authority::issue::KeyWish;
use authority::pki::Lifetime;
use authority::registry::RegistryError;
use authority::renew_authority::{AuthorityRenewal as Wish, AuthorityRenewalPreview, NewKeyWish};
use authority::session::Session;

use super::authority_commands::check_url;
use super::reading::key_spec;
use super::{Surface, certificate_view, compare, issuing_commands, named};
use crate::request::{AuthorityNamed, AuthorityRenew, AuthorityRenewal};
use crate::view::{AuthorityRef, AuthorityRenewalView, AuthorityRenewedView};
use crate::{ApiError, ErrorCode};

impl Surface {
    /// Shows what renewing an authority would sign, and where it differs from the certificate before. Signs nothing.
    ///
    /// # Errors
    /// When there is no such authority, or it cannot be renewed.
    pub fn authority_renewal(&self, request: AuthorityRenewal) -> Result<AuthorityRenewalView, ApiError> {
        let session = self.session()?;
        let wish = wish(&session, &request)?;
        let now = session.now();
        let AuthorityRenewalPreview { authority, before: (row, before), certificate, findings, crl_urls, is_root } =
            session.preview_authority_renewal(&wish)?;
        let key = if request.new_key { KeyWish::Make(None) } else { KeyWish::Same(Box::new(before.public_key().clone())) };
        let label = certificate.public_key().algorithm().kind();
        let differences = compare::differences(&before, &certificate);
        let (_, mut preview) = issuing_commands::previewed(Ok(authority::issue::Preview { certificate, findings }), label)?;
        preview.differences = differences.into_iter().filter(|one| !compare::is_stand_in(one, &key)).collect();
        Ok(AuthorityRenewalView {
            before: session.registry().read(|tx| certificate_view::of_row(tx, &row, now))?,
            preview,
            crl_urls,
            confirmation: is_root.then(|| authority.name.clone()),
            authority: AuthorityRef { id: authority.id.to_string(), name: authority.name },
        })
    }

    pub(super) fn try_authority_renew(&self, request: AuthorityRenew) -> Result<AuthorityRenewedView, ApiError> {
        let session = self.session()?;
        let wish = wish(&session, &request.renewal)?;
        let preview = session.preview_authority_renewal(&wish)?;
        if preview.is_root && request.confirmation.as_deref().map(str::trim) != Some(preview.authority.name.as_str()) {
            return Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", preview.authority.name));
        }
        let renewed = session.renew_authority(&wish)?;
        let now = session.now();
        let certificate = session.registry().read(|tx| {
            let missing = || RegistryError::Missing { table: "certificates", row: renewed.id.to_string() };
            certificate_view::of_row(tx, &tx.certificate(renewed.id)?.ok_or_else(missing)?, now)
        })?;
        Ok(AuthorityRenewedView {
            authority: self.authority_show(AuthorityNamed { authority: wish.authority.to_string() })?,
            certificate,
            findings: certificate_view::findings(&renewed.findings),
        })
    }
}

fn wish(session: &Session, request: &AuthorityRenewal) -> Result<Wish, ApiError> {
    let authority = session.registry().read(|tx| named::authority(tx, &request.authority))?.id;
    if !request.new_key && (request.key.is_some() || request.crl_urls.is_some()) {
        let problem = "the kind of key and the addresses of its CRL are those of a new key";
        return Err(ApiError::new(ErrorCode::BadUsage).with("problem", problem));
    }
    request.crl_urls.iter().flatten().try_for_each(|url| check_url(url))?;
    let new_key = if request.new_key {
        Some(NewKeyWish { spec: request.key.as_deref().map(key_spec).transpose()?, crl_urls: request.crl_urls.clone() })
    } else {
        None
    };
    let lifetime = request.days.map_or(Lifetime::ProfileDefault, Lifetime::Days);
    Ok(Wish { authority, new_key, lifetime, accept: request.accept.clone() })
}
