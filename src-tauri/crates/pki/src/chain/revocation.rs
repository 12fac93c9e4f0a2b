//! Looking revocations up in lists (RFC 5280 6.3.3): complete ones and deltas, for all or for some certificates and reasons, signed by
//! the issuer or by whom the same trusted certificate vouches for.

mod signers;

use time::OffsetDateTime;

use super::{Record, Walk, moment, revocation_scope as scope};
use crate::{
    certificate::Certificate,
    crl::{Crl, CrlEntry, EntryError},
    extension::ReasonFlags,
    key::PublicKey,
    oid,
    revocation::RevocationReason,
};
use signers::{Signer, Signers};

const CLAUSE: &str = "RFC 5280 6.3.3";

/// What a list may say in critical extensions and still be understood.
const UNDERSTOOD: [&str; 5] =
    [oid::ISSUING_DISTRIBUTION_POINT, oid::DELTA_CRL_INDICATOR, oid::AUTHORITY_KEY_IDENTIFIER, oid::CRL_NUMBER, oid::ISSUER_ALT_NAME];

pub(super) fn test(walk: &Walk<'_>, record: &mut Record) {
    test_within(walk, &[], record);
}

/// As [`test`], with lists left out that these keys signed: a list does not vouch for its own signer.
fn test_within(walk: &Walk<'_>, without: &[PublicKey], record: &mut Record) {
    for (index, pair) in walk.path.windows(2).enumerate() {
        if let [certificate, issuer] = pair {
            let mut signers = Signers::new(walk, index, without);
            Lookup { walk, certificate, issuer, index }.run(&mut signers, record);
        }
    }
}

struct Lookup<'a> {
    walk: &'a Walk<'a>,
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    index: usize,
}

/// A complete list that is about the certificate, and whose signer is believed.
struct Usable<'a> {
    crl: &'a Crl,
    reasons: ReasonFlags,
    signer: Signer,
}

impl<'a> Usable<'a> {
    /// Whether a newer one of the two takes the place of the other: same signer, same scope.
    fn succeeds(&self, other: &Self) -> bool {
        self.signer.key == other.signer.key && self.crl.issuer() == other.crl.issuer() && self.crl.idp_der() == other.crl.idp_der()
    }
}

impl Lookup<'_> {
    fn run(&self, signers: &mut Signers<'_>, record: &mut Record) {
        let at = self.walk.input.at;
        let points = scope::points(self.certificate);
        let mut usable = Vec::new();
        for crl in self.walk.input.crls.iter().filter(|crl| !crl.is_delta() && crl.algorithms_agree()) {
            let Some(reasons) = scope::covered(crl, self.certificate, &points) else { continue };
            if let Some(signer) = signers.of(crl) {
                usable.push(Usable { crl, reasons, signer });
            }
        }
        let issuer_name = ("issuer", self.issuer.display_name());
        // A list of the issuer's own key is there: those of its other keys may revoke, but not clear. Authorities that change their key
        // and keep their name go on with a list for each.
        let has_own = usable.iter().any(|list| list.signer.is_issuer);
        let mut covered = ReasonFlags::default();
        let mut newest: Option<&Crl> = None;
        for list in &usable {
            let state = match self.state(list) {
                Ok(state) => state,
                Err(problem) => {
                    let problem = format!("CRL {}: {problem}", number(list.crl));
                    return record.unknown("revocation", CLAUSE, self.index, vec![issuer_name, ("problem", problem)]);
                }
            };
            // Of lists that take each other's place only the newest up to the moment counts; a later one counts where it knows of a
            // revocation before the moment.
            let is_later = list.crl.this_update() > at;
            let succeeded = usable.iter().any(|other| {
                other.succeeds(list) && other.crl.this_update() > list.crl.this_update() && (is_later || other.crl.this_update() <= at)
            });
            match state {
                _ if succeeded => {}
                State::Revoked { at, reason } => {
                    let reason = reason.unwrap_or(RevocationReason::Unspecified).as_str().to_owned();
                    let detail = vec![("at", moment(at)), ("reason", reason), issuer_name, ("number", number(list.crl))];
                    return record.fail("revocation", CLAUSE, self.index, detail);
                }
                State::Good => {
                    let clears = list.signer.is_issuer || !has_own || list.signer.is_named;
                    if clears && is_current(list.crl, at) && is_understood(list.crl) {
                        covered = covered.or(list.reasons);
                        newest = newest.filter(|newest| newest.this_update() >= list.crl.this_update()).or(Some(list.crl));
                    }
                }
            }
        }
        match newest {
            Some(crl) if covered.is_all() => {
                record.pass("revocation", CLAUSE, self.index, vec![("number", number(crl)), issuer_name]);
            }
            _ => record.unknown("revocation", CLAUSE, self.index, vec![issuer_name]),
        }
    }

    /// What a list says, corrected by the newest delta that builds on it (RFC 5280 5.2.4, 6.3.3 (c), (h)).
    fn state(&self, list: &Usable<'_>) -> Result<State, EntryError> {
        let base = list.crl;
        let builds_on_it = |delta: &&Crl| {
            delta.is_delta()
                && delta.algorithms_agree()
                && delta.this_update() <= self.walk.input.at
                && delta.issuer().matches(base.issuer())
                && delta.idp_der() == base.idp_der()
                && delta.authority_key_id() == base.authority_key_id()
                && is_understood(delta)
                && matches!((delta.base_number(), delta.number(), base.number()), (Some(from), Some(to), Some(base)) if from <= base && base <= to)
                && self.walk.proofs.crl(delta, &list.signer.key).is_valid()
        };
        let newest = self.walk.input.crls.iter().filter(builds_on_it).max_by_key(|delta| delta.this_update());
        let corrected = newest.map(|delta| self.entry(delta)).transpose()?.flatten();
        let entry = match corrected {
            Some(entry) => Some(entry),
            None => self.entry(base)?,
        };
        Ok(match entry {
            Some(entry) if entry.reason() == Some(RevocationReason::RemoveFromCrl) => State::Good,
            // A revocation later than the moment judged had not happened yet.
            Some(entry) if entry.revoked_at() <= self.walk.input.at => State::Revoked { at: entry.revoked_at(), reason: entry.reason() },
            _ => State::Good,
        })
    }

    fn entry<'c>(&self, crl: &'c Crl) -> Result<Option<CrlEntry<'c>>, EntryError> {
        let is_indirect = crl.issuing_distribution_point().is_ok_and(|scope| scope.is_some_and(|scope| scope.indirect));
        if is_indirect {
            crl.find_of_issuer(|issuer| issuer.matches(self.certificate.issuer()), self.certificate.serial())
        } else {
            crl.find(self.certificate.serial())
        }
    }
}

enum State {
    Good,
    Revoked { at: OffsetDateTime, reason: Option<RevocationReason> },
}

fn number(crl: &Crl) -> String {
    crl.number().map_or_else(|| "without number".to_owned(), ToString::to_string)
}

fn is_current(crl: &Crl, at: OffsetDateTime) -> bool {
    crl.this_update() <= at && crl.next_update().is_some_and(|next| at <= next)
}

/// A list with something critical that is not understood clears nobody (RFC 5280 5.2, 5.3). That it names a certificate is believed
/// all the same: to pass that over would be the greater mistake.
fn is_understood(crl: &Crl) -> bool {
    crl.extensions().iter().all(|extension| !extension.critical || UNDERSTOOD.contains(&extension.oid.as_str()))
        && crl.entries_are_understood()
}
