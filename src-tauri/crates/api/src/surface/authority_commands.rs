//! Authorities: create, list, show.

use authority::create_authority::NewAuthority;
use authority::pki::Lifetime;
use authority::pki::issuance::Addresses;

use super::outside_commands::{constraints, waiting_view};
use super::reading::{key_spec, subject};
use super::{Surface, authority_view, named, narrow};
use crate::request::{AuthorityCreate, AuthorityNamed, Nothing};
use crate::view::{AuthorityList, AuthorityView, Total};
use crate::{ApiError, ErrorCode};

impl Surface {
    pub(super) fn try_authority_create(&self, request: AuthorityCreate) -> Result<AuthorityView, ApiError> {
        let session = self.session()?;
        if request.name.trim().is_empty() {
            return Err(ApiError::new(ErrorCode::BadUsage).with("problem", "an authority needs a name"));
        }
        let parent = match &request.parent {
            Some(text) => Some(session.registry().read(|tx| named::authority(tx, text))?.id),
            None => None,
        };
        for url in request.crl_urls.iter().chain(&request.issuer_urls).chain(&request.ocsp_urls) {
            check_url(url)?;
        }
        let constraints = constraints(&request.permit, &request.exclude)?;
        let id = session.create_authority(&NewAuthority {
            name: request.name.trim().to_owned(),
            subject: subject(&request.subject)?,
            parent,
            key: request.key.as_deref().map(key_spec).transpose()?,
            lifetime: request.days.map_or(Lifetime::ProfileDefault, Lifetime::Days),
            path_length: request.path_length,
            constraints,
            addresses: Addresses {
                crl_urls: request.crl_urls,
                issuer_urls: request.issuer_urls,
                ocsp_urls: request.ocsp_urls,
                ..Addresses::default()
            },
        })?;
        self.authority_show(AuthorityNamed { authority: id.to_string() })
    }

    /// Lists all authorities, parents before children.
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn authority_list(&self, _: Nothing) -> Result<AuthorityList, ApiError> {
        let session = self.session()?;
        let (summaries, store, now) = (session.authorities()?, session.store_state(), session.now());
        let (certified, without): (Vec<_>, Vec<_>) = summaries.iter().partition(|summary| summary.current().is_some());
        let items = session.registry().read(|tx| {
            certified.iter().map(|summary| authority_view::view(tx, summary, &store, now)).collect::<Result<Vec<_>, ApiError>>()
        })?;
        let waiting = without.iter().map(|summary| waiting_view(&session, summary, &store)).collect::<Result<Vec<_>, ApiError>>()?;
        let waiting = waiting.into_iter().flatten().collect();
        let count = narrow(items.len());
        Ok(AuthorityList { items, waiting, next: None, total: Total { count, at_least: false } })
    }

    /// Shows one authority.
    ///
    /// # Errors
    /// When there is no such authority, or it waits for its certificate.
    pub fn authority_show(&self, request: AuthorityNamed) -> Result<AuthorityView, ApiError> {
        let session = self.session()?;
        let id = session.registry().read(|tx| named::authority(tx, &request.authority))?.id;
        let (summaries, store, now) = (session.authorities()?, session.store_state(), session.now());
        let summary = summaries.iter().find(|summary| summary.row.id == id);
        let summary = summary.ok_or_else(|| ApiError::new(ErrorCode::AuthorityNotFound).with("authority", &request.authority))?;
        if summary.current().is_none() {
            return Err(ApiError::new(ErrorCode::AwaitsCertificate).with("authority", &summary.row.name));
        }
        session.registry().read(|tx| authority_view::view(tx, summary, &store, now))
    }
}

/// An address that clients can fetch (RFC 5280 4.2.1.13: a URI, LDAP or HTTP).
pub(super) fn check_url(text: &str) -> Result<(), ApiError> {
    let known = ["http://", "https://", "ldap://", "ldaps://"].iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    if known && text.is_ascii() && !text.contains(char::is_whitespace) {
        return Ok(());
    }
    Err(ApiError::new(ErrorCode::BadUrl).with("text", text))
}
