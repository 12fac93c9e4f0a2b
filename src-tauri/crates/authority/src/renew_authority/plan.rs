//! Who signs the new certificate, with what, and what stands in it.

use pki::issuance::{IssuanceRequest, IssuerSide, Prepared, prepare};
use pki::key::KeyError;
use pki::{KeySpec, Profile, PublicKey, SerialNumber, SignatureAlgorithm};
use time::OffsetDateTime;

use super::{AuthorityRenewal, NewKeyWish, RenewAuthorityError};
use crate::issue::stand_in_key;
use crate::issuer::{Duty, IssuingAuthority, Unusable};
use crate::registry::{AuthorityId, AuthorityRow, CertificateKind, Read, RegistryError};
use crate::session::{Session, random};
use crate::{carried, generation_url};

/// What a renewal starts from.
pub(super) struct Plan {
    /// The authority as it issues now.
    pub(super) present: IssuingAuthority,
    /// The authority above it; `None` for one that signs its own certificate.
    pub(super) above: Option<IssuingAuthority>,
    pub(super) profile: Profile,
    /// The kind of a key to be made.
    pub(super) spec: KeySpec,
    /// Where the CRL of the generation is found that will issue.
    pub(super) crl_urls: Vec<String>,
    /// Whether a key is made.
    new_key: bool,
}

impl Plan {
    /// The key for a preview.
    pub(super) fn stand_in(&self) -> Result<&PublicKey, KeyError> {
        if self.new_key { stand_in_key(self.spec) } else { Ok(self.present.certificate.public_key()) }
    }
}

impl Session {
    pub(super) fn plan_renewal(&self, wish: &AuthorityRenewal, now: OffsetDateTime) -> Result<Plan, RenewAuthorityError> {
        if wish.new_key.is_some() && !self.recovery_decided()? {
            return Err(RenewAuthorityError::RecoveryUndecided);
        }
        self.registry().read(|tx| {
            if let Err(seen) = self.check_clock(tx)? {
                return Err(RenewAuthorityError::ClockWentBack { seen });
            }
            let present = renewable(tx, wish.authority, now)?;
            let certificate = &present.certificate;
            let above = match (certificate.is_self_signed(), present.row.parent) {
                (true, _) => None,
                (false, None) => return Err(RenewAuthorityError::IssuedOutside { authority: present.row.name }),
                (false, Some(parent)) => match IssuingAuthority::load(tx, parent, Duty::Certificates, now)? {
                    // The key above is not here: its owner issues the next certificate too.
                    Err(Unusable::KeyElsewhere { .. }) => {
                        return Err(RenewAuthorityError::IssuedOutside { authority: present.row.name });
                    }
                    loaded => Some(loaded?),
                },
            };
            if wish.new_key.is_none()
                && let Some(row) = tx.compromised_certificate_of_key(&present.key.key.fingerprint)?
            {
                return Err(RenewAuthorityError::KeyCompromised { name: row.facts.display_name });
            }
            let profile = if above.is_some() { Profile::intermediate() } else { Profile::root() };
            let wished = wish.new_key.as_ref().and_then(|wish| wish.spec);
            let spec = wished.or_else(|| present.key.key.key_kind.parse().ok()).unwrap_or_else(|| profile.keys().default());
            let crl_urls = match &wish.new_key {
                Some(wish) => addresses(tx, &present.row, wish)?,
                None => present.row.crl_urls.clone(),
            };
            Ok(Plan { present, above, profile, spec, crl_urls, new_key: wish.new_key.is_some() })
        })
    }

    pub(super) fn prepare_renewal(
        &self,
        wish: &AuthorityRenewal,
        plan: &Plan,
        public_key: &PublicKey,
        now: OffsetDateTime,
    ) -> Result<Prepared, RenewAuthorityError> {
        let before = &plan.present.certificate;
        let request = IssuanceRequest {
            profile: &plan.profile,
            subject: Some(before.subject().clone()),
            names: before.names().to_vec(),
            public_key,
            // What the key has signed names the identifier that it had: the same key keeps it, however it was made (RFC 5280 4.2.1.1).
            subject_key_id: wish.new_key.is_none().then(|| before.key_id_for_children()),
            serial: SerialNumber::from_entropy(random(self.host().entropy.as_ref())?),
            now,
            lifetime: wish.lifetime,
            path_length: carried::path_length(before),
            name_constraints: carried::name_constraints(before),
            addresses: plan
                .above
                .as_ref()
                .map(|above| above.addresses(CertificateKind::Authority, Some(before.subject()), before.names()))
                .unwrap_or_default(),
            must_staple: false,
            requested: &[],
            extensions: carried::extensions(before),
            policy: plan.above.as_ref().and_then(|above| above.policy.as_ref()),
        };
        let own = if wish.new_key.is_some() { SignatureAlgorithm::for_key(plan.spec) } else { plan.present.algorithm };
        let side = plan.above.as_ref().map_or(IssuerSide::SelfSigned(own), IssuingAuthority::side);
        Ok(prepare(&request, side)?)
    }
}

/// The authority as it stands. One whose certificate has ended is what renewing is for; one that was revoked gets a new certificate too.
fn renewable(tx: &Read<'_>, id: AuthorityId, now: OffsetDateTime) -> Result<IssuingAuthority, RenewAuthorityError> {
    Ok(IssuingAuthority::load(tx, id, Duty::Itself, now)??)
}

/// The number of an authority's next generation.
pub(crate) fn next_number(tx: &Read<'_>, authority: AuthorityId) -> Result<u32, RegistryError> {
    Ok(tx.generations(authority)?.last().map_or(1, |last| last.generation.number.saturating_add(1)))
}

/// Where the new generation's CRL will be found: nowhere that a CRL of another key is.
fn addresses(tx: &Read<'_>, row: &AuthorityRow, wish: &NewKeyWish) -> Result<Vec<String>, RenewAuthorityError> {
    let number = next_number(tx, row.id)?;
    let generations = tx.generations(row.id)?;
    let current = generations.iter().find(|generation| generation.generation.current).map_or(1, |row| row.generation.number);
    let urls = match &wish.crl_urls {
        Some(urls) => urls.clone(),
        None => row.crl_urls.iter().map(|url| generation_url::of_generation(url, current, number)).collect(),
    };
    for generation in &generations {
        let taken = tx.generation_crl_urls(generation)?;
        if let Some(url) = urls.iter().find(|url| !generation_url::is_shared(url) && taken.contains(url)) {
            return Err(RenewAuthorityError::CrlUrlTaken { url: url.clone(), generation: generation.generation.number });
        }
    }
    Ok(urls)
}
