//! Authorities as views.

use authority::keystore::StoreState;
use authority::overview::{AuthoritySummary, GenerationSummary};
use authority::pki::Certificate;
use authority::registry::{CertificateRow, KeyLocation, KeyRow, KeyState, Read};
use time::OffsetDateTime;

use super::{certificate_view, crl_commands, narrow};
use crate::text::time_text;
use crate::view::{AuthorityView, CrlState, GenerationView};
use crate::{ApiError, ErrorCode};

/// One authority. `store` is the state of the keystore.
pub(super) fn view(tx: &Read<'_>, summary: &AuthoritySummary, store: &StoreState, now: OffsetDateTime) -> Result<AuthorityView, ApiError> {
    let broken =
        || ApiError::new(ErrorCode::RegistryDamaged).with("problem", format!("the authority {} has no certificate", summary.row.name));
    let row: &CertificateRow = summary.certificate.as_ref().ok_or_else(broken)?;
    let current = summary.current().ok_or_else(broken)?;
    let certificate: Certificate = tx.certificate_of(row)?;
    let shown = certificate_view::of_row(tx, row, now)?;
    let (location, key_state) = key_view(&current.key, store);
    Ok(AuthorityView {
        id: summary.row.id.to_string(),
        name: summary.row.name.clone(),
        parent: summary.row.parent.map(|parent| parent.to_string()),
        status: if summary.row.retired { "retired".to_owned() } else { shown.status.clone() },
        key_location: location.to_owned(),
        key_state: key_state.to_owned(),
        key_proven_at: current.key.proven_at.map(time_text),
        certificate: shown,
        generations: summary
            .generations
            .iter()
            .map(|generation| GenerationView {
                id: generation.row.generation.id.to_string(),
                number: generation.row.generation.number,
                current: generation.row.generation.current,
                answers: generation.answers(now),
                ends_at: generation.ends.map(time_text),
                key: generation.key.key.key_kind.clone(),
                crl_urls: generation.crl_urls.clone(),
                certificates: generation.certificates.iter().map(|row| row.id.to_string()).collect(),
                crl: crl_state(generation),
            })
            .collect(),
        crl: crl_state(current),
        issued: narrow(summary.issued),
        path: summary.path.clone(),
        crl_urls: summary.row.crl_urls.clone(),
        issuer_urls: summary.row.issuer_urls.clone(),
        ocsp_urls: summary.row.ocsp_urls.clone(),
        crl_days: summary.row.crl_days,
        delta: summary.row.delta,
        partitions: summary.row.partitions,
        split: summary.row.split,
        path_length: certificate.path_length(),
    })
}

/// Where a key is, and how it stands.
pub(super) fn key_view(key: &KeyRow, store: &StoreState) -> (&'static str, &'static str) {
    let location = match key.key.location {
        KeyLocation::Os => "os",
        KeyLocation::Vault | KeyLocation::Registry => "vault",
        KeyLocation::Memory => "memory",
        KeyLocation::Elsewhere => "elsewhere",
    };
    let state = match (key.key.location, key.key.state, store) {
        (KeyLocation::Elsewhere, ..) => "elsewhere",
        (_, KeyState::Staging, _) => "staging",
        (_, KeyState::Deleting | KeyState::Deleted, _) => "missing",
        (_, KeyState::Ready, state) => state.as_str(),
    };
    (location, state)
}

fn crl_state(generation: &GenerationSummary) -> CrlState {
    let newest = generation.crl.newest.as_ref();
    CrlState {
        number: newest.map(|row| crl_commands::number_text(&row.crl.number)),
        this_update: newest.map(|row| time_text(row.crl.this_update)),
        next_update: newest.and_then(|row| row.crl.next_update).map(time_text),
        entries: newest.map_or(0, |row| narrow(row.crl.entry_count)),
        stale: generation.crl.stale_since.is_some(),
        due_at: generation.crl_due_at().map(time_text),
    }
}
