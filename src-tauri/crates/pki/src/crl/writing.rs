//! Writing a list (RFC 5280 5.1): version 2, issuer and key identifier copied from the CA certificate, entries as they were
//! encoded when they were recorded.

use thiserror::Error;
use time::OffsetDateTime;

use super::{Crl, CrlNumber, CrlReadError, EntryError, IssuingDistributionPoint};
use crate::{
    asn1::{self, tag},
    certificate::Certificate,
    extension::{DistributionPoint, ExtensionValue, FreshestCrl},
    key::{KeyId, PublicKey},
    oid,
    preflight::{Finding, Severity, lint_crl_frame},
    signature::SignatureVerdict,
    signer::{SignError, SignatureAlgorithm, Signer},
    usage::KeyUsage,
    validity::time_to_der,
};

/// What kind of list it is: by default the whole one of its issuer, without deltas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CrlForm {
    /// The number of the base whose changes it tells; `None`: it is complete (RFC 5280 5.2.4).
    pub base: Option<CrlNumber>,
    /// What it is about, where that is not everything of its issuer (RFC 5280 5.2.5). A delta has the scope of its base.
    pub scope: Option<IssuingDistributionPoint>,
    /// Where its deltas are; never written into a delta (RFC 5280 5.2.6).
    pub delta_urls: Vec<String>,
}

/// What goes on a list.
pub struct CrlRequest<'a> {
    /// The CA certificate whose key signs; its subject and key identifier are copied.
    pub issuer: &'a Certificate,
    /// What it will be signed with.
    pub algorithm: SignatureAlgorithm,
    /// The list's number: higher than every one before in this issuer key and scope (RFC 5280 5.2.3).
    pub number: CrlNumber,
    /// When it is made, whole seconds.
    pub this_update: OffsetDateTime,
    /// By when the next one comes; always written.
    pub next_update: OffsetDateTime,
    /// Encoded entries ([`super::RevokedEntry::encode`]), concatenated. None: the field is left out (RFC 5280 5.1.2.6).
    pub entries: Vec<u8>,
    /// Whole, a part, or changes.
    pub form: CrlForm,
}

/// Why a list was not written.
#[derive(Debug, Error)]
pub enum CrlError {
    /// The next list would come no later than this one (RFC 5280 5.1.2.5).
    #[error("nextUpdate {next_update} is not after thisUpdate {this_update}")]
    NextNotAfterThis {
        /// When the list is made.
        this_update: OffsetDateTime,
        /// By when the next one should come.
        next_update: OffsetDateTime,
    },
    /// A year that no certificate time can say (RFC 5280 5.1.2.4).
    #[error("the year {year} cannot be written")]
    YearOutOfRange {
        /// The year.
        year: i32,
    },
    /// The entries are no row of SEQUENCEs.
    #[error("the entry at octet {offset} is broken")]
    BrokenEntry {
        /// Octets from the start of the entries.
        offset: usize,
    },
    /// The CA certificate states key usages without cRLSign (RFC 5280 4.2.1.3).
    #[error("the issuer's keyUsage lacks cRLSign")]
    IssuerMayNotSignCrls,
    /// The issuer's key cannot sign with the algorithm.
    #[error("a key of kind {key} cannot sign with {algorithm}")]
    AlgorithmDoesNotFit {
        /// Kind of the issuer's key.
        key: String,
        /// The algorithm asked for.
        algorithm: &'static str,
    },
    /// The signer has another key than the CA certificate.
    #[error("the signer's key {signer} is not the issuer's key {issuer}")]
    AnotherKey {
        /// Key identifier of the signer's key.
        signer: KeyId,
        /// Key identifier of the issuer's key.
        issuer: KeyId,
    },
    /// The signer would use another algorithm than the one that stands in the list.
    #[error("the signer signs with {signer}, the list says {list}")]
    AnotherAlgorithm {
        /// The signer's algorithm.
        signer: &'static str,
        /// The list's algorithm.
        list: &'static str,
    },
    /// The signer failed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The signature does not verify with the issuer's key.
    #[error("the new signature does not verify: {verdict:?}")]
    BadSignature {
        /// What the check said.
        verdict: SignatureVerdict,
    },
    /// The list that was made cannot be read back.
    #[error("the new list cannot be read: {0}")]
    Unreadable(#[from] CrlReadError),
    /// The lints found errors; nothing is signed.
    #[error("refused by {} lints", findings.iter().filter(|finding| finding.severity == Severity::Error).count())]
    Refused {
        /// All findings, the errors among them.
        findings: Vec<Finding>,
    },
}

/// A list that was built, read back and linted, ready to be signed, once.
pub struct PreparedCrl {
    /// With an empty signature.
    preview: Crl,
    findings: Vec<Finding>,
    algorithm: SignatureAlgorithm,
    issuer_key: PublicKey,
    number: CrlNumber,
}

/// Builds the octets to be signed, reads them back and lints them. Entries were linted when they were encoded
/// ([`crate::preflight::lint_crl_entry`]); of a million only the frames are walked here.
///
/// # Errors
/// [`CrlError`] when times, entries, issuer or algorithm do not allow a list that obeys RFC 5280 section 5, [`CrlError::Refused`] when a
/// lint finds an error in what was written.
pub fn prepare_crl(request: CrlRequest<'_>) -> Result<PreparedCrl, CrlError> {
    let CrlRequest { issuer, algorithm, number, this_update, next_update, entries, form } = request;
    if next_update <= this_update {
        return Err(CrlError::NextNotAfterThis { this_update, next_update });
    }
    for moment in [this_update, next_update] {
        if !(1950..=9999).contains(&moment.year()) {
            return Err(CrlError::YearOutOfRange { year: moment.year() });
        }
    }
    if issuer.key_usages().is_some_and(|usages| !usages.contains(KeyUsage::CrlSign)) {
        return Err(CrlError::IssuerMayNotSignCrls);
    }
    let key = issuer.public_key();
    if !algorithm.fits(&key.algorithm()) {
        return Err(CrlError::AlgorithmDoesNotFit { key: key.algorithm().kind(), algorithm: algorithm.as_str() });
    }
    let extensions = asn1::tlv(0xa0, &extensions(issuer, &number, &form));
    let revoked = if entries.is_empty() { Vec::new() } else { asn1::head(tag::SEQUENCE, entries.len()) };
    let before = [
        &asn1::tlv(tag::INTEGER, &[1]),
        &algorithm.algorithm_identifier_der(),
        issuer.subject().as_der(),
        &time_to_der(this_update),
        &time_to_der(next_update),
        revoked.as_slice(),
    ]
    .concat();
    let tbs = [asn1::head(tag::SEQUENCE, before.len() + entries.len() + extensions.len()), before].concat();
    let unsigned = enclosed(entries, &tbs, &extensions, algorithm);
    let preview = Crl::from_vec(unsigned).map_err(|fault| match fault {
        CrlReadError::Entry(EntryError::Malformed { offset }) => CrlError::BrokenEntry { offset },
        other => CrlError::Unreadable(other),
    })?;
    let findings = lint_crl_frame(&preview, Some(issuer));
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(CrlError::Refused { findings });
    }
    Ok(PreparedCrl { preview, findings, algorithm, issuer_key: key.clone(), number })
}

/// A list without a signature around octets that may be millions and are only moved up, not copied: `before` and `behind` them what belongs to the signed part.
fn enclosed(mut octets: Vec<u8>, before: &[u8], behind: &[u8], algorithm: SignatureAlgorithm) -> Vec<u8> {
    let end = [behind, &algorithm.algorithm_identifier_der(), &asn1::bit_string(&[])].concat();
    let start = [asn1::head(tag::SEQUENCE, before.len() + octets.len() + end.len()), before.to_vec()].concat();
    octets.reserve_exact(start.len() + end.len());
    octets.extend_from_slice(&end);
    octets.splice(0..0, start);
    octets
}

/// The extensions of a list in the order of RFC 5280 5.2. Key identifier, number and the place of deltas are not critical (5.2.1, 5.2.3, 5.2.6); what makes
/// a list less than the whole is, so that nobody takes it for that (5.2.4, 5.2.5).
fn extensions(issuer: &Certificate, number: &CrlNumber, form: &CrlForm) -> Vec<u8> {
    let integer = |number: &CrlNumber| asn1::tlv(tag::INTEGER, &number.to_content_octets());
    let key_id = asn1::sequence(&[&asn1::tlv(0x80, issuer.key_id_for_children().as_bytes())]);
    let mut written = extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &key_id);
    written.extend(extension(oid::CRL_NUMBER, false, &integer(number)));
    if let Some(base) = &form.base {
        written.extend(extension(oid::DELTA_CRL_INDICATOR, true, &integer(base)));
    }
    if let Some(scope) = &form.scope {
        written.extend(extension(oid::ISSUING_DISTRIBUTION_POINT, true, &scope.encoded()));
    }
    if form.base.is_none() && !form.delta_urls.is_empty() {
        let points = form.delta_urls.iter().map(|url| DistributionPoint::at(url)).collect();
        written.extend(extension(oid::FRESHEST_CRL, false, &ExtensionValue::FreshestCrl(FreshestCrl(points)).encoded()));
    }
    asn1::sequence(&[&written])
}

/// The identifiers are constants that encode.
fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { asn1::tlv(tag::BOOLEAN, &[0xff]) } else { Vec::new() };
    asn1::sequence(&[&asn1::oid(oid).unwrap_or_default(), &critical, &asn1::tlv(tag::OCTET_STRING, value)])
}

impl PreparedCrl {
    /// The octets to be signed, to be recorded before the key is touched.
    pub fn tbs_der(&self) -> &[u8] {
        self.preview.tbs_der()
    }

    /// What the lints found; no errors among them.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The list's number.
    pub fn number(&self) -> &CrlNumber {
        &self.number
    }

    /// Signs, checks the signature and reads the result back.
    ///
    /// # Errors
    /// [`CrlError`] when the signer has another key or algorithm, fails, or its signature does not verify.
    pub fn sign(self, signer: &dyn Signer) -> Result<Crl, CrlError> {
        if signer.public_key() != &self.issuer_key {
            return Err(CrlError::AnotherKey { signer: signer.public_key().key_id(), issuer: self.issuer_key.key_id() });
        }
        if signer.algorithm() != self.algorithm {
            return Err(CrlError::AnotherAlgorithm { signer: signer.algorithm().as_str(), list: self.algorithm.as_str() });
        }
        let signature = signer.sign(self.tbs_der())?;
        let entry_count = self.preview.entry_count();
        let (mut der, tbs) = self.preview.into_signable();
        let end = [self.algorithm.algorithm_identifier_der(), asn1::bit_string(&signature)].concat();
        let start = asn1::head(tag::SEQUENCE, tbs.len() + end.len());
        der.truncate(tbs.end);
        der.extend_from_slice(&end);
        // As long as before, but for a signature that makes one octet more of the length.
        der.splice(..tbs.start, start);
        let crl = Crl::signed(der, entry_count)?;
        match crl.signed_by(&self.issuer_key) {
            SignatureVerdict::Valid => Ok(crl),
            verdict => Err(CrlError::BadSignature { verdict }),
        }
    }
}
