//! Retiring authorities, and what hangs on one.

use authority::impact::{Impact, Working};
use authority::overview::ExpiryMonth as Month;

use super::{Surface, named, narrow};
use crate::request::{AuthorityNamed, AuthorityRetire};
use crate::view::{AuthorityRef, BelowView, ExpiryMonth, ImpactView, WorkingView};
use crate::{ApiError, ErrorCode};

impl Surface {
    /// Counts what hangs on an authority: certificates that still work, by kind and by when they end, and the authorities below it.
    ///
    /// # Errors
    /// When there is no such authority.
    pub fn authority_impact(&self, request: AuthorityNamed) -> Result<ImpactView, ApiError> {
        let session = self.session()?;
        let id = session.registry().read(|tx| named::authority(tx, &request.authority))?.id;
        let Impact { row, working, below, months, last } = session.impact(id)?;
        let months: Vec<_> = months.into_iter().map(month_view).collect();
        Ok(ImpactView {
            authority: AuthorityRef { id: row.id.to_string(), name: row.name },
            working: working_view(working),
            below: below
                .into_iter()
                .map(|one| BelowView {
                    authority: AuthorityRef { id: one.row.id.to_string(), name: one.row.name },
                    depth: narrow(one.depth),
                    working: working_view(one.working),
                })
                .collect(),
            total: months.iter().map(|month| month.servers + month.clients + month.authorities + month.others).sum(),
            months,
            last_ends: last.map(|day| day.to_string()),
        })
    }

    /// One that waits for its certificate can be retired too: so a wish for one from elsewhere is taken back.
    pub(super) fn try_authority_retire(&self, request: AuthorityRetire) -> Result<AuthorityRef, ApiError> {
        let session = self.session()?;
        let row = session.registry().read(|tx| named::authority(tx, &request.authority))?;
        if request.confirmation.trim() != row.name {
            return Err(ApiError::new(ErrorCode::ConfirmationWrong).with("wanted", row.name));
        }
        session.retire(row.id)?;
        Ok(AuthorityRef { id: row.id.to_string(), name: row.name })
    }
}

fn working_view(working: Working) -> WorkingView {
    WorkingView {
        servers: narrow(working.servers),
        clients: narrow(working.clients),
        authorities: narrow(working.authorities),
        others: narrow(working.others),
    }
}

/// A month as it crosses.
pub(super) fn month_view(month: Month) -> ExpiryMonth {
    let [servers, clients, authorities, others] = month.counts;
    ExpiryMonth {
        month: format!("{:04}-{:02}", month.year, u8::from(month.month)),
        servers: narrow(servers),
        clients: narrow(clients),
        authorities: narrow(authorities),
        others: narrow(others),
    }
}
