//! The overview.

use authority::overview::{Attention as Found, CrlTrouble, Overview as Gathered};
use authority::registry::{AuthorityId, Read};

use super::retirement_commands::month_view;
use super::{Surface, audit, authority_view, narrow};
use crate::ApiError;
use crate::request::Nothing;
use crate::text::time_text;
use crate::view::{Attention, Overview};
use crate::words;

/// Audit entries shown.
const LATEST: u32 = 8;

impl Surface {
    /// Is anything wrong, what is next?
    ///
    /// # Errors
    /// When the registry cannot be read.
    pub fn overview(&self, _: Nothing) -> Result<Overview, ApiError> {
        let session = self.session()?;
        let Gathered { at, counts, attention, months, authorities } = session.overview()?;
        let store = session.store_state();
        session.registry().read(|tx| {
            let mut found = attention.into_iter().map(|found| shown(tx, found)).collect::<Result<Vec<_>, ApiError>>()?;
            // Worst first; within one severity the order in which they were found.
            found.sort_by_key(|attention| attention.severity != "bad");
            Ok(Overview {
                at: time_text(at),
                valid: narrow(counts.valid),
                revoked: narrow(counts.revoked + counts.held),
                expired: narrow(counts.expired),
                attention: found,
                months: months.into_iter().map(month_view).collect(),
                authorities: authorities
                    .iter()
                    .filter(|summary| summary.current().is_some())
                    .map(|summary| authority_view::view(tx, summary, &store, at))
                    .collect::<Result<_, ApiError>>()?,
                latest: audit::newest(tx, LATEST)?,
            })
        })
    }
}

fn shown(tx: &Read<'_>, found: Found) -> Result<Attention, ApiError> {
    let attention = |code: &str,
                     severity: &str,
                     action: &str,
                     fields: &[(&str, String)],
                     authority: Option<AuthorityId>,
                     certificate: Option<String>| {
        let said = words::attention(code, fields);
        Attention {
            code: code.to_owned(),
            severity: severity.to_owned(),
            title: said.title,
            detail: said.detail,
            authority: authority.map(|id| id.to_string()),
            certificate,
            source: None,
            action: action.to_owned(),
        }
    };
    let of = |name: String, at: String| [("authority", name), ("at", at)];
    Ok(match found {
        Found::CrlExpired { authority, name, since } => {
            attention("crl-expired", "bad", "crl-build", &of(name, time_text(since)), Some(authority), None)
        }
        Found::CrlStale { authority, name, since } => {
            let count = match tx.current_generation(authority)? {
                Some(generation) => tx.unlisted_crl_entries(generation.generation.id, 1000)?.len(),
                None => 0,
            };
            let fields = [("authority", name), ("at", time_text(since)), ("count", count.to_string())];
            attention("crl-stale", "bad", "crl-build", &fields, Some(authority), None)
        }
        Found::CrlAwaited { authority, name } => {
            attention("crl-awaited", "bad", "crl-install", &of(name, String::new()), Some(authority), None)
        }
        Found::CrlDue { authority, name, ends } => {
            attention("crl-due", "warn", "crl-build", &of(name, time_text(ends)), Some(authority), None)
        }
        Found::EarlierCrl { authority, name, generation, trouble, at } => {
            let (code, severity) = match trouble {
                CrlTrouble::Expired => ("earlier-crl-expired", "bad"),
                CrlTrouble::Stale => ("earlier-crl-stale", "bad"),
                CrlTrouble::Due => ("earlier-crl-due", "warn"),
            };
            let fields = [("authority", name), ("at", time_text(at)), ("generation", generation.to_string())];
            attention(code, severity, "crl-build", &fields, Some(authority), None)
        }
        Found::CrlMissing { authority, name } => {
            attention("crl-missing", "warn", "crl-build", &of(name, String::new()), Some(authority), None)
        }
        Found::CertificateEnds { certificate, name, ends } => attention(
            "certificate-ends",
            "warn",
            "certificate-show",
            &[("certificate", name), ("at", time_text(ends))],
            None,
            Some(certificate),
        ),
        Found::AuthorityEnds { authority, name, ends } => {
            attention("authority-ends", "warn", "authority-show", &of(name, time_text(ends)), Some(authority), None)
        }
        Found::KeyNotReady { authority, name } => {
            attention("key-missing", "bad", "authority-show", &of(name, String::new()), Some(authority), None)
        }
        Found::RecoveryMissing => attention("recovery-missing", "bad", "recovery-file", &[], None, None),
        Found::BackupMissing => attention("backup-none", "warn", "backup", &[], None, None),
        Found::BackupOld { at } => attention("backup-old", "warn", "backup", &[("at", time_text(at))], None, None),
        Found::BackupFailed { at, problem } => {
            attention("backup-failed", "bad", "backup", &[("at", time_text(at)), ("problem", problem)], None, None)
        }
        Found::NeverDrilled => attention("backup-not-drilled", "warn", "backup", &[], None, None),
        Found::ClockBack { seen } => {
            attention("clock-back", "bad", "doctor", &[("at", time_text(seen)), ("seen", time_text(seen))], None, None)
        }
        Found::Damaged { at, findings } => {
            attention("registry-damaged", "bad", "check", &[("at", time_text(at)), ("count", findings.to_string())], None, None)
        }
        Found::SourceCrl { source, name, issuer, expired, ends } => {
            let (code, severity) = if expired { ("source-crl-expired", "bad") } else { ("source-crl-due", "warn") };
            let fields = [("source", name), ("issuer", issuer), ("at", time_text(ends))];
            Attention { source: Some(source.to_string()), ..attention(code, severity, "source-show", &fields, None, None) }
        }
        Found::SourceFailed { source, name, times, failure, refreshed } => {
            let problem = failure.map(|row| super::source_failure::title(&row)).unwrap_or_default();
            let fields = [
                ("source", name),
                ("count", times.to_string()),
                ("problem", problem),
                ("at", refreshed.map_or_else(String::new, time_text)),
            ];
            Attention { source: Some(source.to_string()), ..attention("source-failed", "warn", "source-show", &fields, None, None) }
        }
        Found::ReadOnly => attention("registry-read-only", "warn", "doctor", &[], None, None),
    })
}
