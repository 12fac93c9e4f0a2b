//! An entry of a CRL with what the registry knows about its certificate.

use authority::pki::crl::RevokedEntry;
use authority::pki::{DistinguishedName, RevocationReason};
use authority::registry::Read;
use time::OffsetDateTime;

use super::Surface;
use crate::ApiError;
use crate::text::time_text;
use crate::view::CrlEntryView;

impl Surface {
    /// An entry of a list of this issuer and time, with what the registry knows about its certificate.
    pub(super) fn entry_view(
        &self,
        issuer: &DistinguishedName,
        this_update: OffsetDateTime,
        entry: &RevokedEntry,
    ) -> Result<CrlEntryView, ApiError> {
        match self.current() {
            Some(session) => {
                let times = (this_update, session.now());
                session.registry().read(|tx| entry_text(tx, Some(issuer), Some(times), entry))
            }
            None => Ok(bare_entry(entry)),
        }
    }
}

fn bare_entry(entry: &RevokedEntry) -> CrlEntryView {
    CrlEntryView {
        serial: entry.serial.to_string(),
        revoked_at: time_text(entry.revoked_at),
        reason: entry.reason.unwrap_or(RevocationReason::Unspecified).as_str().to_owned(),
        invalidity_date: entry.invalidity_date.map(time_text),
        name: None,
        certificate: None,
        kept: None,
    }
}

/// An entry with the name of its certificate. `times`: thisUpdate of the list that it stands on, and now.
pub(super) fn entry_text(
    tx: &Read<'_>,
    issuer: Option<&DistinguishedName>,
    times: Option<(OffsetDateTime, OffsetDateTime)>,
    entry: &RevokedEntry,
) -> Result<CrlEntryView, ApiError> {
    let mut view = bare_entry(entry);
    let row = match issuer {
        Some(issuer) => tx.certificates_by_issuer_and_serial(issuer, &entry.serial)?.into_iter().next(),
        None => None,
    };
    if let Some(row) = row {
        view.name = Some(row.facts.display_name.clone());
        view.certificate = Some(row.id.to_string());
        let kept = times.and_then(|(this_update, now)| kept(row.facts.not_after, this_update, now));
        view.kept = kept.map(str::to_owned);
    } else if let Some(issuer) = issuer.filter(|_| times.is_some()) {
        // One of ours that nobody has the certificate of.
        view.kept = tx.revocation(issuer, &entry.serial)?.map(|_| "for-ever".to_owned());
    }
    Ok(view)
}

/// Why an entry is listed though its certificate has ended (RFC 5280 3.3): seen from a list of this time, at this time.
fn kept(not_after: OffsetDateTime, this_update: OffsetDateTime, now: OffsetDateTime) -> Option<&'static str> {
    if not_after < this_update {
        Some("last-time")
    } else if not_after < now {
        Some("once-more")
    } else {
        None
    }
}
