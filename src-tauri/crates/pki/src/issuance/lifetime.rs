//! The period of a certificate that is wished for: never beyond the issuer's.

use super::{IssuanceRequest, PrepareError};
use crate::policy::Policy;
use crate::preflight::Finding;
use crate::validity::{Lifetime, Validity, ValidityError, whole_seconds};
use time::{Duration, OffsetDateTime};

const SECONDS_OF_DAY: i64 = 86_400;

/// The period, and what the user should know about it.
pub(super) fn period(request: &IssuanceRequest<'_>, issuer: Option<Validity>) -> Result<(Validity, Option<Finding>), PrepareError> {
    let now = whole_seconds(request.now);
    if let Some(issuer) = issuer {
        if now < issuer.not_before() {
            return Err(PrepareError::IssuerNotYetValid { not_before: issuer.not_before() });
        }
        if now > issuer.not_after() {
            return Err(PrepareError::IssuerExpired { not_after: issuer.not_after() });
        }
    }
    // Back-dating does not reach before the issuer's own start.
    let start = now - request.profile.lifetime().back_dating();
    let start = issuer.map_or(start, |issuer| start.max(issuer.not_before()));
    let wished = match request.lifetime {
        // What nobody wished for is as long as the policy allows.
        Lifetime::ProfileDefault => {
            let longest = request.policy.and_then(Policy::longest_days).unwrap_or(u32::MAX);
            end_after(start, request.profile.lifetime().default_days().min(longest))?
        }
        Lifetime::Days(days) => end_after(start, days)?,
        Lifetime::Until(end) => whole_seconds(end),
    };
    let validity = Validity::new(start, wished)?;
    let Some(issuer) = issuer.filter(|issuer| wished > issuer.not_after()) else {
        within_profile(request, validity)?;
        return Ok((validity, None));
    };
    if request.lifetime != Lifetime::ProfileDefault {
        return Err(PrepareError::OutlivesIssuer { wished, issuer_ends: issuer.not_after() });
    }
    let cut = Validity::new(start, issuer.not_after())?;
    Ok((cut, Some(Finding::validity_cut_to_issuer(wished, issuer.not_after()))))
}

/// The last second of so many days: notAfter is inclusive (RFC 5280 4.1.2.5).
fn end_after(start: OffsetDateTime, days: u32) -> Result<OffsetDateTime, PrepareError> {
    let length = Duration::seconds(i64::from(days) * SECONDS_OF_DAY - 1);
    start.checked_add(length).ok_or(PrepareError::Validity(ValidityError::YearOutOfRange { year: 10_000 }))
}

fn within_profile(request: &IssuanceRequest<'_>, validity: Validity) -> Result<(), PrepareError> {
    if let Some(policy) = request.policy {
        policy.permits_length(Duration::seconds(validity.seconds()))?;
    }
    let Some(longest) = request.profile.lifetime().longest_days() else { return Ok(()) };
    if validity.seconds() <= i64::from(longest) * SECONDS_OF_DAY {
        return Ok(());
    }
    let days = validity.seconds() / SECONDS_OF_DAY + i64::from(validity.seconds() % SECONDS_OF_DAY != 0);
    Err(PrepareError::LongerThanProfile {
        profile: request.profile.name().to_owned(),
        days: u32::try_from(days).unwrap_or(u32::MAX),
        longest,
    })
}
