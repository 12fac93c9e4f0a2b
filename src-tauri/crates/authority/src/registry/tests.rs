//! Tests of the registry as its callers see it, on files in a temporary folder.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly")]
#![expect(clippy::redundant_closure_for_method_calls, reason = "a method path is not general enough over the lifetime of `Read`")]

mod audit_filters;
mod audit_log;
mod crl;
mod crl_pieces;
mod files;
mod late_indexes;
mod lists;

use pki::{DistinguishedName, Fingerprint, KeyId, SerialNumber};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::audit::Actor;

use super::{
    AuthorityId, AuthorityKind, AuthorityRow, CertificateFacts, CertificateId, CertificateKind, Disk, ExpiryClass, GenerationId,
    IssueRecord, KeyLocation, KeyRowId, KeyState, KeysKind, NewCertificate, NewGeneration, NewKey, NewRegistry, Registry, RegistryError,
    RegistryId, SortBy, Write,
};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

/// A number sequence that is the same in every run (xorshift64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next().to_be_bytes()[3])
    }
}

fn actor() -> Actor {
    Actor { user: "anna".to_owned(), host: "h".to_owned(), program: "chancery".to_owned() }
}

fn new_registry(folder: &TempDir) -> Registry {
    let new = NewRegistry {
        id: RegistryId::new(NOW, [1; 10]),
        name: "Test".to_owned(),
        keys: KeysKind::Memory,
        is_test: true,
        actor: actor(),
        now: NOW,
        disk: Disk::OWN,
    };
    Registry::create(&folder.path().join("test.chancery"), &new).unwrap()
}

fn write<T>(registry: &Registry, work: impl FnOnce(&Write<'_>) -> Result<T, RegistryError>) -> T {
    registry.write(work).unwrap()
}

/// An authority with one generation.
fn new_authority(write: &Write<'_>, n: u8) -> Result<(AuthorityId, GenerationId), RegistryError> {
    let (authority, generation, key) = (AuthorityId::new(NOW, [n; 10]), GenerationId::new(NOW, [n; 10]), KeyRowId::new(NOW, [n; 10]));
    write.insert_key(&NewKey {
        id: key,
        spki: vec![n],
        fingerprint: Fingerprint::of(&[n]),
        key_kind: "ec-p256".to_owned(),
        location: KeyLocation::Memory,
        state: KeyState::Ready,
        label: format!("key {n}"),
        sealed_recovery: None,
        sealed_private: None,
        created_at: NOW,
    })?;
    write.insert_authority(&AuthorityRow {
        id: authority,
        name: format!("Authority {n}"),
        parent: None,
        kind: AuthorityKind::Root,
        retired: false,
        issuer_name: issuer(n),
        crl_urls: vec!["http://crl.example.test/a.crl".to_owned()],
        issuer_urls: vec![],
        ocsp_urls: vec![],
        crl_days: 7,
        delta: false,
        partitions: 0,
        split: false,
        created_at: NOW,
    })?;
    write.insert_generation(&NewGeneration { id: generation, authority, number: 1, key, current: true, created_at: NOW })?;
    Ok((authority, generation))
}

fn issuer(n: u8) -> DistinguishedName {
    DistinguishedName::from_common_name(&format!("Authority {n}")).unwrap()
}

/// A certificate that never was, with these traits; serial and fingerprint come from the numbers.
fn certificate(numbers: &mut Numbers, name: &str, issued_at: OffsetDateTime, days: i64) -> NewCertificate {
    let der = numbers.bytes::<64>().to_vec();
    NewCertificate {
        facts: CertificateFacts {
            kind: CertificateKind::Leaf,
            class: ExpiryClass::Server,
            serial: SerialNumber::from_entropy(numbers.bytes()),
            fingerprint: Fingerprint::of(&der),
            subject_key_id: Some(KeyId::from_bytes(&numbers.bytes::<20>())),
            authority_key_id: None,
            subject: DistinguishedName::from_common_name(name).unwrap(),
            issuer: issuer(1),
            display_name: name.to_owned(),
            names: vec![format!("dns:{}", name.replace(' ', "-"))],
            not_before: issued_at,
            not_after: issued_at + Duration::days(days),
            key_kind: "ec-p256".to_owned(),
            key_fingerprint: Fingerprint::of(&numbers.bytes::<8>()),
        },
        record: IssueRecord {
            authority: None,
            generation: None,
            issuer_key: None,
            key_held: false,
            profile: Some("tls-server".to_owned()),
            profile_version: Some(1),
            policy_version: None,
            issued_at,
            imported: false,
            findings: None,
        },
        der,
    }
}

fn insert(registry: &Registry, new: &NewCertificate) -> CertificateId {
    write(registry, |write| write.insert_certificate(new))
}

/// Every range of positions holds as many certificates as it says, and there are several.
fn assert_ranges_exact(registry: &Registry) {
    for by in [SortBy::Issued, SortBy::Ends, SortBy::Name] {
        let ranges = registry.read(|read| read.ranges(by)).unwrap();
        assert!(ranges.len() > 1, "{by:?}: one range");
        for (at, (lower, count)) in ranges.iter().enumerate() {
            let next = ranges.get(at + 1).map(|(next, _)| next.as_slice());
            assert_eq!(registry.read(|read| read.counted_between(by, lower, next)).unwrap(), Some(*count), "{by:?}, range {at}");
        }
    }
}
