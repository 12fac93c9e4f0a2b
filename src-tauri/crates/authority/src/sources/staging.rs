//! From octets to the staging area: believed first, where there is a signature, then read piece by piece. What cannot be read goes into quarantine, and
//! does not hide what can.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::rc::Rc;

use pki::cms::SignedContent;
use pki::crl::{CrlSummary, CrlWalk, CrlWalkError, EntryError, crl_octets};
use pki::encoding::{Object, recognise};
use pki::icao::{self, Context, ListSigner, ListSignerError, Role};
use pki::ldif::{LdifKind, LdifReader, LdifValue};
use pki::master_list::{ListElement, MasterList};
use pki::{Certificate, SerialNumber, SignatureVerdict};
use time::OffsetDateTime;

use super::SourceError;
use super::fetch::Spool;
use super::reading::{Block, PemBlocks};
use crate::registry::{
    Registry, RegistryError, SourceCrlSignature, SourceKind, SourceMemberKind, SourceSeen, SourceStaging, StagedCertificate, StagedCrl,
    StagedQuarantine,
};
use crate::watch::Watch;

/// Octets of a master list, at most; the largest that a country publishes has less than two million.
const LARGEST_MASTER_LIST: u64 = 1 << 26;
/// Octets of a file of DER that holds several things (a PKCS#7 bundle), at most.
const LARGEST_BUNDLE: u64 = 1 << 25;
/// Things in quarantine, at most: a list in which more cannot be read is none.
const MOST_QUARANTINED: u64 = 10_000;
/// CRLs in one source, at most.
const MOST_CRLS: usize = 10_000;
/// Octets between two looks at whether to stop.
const STRIDE: u64 = 1 << 16;
/// Certificates of one name that are tried on a CRL.
const MOST_ISSUERS: u32 = 64;

/// What a source is, for reading what came from it.
pub(super) struct Expected<'a> {
    pub(super) kind: SourceKind,
    pub(super) place: &'a str,
    pub(super) signers: &'a [Certificate],
    pub(super) now: OffsetDateTime,
}

/// Stages what is in a spool, and says what was seen of it as a whole.
pub(super) fn stage(
    expected: &Expected<'_>,
    spool: &mut Spool,
    registry: &Registry,
    staging: &mut SourceStaging,
    watch: &dyn Watch,
) -> Result<SourceSeen, SourceError> {
    let size = spool.len();
    let sha256 = spool.sha256().map_err(SourceError::Spool)?;
    let mut area = Area { expected, registry, staging, watch, size, waiting: Vec::new() };
    let signed = match expected.kind {
        SourceKind::MasterList => Some(area.master_list(spool.read().map_err(SourceError::Spool)?)?),
        SourceKind::Ldif => area.ldif(spool.read().map_err(SourceError::Spool)?).map(|()| None)?,
        SourceKind::Pem => area.pem(spool.read().map_err(SourceError::Spool)?).map(|()| None)?,
        SourceKind::Crl => area.crl(spool.read().map_err(SourceError::Spool)?).map(|()| None)?,
    };
    area.judge_crls()?;
    if staging.quarantined() > MOST_QUARANTINED {
        return Err(too_broken(expected.place));
    }
    let signed_by = signed.as_ref().map(|signer| signer.certificate.subject().rfc4514());
    Ok(SourceSeen { sha256: Some(sha256), size, signed_by, signed_at: signed.and_then(|signer| signer.signed_at) })
}

fn too_broken(place: &str) -> SourceError {
    SourceError::Unreadable { place: place.to_owned(), problem: format!("more than {MOST_QUARANTINED} things in it cannot be read") }
}

/// A CRL whose octets and entries are staged, and whose signature is judged when all certificates are there.
struct WaitingCrl {
    id: i64,
    place: String,
    summary: CrlSummary,
}

/// Why a CRL cannot be taken.
enum CrlFault {
    /// It cannot be read.
    Unreadable(String),
    Source(SourceError),
}

impl From<RegistryError> for CrlFault {
    fn from(error: RegistryError) -> Self {
        Self::Source(error.into())
    }
}

impl From<CrlWalkError> for CrlFault {
    fn from(error: CrlWalkError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<EntryError> for CrlFault {
    fn from(error: EntryError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

struct Area<'a> {
    expected: &'a Expected<'a>,
    registry: &'a Registry,
    staging: &'a mut SourceStaging,
    watch: &'a dyn Watch,
    size: u64,
    waiting: Vec<WaitingCrl>,
}

impl Area<'_> {
    fn went_on(&self, position: u64) -> Result<(), SourceError> {
        self.watch.progress(position, self.size);
        if self.watch.cancelled() { Err(SourceError::Cancelled) } else { Ok(()) }
    }

    fn unreadable(&self, problem: &dyn std::fmt::Display) -> SourceError {
        SourceError::Unreadable { place: self.expected.place.to_owned(), problem: problem.to_string() }
    }

    fn quarantine(&mut self, place: String, reason: &'static str, detail: String, bytes: &[u8]) -> Result<(), SourceError> {
        if self.staging.quarantined() >= MOST_QUARANTINED {
            return Err(too_broken(self.expected.place));
        }
        Ok(self.staging.quarantine(&StagedQuarantine { place, reason, detail, bytes })?)
    }

    /// Stages a certificate, or what was to be one.
    fn certificate(&mut self, place: String, der: &[u8], context: Context) -> Result<(), SourceError> {
        match Certificate::from_der(der) {
            Ok(certificate) => self.known_certificate(&certificate, context),
            Err(error) => self.quarantine(place, "not-a-certificate", error.to_string(), der),
        }
    }

    fn known_certificate(&mut self, certificate: &Certificate, context: Context) -> Result<(), SourceError> {
        let country = icao::country(certificate.subject()).or_else(|| icao::country(certificate.issuer())).unwrap_or_default();
        let kind = member_kind(Role::of(certificate, context));
        Ok(self.staging.certificate(&StagedCertificate { certificate, kind, country })?)
    }

    /// A master list: believed as a whole before anything of it is read.
    fn master_list(&mut self, file: &mut File) -> Result<ListSigner, SourceError> {
        if self.size > LARGEST_MASTER_LIST {
            return Err(SourceError::TooLarge { place: self.expected.place.to_owned(), limit: LARGEST_MASTER_LIST });
        }
        let mut octets = Vec::new();
        file.read_to_end(&mut octets).map_err(SourceError::Spool)?;
        let octets = unarmoured(octets);
        let list = SignedContent::read(&octets).map_err(|error| self.unreadable(&error))?;
        let signer = icao::list_signer(&list, self.expected.signers, self.expected.now)
            .map_err(|error| SourceError::of_list(self.expected.place, error))?;
        self.listed(&list, "")?;
        Ok(signer)
    }

    /// What a master list that is believed lists; the certificates that came along with its signature are not part of it.
    fn listed(&mut self, list: &SignedContent, within: &str) -> Result<(), SourceError> {
        let elements = MasterList::open(&list.content).map_err(|error| self.unreadable(&error))?;
        let mut position = 0_u64;
        for (number, element) in (1_u64..).zip(elements) {
            let place = format!("{within}certificate {number}");
            match element {
                ListElement::Element(der) => {
                    position = position.saturating_add(u64::try_from(der.len()).unwrap_or(u64::MAX));
                    self.certificate(place, der, Context::TravelDocuments)?;
                }
                ListElement::Broken(rest) => self.quarantine(place, "broken-list", "no length that fits".to_owned(), rest)?,
            }
            if number % 256 == 0 && within.is_empty() {
                self.went_on(position)?;
            }
        }
        Ok(())
    }

    fn ldif(&mut self, file: &mut File) -> Result<(), SourceError> {
        let mut reader = LdifReader::new(BufReader::with_capacity(1 << 16, file));
        let mut looked = 0;
        while let Some(LdifValue { entry, attribute, line, value }) = reader.next_value().map_err(SourceError::Spool)? {
            let place = format!("line {line}, {attribute} of {entry}");
            match value {
                Ok((LdifKind::Certificate, der)) => self.certificate(place, &der, Context::TravelDocuments)?,
                Ok((LdifKind::Crl, der)) => self.crl_octets(place, &der)?,
                Ok((LdifKind::MasterList, octets)) => self.inner_list(place, &octets)?,
                Err((fault, text)) => self.quarantine(place, fault.code(), fault.to_string(), &text)?,
            }
            if reader.position() - looked > STRIDE {
                looked = reader.position();
                self.went_on(looked)?;
            }
        }
        Ok(())
    }

    /// A master list in a directory: it is believed on its own, and what is not believed is not taken.
    fn inner_list(&mut self, place: String, octets: &[u8]) -> Result<(), SourceError> {
        let list = match SignedContent::read(octets) {
            Ok(list) => list,
            Err(error) => return self.quarantine(place, "not-a-master-list", error.to_string(), octets),
        };
        if self.expected.signers.is_empty() {
            return self.quarantine(place, "list-without-signer", "no certificate was given to believe it by".to_owned(), octets);
        }
        match icao::list_signer(&list, self.expected.signers, self.expected.now) {
            Ok(_) => match MasterList::open(&list.content) {
                Ok(_) => self.listed(&list, &format!("{place}, ")),
                Err(error) => self.quarantine(place, "not-a-master-list", error.to_string(), octets),
            },
            Err(error) => self.quarantine(place, list_reason(&error), error.to_string(), octets),
        }
    }

    fn pem(&mut self, file: &mut File) -> Result<(), SourceError> {
        let mut input = BufReader::with_capacity(1 << 16, file);
        let is_der = input.fill_buf().map_err(SourceError::Spool)?.first() == Some(&0x30);
        if is_der {
            return self.bundle(input);
        }
        let mut blocks = PemBlocks::new(input);
        let mut number = 0_u64;
        while let Some(block) = blocks.next_block().map_err(SourceError::Spool)? {
            number += 1;
            let place = format!("block {number}");
            match block {
                Block::Whole { label, body } => match label.as_str() {
                    "CERTIFICATE" | "X509 CERTIFICATE" => self.certificate(place, &body, Context::Any)?,
                    "TRUSTED CERTIFICATE" => self.certificate(place, first_element(&body), Context::Any)?,
                    "X509 CRL" => self.crl_octets(place, &body)?,
                    "PKCS7" | "CMS" => self.objects(&place, &body, true)?,
                    // Keys and what else there may be: no part of a trust list, and nothing to keep.
                    _ => {}
                },
                Block::Broken { text, .. } if is_private(&text) => {}
                Block::Broken { problem, text } => self.quarantine(place, "broken-pem", problem, &text)?,
            }
            if number.is_multiple_of(64) {
                self.went_on(0)?;
            }
        }
        Ok(())
    }

    /// A file of DER: a certificate, a PKCS#7 bundle, or a CRL, which may be longer than what is held.
    fn bundle(&mut self, mut input: impl Read) -> Result<(), SourceError> {
        if self.size > LARGEST_BUNDLE {
            return self.crl_of("the file".to_owned(), input);
        }
        let mut octets = Vec::new();
        input.read_to_end(&mut octets).map_err(SourceError::Spool)?;
        self.objects("the file", &octets, false)
    }

    /// What is in octets of DER. What cannot be read is kept where a block says that it is a bundle; of a file nobody says that there is no key in it.
    fn objects(&mut self, place: &str, octets: &[u8], is_bundle: bool) -> Result<(), SourceError> {
        for found in recognise(octets, &[]).found {
            let place = format!("{place}, {}", found.label);
            match found.object {
                Ok(Object::Certificate(certificate)) => self.known_certificate(&certificate, Context::Any)?,
                Ok(Object::Crl(crl)) => self.crl_octets(place, crl.der())?,
                Ok(_) => {}
                Err(error) if is_bundle || SignedContent::is_at(octets) => {
                    self.quarantine(place, "not-a-bundle", error.to_string(), octets)?;
                }
                Err(error) => return Err(self.unreadable(&error)),
            }
        }
        Ok(())
    }

    /// A source that is one CRL.
    fn crl(&mut self, file: &mut File) -> Result<(), SourceError> {
        if file.metadata().map_err(SourceError::Spool)?.len() == 0 {
            return Ok(());
        }
        self.crl_of("the file".to_owned(), file)
    }

    fn crl_of(&mut self, place: String, input: impl Read) -> Result<(), SourceError> {
        match self.walked(input) {
            Ok((id, summary)) => {
                self.waiting.push(WaitingCrl { id, place, summary });
                Ok(())
            }
            Err(CrlFault::Unreadable(problem)) => Err(self.unreadable(&problem)),
            Err(CrlFault::Source(error)) => Err(error),
        }
    }

    /// A CRL among other things.
    fn crl_octets(&mut self, place: String, der: &[u8]) -> Result<(), SourceError> {
        if self.waiting.len() >= MOST_CRLS {
            return Err(self.unreadable(&format!("it holds more than {MOST_CRLS} CRLs")));
        }
        match self.walked(der) {
            Ok((id, summary)) => self.waiting.push(WaitingCrl { id, place, summary }),
            Err(CrlFault::Unreadable(problem)) => self.quarantine(place, "not-a-crl", problem, der)?,
            Err(CrlFault::Source(error)) => return Err(error),
        }
        Ok(())
    }

    /// Stages octets and entries of a CRL while it passes.
    fn walked(&mut self, input: impl Read) -> Result<(i64, CrlSummary), CrlFault> {
        let id = self.staging.next_crl()?;
        let outcome = self.walk(id, input);
        if outcome.is_err() {
            self.staging.forget_crl(id)?;
        }
        outcome.map(|summary| (id, summary))
    }

    fn walk(&mut self, id: i64, input: impl Read) -> Result<CrlSummary, CrlFault> {
        let passed = Rc::new(RefCell::new(Vec::new()));
        let mut walk = CrlWalk::open(Copied { input: crl_octets(input), copy: Rc::clone(&passed) })?;
        let (mut part, mut position, mut looked) = (0, 0_u64, 0_u64);
        while let Some(entry) = walk.next_entry()? {
            let serial = SerialNumber::from_content_octets(entry.serial_octets).map_err(|error| CrlFault::Unreadable(error.to_string()))?;
            self.staging.revoked(id, position, &serial, &entry.read()?)?;
            position += 1;
            if entry.offset - looked > STRIDE {
                looked = entry.offset;
                part = self.keep(id, part, &passed, false)?;
                if self.expected.kind == SourceKind::Crl {
                    self.went_on(looked).map_err(CrlFault::Source)?;
                }
            }
        }
        let summary = walk.finish()?;
        self.keep(id, part, &passed, true)?;
        Ok(summary)
    }

    /// Stages the octets that have passed, whole pieces of 64 KiB, or all that is left.
    fn keep(&mut self, id: i64, part: i64, passed: &RefCell<Vec<u8>>, all: bool) -> Result<i64, RegistryError> {
        let mut passed = passed.borrow_mut();
        let whole = if all { passed.len() } else { passed.len() & !0xffff };
        let next = self.staging.crl_octets(id, part, passed.get(..whole).unwrap_or_default())?;
        passed.drain(..whole);
        Ok(next)
    }

    /// Judges the signatures of the CRLs by the certificates that came, by those that were given, and by those that are known. One whose own issuer says
    /// that he did not sign it is not taken.
    fn judge_crls(&mut self) -> Result<(), SourceError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.staging.index_subjects()?;
        for WaitingCrl { id, place, summary } in std::mem::take(&mut self.waiting) {
            let signature = match self.signature(&summary)? {
                Ok(signature) => signature,
                Err(problem) if self.expected.kind == SourceKind::Crl => {
                    return Err(SourceError::SignatureInvalid { place: self.expected.place.to_owned(), problem });
                }
                Err(problem) => {
                    let octets = self.staging.octets_of_crl(id)?;
                    self.staging.forget_crl(id)?;
                    self.quarantine(place, "crl-signature-invalid", problem, &octets)?;
                    continue;
                }
            };
            if signature == SourceCrlSignature::Unknown && self.expected.kind == SourceKind::Crl && !self.expected.signers.is_empty() {
                let (place, signer) = (self.expected.place.to_owned(), summary.issuer().rfc4514());
                return Err(SourceError::SignerUnknown { place, signer });
            }
            let country = icao::country(summary.issuer()).unwrap_or_default();
            self.staging.crl(id, &StagedCrl { summary: &summary, country, signature })?;
        }
        Ok(())
    }

    fn signature(&self, summary: &CrlSummary) -> Result<Result<SourceCrlSignature, String>, SourceError> {
        let mut issuers: Vec<Certificate> =
            self.expected.signers.iter().filter(|signer| signer.subject().matches(summary.issuer())).cloned().collect();
        // Who is named for it is asked alone.
        if issuers.is_empty() || self.expected.kind != SourceKind::Crl {
            issuers.extend(self.staging.of_subject(summary.issuer())?);
            if self.expected.signers.is_empty() || self.expected.kind != SourceKind::Crl {
                issuers.extend(self.registry.read(|tx| {
                    let mut known: Vec<Certificate> = tx
                        .source_issuers(summary.issuer(), summary.authority_key_id(), MOST_ISSUERS)?
                        .into_iter()
                        .map(|(issuer, _)| issuer)
                        .collect();
                    for row in tx.issuer_candidates(summary.issuer(), summary.authority_key_id())? {
                        known.push(tx.certificate_of(&row)?);
                    }
                    Ok::<_, RegistryError>(known)
                })?);
            }
        }
        let mut refused = None;
        for issuer in &issuers {
            let own_key = summary.authority_key_id().is_some_and(|id| *id == issuer.key_id_for_children());
            match summary.signed_by(issuer.public_key()) {
                SignatureVerdict::Valid | SignatureVerdict::ValidButWeak(_) => return Ok(Ok(SourceCrlSignature::Valid)),
                SignatureVerdict::Invalid if own_key => {
                    refused = Some(format!("the key of {} has not made it", issuer.subject().rfc4514()));
                }
                _ => {}
            }
        }
        Ok(refused.map_or(Ok(SourceCrlSignature::Unknown), Err))
    }
}

const fn member_kind(role: Role) -> SourceMemberKind {
    match role {
        Role::Csca => SourceMemberKind::Csca,
        Role::DocumentSigner => SourceMemberKind::DocumentSigner,
        Role::ListSigner => SourceMemberKind::ListSigner,
        Role::Other => SourceMemberKind::Other,
    }
}

const fn list_reason(error: &ListSignerError) -> &'static str {
    match error {
        ListSignerError::OtherContent { .. } => "not-a-master-list",
        ListSignerError::Signature { .. } => "list-signature-invalid",
        ListSignerError::Unknown { .. } => "list-signer-unknown",
        ListSignerError::Unfit { .. } => "list-signer-unfit",
    }
}

/// A signed list may come in PEM.
fn unarmoured(octets: Vec<u8>) -> Vec<u8> {
    if SignedContent::is_at(&octets) {
        return octets;
    }
    let blocks = pki::encoding::pem::blocks(&octets);
    let body = blocks.into_iter().find(|block| matches!(block.label.as_str(), "CMS" | "PKCS7")).and_then(|block| block.body.ok());
    body.map_or(octets, |body| body.to_vec())
}

/// Whether a block says that there is a key in it: that is not kept.
fn is_private(text: &[u8]) -> bool {
    let first = text.split(|octet| *octet == b'\n').next().unwrap_or_default();
    ["PRIVATE KEY", "PKCS12"].iter().any(|word| first.windows(word.len()).any(|part| part == word.as_bytes()))
}

/// The certificate of OpenSSL's trusted form; what is said of trust stands behind it.
fn first_element(octets: &[u8]) -> &[u8] {
    let length = match octets {
        [0x30, short @ ..=0x7f, ..] => usize::from(*short) + 2,
        [0x30, 0x81, one, ..] => usize::from(*one) + 3,
        [0x30, 0x82, one, two, ..] => (usize::from(*one) << 8 | usize::from(*two)) + 4,
        _ => octets.len(),
    };
    octets.get(..length).unwrap_or(octets)
}

/// Hands on what it reads and keeps a copy.
struct Copied<R> {
    input: R,
    copy: Rc<RefCell<Vec<u8>>>,
}

impl<R: Read> Read for Copied<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(room)?;
        self.copy.borrow_mut().extend_from_slice(room.get(..read).unwrap_or_default());
        Ok(read)
    }
}
