//! What must hold after any kill.

mod keys;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use authority::clock::FixedClock;
use authority::keystore::{KeyStoreError, Vault};
use authority::pki::{Certificate, Crl, Fingerprint, SerialNumber};
use authority::registry::{CrlRow, KeysKind, Read, RegistryError, Standing};
use authority::secret::Passphrase;
use authority::session::{Session, SessionError, vault_path};
use time::OffsetDateTime;

use super::Promise;
use super::operation::{NEW_PASSPHRASE, lost, machine, registry};
use crate::judges::sqlite::sqlite;
use crate::pem;
use crate::sandbox::PASSPHRASE;

/// Questions whose answer is 0 in a registry that is whole, with what another answer means.
const QUESTIONS: &[(&str, &str)] = &[
    (
        "certificates that nobody recorded before signing",
        "SELECT count(*) FROM certificates c WHERE imported = 0 AND NOT EXISTS \
        (SELECT 1 FROM intents i WHERE i.serial = c.serial AND i.issuer_hash = c.issuer_hash AND i.state = 'done' AND i.tbs IS NULL)",
    ),
    (
        "certificates without their audit row",
        "SELECT (SELECT count(*) FROM certificates WHERE imported = 0) \
        - (SELECT count(*) FROM audit WHERE action IN ('certificate.issued', 'authority.created', 'authority.renewed', 'authority.rekeyed', 'authority.cross-signed'))",
    ),
    (
        "CRLs that nobody recorded before signing",
        "SELECT count(*) FROM crls c WHERE imported = 0 AND NOT EXISTS \
        (SELECT 1 FROM intents i WHERE i.generation = c.generation AND i.crl_number = c.number AND i.state = 'done')",
    ),
    (
        "CRLs without their audit row",
        "SELECT (SELECT count(*) FROM crls WHERE imported = 0) - (SELECT count(*) FROM audit WHERE action = 'crl.issued')",
    ),
    (
        "entries planned for a CRL that is not there",
        "SELECT count(*) FROM crl_entries e WHERE e.first_crl IS NOT NULL AND NOT EXISTS \
        (SELECT 1 FROM crls c WHERE c.generation = e.generation AND c.number = e.first_crl)",
    ),
    (
        "revocations without their audit row",
        "SELECT (SELECT count(*) FROM certificates WHERE standing = 'revoked' AND imported = 0) \
        - (SELECT count(*) FROM audit WHERE action = 'certificate.revoked') \
        - (SELECT coalesce(sum(json_extract(detail, '$.revocations')), 0) FROM audit WHERE action = 'crl.installed')",
    ),
    ("registries without their first audit row", "SELECT 1 - count(*) FROM audit WHERE action = 'registry.created'"),
    ("intents that never end", "SELECT count(*) FROM intents WHERE state = 'open'"),
    ("keys that never settle", "SELECT count(*) FROM keys WHERE state IN ('staging', 'deleting')"),
    (
        "sources that hold something else than they say, or half of it",
        "SELECT count(*) FROM sources s WHERE certificates <> (SELECT count(*) FROM source_members m WHERE m.source = s.id) \
        OR crls <> (SELECT count(*) FROM source_crls c WHERE c.source = s.id) \
        OR revoked <> (SELECT count(*) FROM source_revoked r WHERE r.crl IN (SELECT id FROM source_crls c WHERE c.source = s.id)) \
        OR (certificates + crls > 0) <> (sha256 IS NOT NULL)",
    ),
    (
        "rows of sources that belong to nothing",
        "SELECT (SELECT count(*) FROM source_certificates c WHERE sources <> (SELECT count(*) FROM source_members m WHERE m.certificate = c.id) OR sources = 0) \
        + (SELECT count(*) FROM source_crl_chunks WHERE crl NOT IN (SELECT id FROM source_crls)) \
        + (SELECT count(*) FROM pragma_foreign_key_check)",
    ),
    ("tasks that never end", "SELECT count(*) FROM tasks WHERE state = 'running'"),
];

/// Opens the registry in an operation's folder, as its user would some time after the kill, and says everything that is wrong.
pub(super) fn examine(folder: &Path, now: OffsetDateTime, promises: &[Promise]) -> Vec<String> {
    let file = registry(folder);
    if !file.exists() {
        return if promises.is_empty() { Vec::new() } else { vec!["the registry is not there".to_owned()] };
    }
    let mut complaints = Vec::new();
    if let Err(error) = look(&file, folder, now, promises, &mut complaints) {
        complaints.push(format!("the registry cannot be used: {error}"));
    }
    complaints
}

type Failure = Box<dyn std::error::Error>;

fn opened(file: &Path, folder: &Path, now: OffsetDateTime) -> Result<Session, Failure> {
    let session = Session::open(file, machine(&Arc::new(FixedClock::at(now)), folder))?;
    match session.unlock(Some(&Passphrase::new(PASSPHRASE.to_owned()))) {
        Err(SessionError::KeyStore(KeyStoreError::WrongPassphrase)) => {
            session.unlock(Some(&Passphrase::new(NEW_PASSPHRASE.to_owned())))?;
        }
        outcome => outcome?,
    }
    Ok(session)
}

fn look(file: &Path, folder: &Path, now: OffsetDateTime, promises: &[Promise], complaints: &mut Vec<String>) -> Result<(), Failure> {
    let session = opened(file, folder, now)?;
    complaints.extend(session.registry().check()?.findings.into_iter().map(|finding| format!("the check finds {finding:?}")));
    let verdict = session.verify_audit()?;
    complaints.extend(verdict.findings.into_iter().map(|finding| format!("the audit log: {finding:?}")));
    // A keyring that has lost everything has also lost what the head is sealed with, until it is restored.
    let seal_is_lost = lost(folder).is_some() && session.keystore().secret("audit-head")?.is_none();
    if !verdict.sealed && !seal_is_lost {
        complaints.push("the head of the audit log is not sealed".to_owned());
    }
    keys::look(&session, folder, complaints)?;
    let crls = crls(&session)?;
    for (name, row) in crls.iter().filter(|(_, row)| !row.crl.imported) {
        if put_together(&session, row)? != row.crl.sha256 {
            complaints.push(format!("CRL {} of {name} cannot be put together again", row.crl.number));
        }
    }
    for path in files(&folder.join("out")) {
        handed_over(&session, &crls, &path, complaints)?;
    }
    for promise in promises {
        if !kept(&session, &crls, promise, folder, now)? {
            complaints.push(format!("{promise:?} is not kept"));
        }
    }
    drop(session);
    // All at once: starting a program takes longer than its answers.
    let questions: String = QUESTIONS.iter().map(|(_, question)| format!("{question};\n")).collect();
    let answers = sqlite(file.to_str().expect("UTF-8"), &questions);
    assert_eq!(answers.lines().count(), QUESTIONS.len(), "one answer for each question: {answers}");
    let wrong = QUESTIONS.iter().zip(answers.lines()).filter(|(_, answer)| *answer != "0");
    complaints.extend(wrong.map(|((meaning, _), answer)| format!("{meaning}: {answer}")));
    Ok(())
}

/// The hash of a past CRL made of its header, its entries and its trailer.
fn put_together(session: &Session, row: &CrlRow) -> Result<Fingerprint, RegistryError> {
    let mut der = row.crl.header.clone();
    session.registry().read(|tx| {
        tx.crl_contents(row, |entry| {
            der.extend_from_slice(entry);
            Ok::<_, RegistryError>(())
        })
    })?;
    der.extend_from_slice(&row.crl.trailer);
    Ok(Fingerprint::of(&der))
}

/// Every CRL of every authority, by its display name.
fn crls(session: &Session) -> Result<Vec<(String, CrlRow)>, RegistryError> {
    session.registry().read(|tx| {
        let mut all = Vec::new();
        for authority in tx.authorities()? {
            for generation in tx.generations(authority.id)? {
                all.extend(tx.crls(generation.generation.id, 10_000)?.into_iter().map(|row| (authority.name.clone(), row)));
            }
        }
        Ok(all)
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// What carries a signature and has its name is in the registry; what has no name yet is for its owner only.
fn handed_over(session: &Session, crls: &[(String, CrlRow)], path: &Path, complaints: &mut Vec<String>) -> Result<(), Failure> {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let bytes = std::fs::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    if text.contains("PRIVATE KEY") && !is_private(path)? {
        complaints.push(format!("{name} can be read by others"));
    }
    // What lies in a hidden folder waits for its name as well.
    let hidden = |part: &str| part.starts_with(".issue-") || part.starts_with(".export-");
    if path.components().any(|part| hidden(&part.as_os_str().to_string_lossy())) {
        return Ok(());
    }
    let ends = ["-----END PRIVATE KEY-----", "-----END ENCRYPTED PRIVATE KEY-----"];
    if name.ends_with(".key") && !ends.iter().any(|end| text.trim_end().ends_with(end)) {
        complaints.push(format!("{name} holds no whole key"));
    }
    let listed = name == "crl.pem" && !pem::blocks(&text, "X509 CRL").is_empty();
    if name.ends_with(".pem") | name.ends_with(".crt") && !listed && pem::blocks(&text, "CERTIFICATE").is_empty() {
        complaints.push(format!("{name} holds no certificate"));
    }
    if name.starts_with('.') {
        return Ok(());
    }
    if name.ends_with(".crl") {
        let sha256 = Crl::from_der(&bytes)?.sha256();
        if !crls.iter().any(|(_, row)| row.crl.sha256 == sha256) {
            complaints.push(format!("{name} is out in the world and unknown to the registry"));
        }
    }
    for der in pem::blocks(&text, "CERTIFICATE") {
        let fingerprint = Certificate::from_der(&der)?.fingerprint();
        if session.registry().read(|tx| tx.certificate_by_fingerprint(&fingerprint))?.is_none() {
            complaints.push(format!("a certificate in {name} is out in the world and unknown to the registry"));
        }
    }
    Ok(())
}

fn is_private(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(path.metadata()?.permissions().mode() & 0o077 == 0)
}

fn kept(session: &Session, crls: &[(String, CrlRow)], promise: &Promise, folder: &Path, now: OffsetDateTime) -> Result<bool, Failure> {
    let serial_of = |text: &str| SerialNumber::from_hex(text);
    Ok(match promise {
        Promise::Registry => true,
        Promise::Authority { name } => session.registry().read(|tx| tx.authority_named(name))?.is_some(),
        Promise::Generation { authority, fingerprint } => {
            let summaries = session.authorities()?;
            let found = summaries.iter().find(|summary| summary.row.name == *authority);
            let current = found.and_then(|summary| summary.current());
            current.is_some_and(|current| current.key.key.state == authority::registry::KeyState::Ready)
                && found
                    .and_then(|summary| summary.certificate.as_ref())
                    .is_some_and(|row| row.facts.fingerprint.to_string() == *fingerprint)
        }
        Promise::Certificate { fingerprint, serial, files } => {
            let rows = session.registry().read(|tx| tx.certificates_by_serial(&serial_of(serial)?).map_err(Failure::from))?;
            // Whether a file is whole is looked at with the others that were handed over.
            let there = files.iter().all(|name| folder.join("out").join(name).metadata().is_ok_and(|about| about.len() > 0));
            there && rows.iter().any(|row| row.facts.fingerprint.to_string() == *fingerprint)
        }
        Promise::Superseded { serial } => {
            let rows = session.registry().read(|tx| tx.certificates_by_serial(&serial_of(serial)?).map_err(Failure::from))?;
            rows.iter().any(|row| row.state.superseded_by.is_some())
        }
        Promise::Revoked { serial } => {
            let rows = session.registry().read(|tx| tx.certificates_by_serial(&serial_of(serial)?).map_err(Failure::from))?;
            rows.iter().any(|row| row.state.standing == Standing::Revoked)
        }
        Promise::Crl { authority, number, sha256 } => {
            let file = std::fs::read(folder.join("out").join(format!("{number}.crl")));
            let numbered = |(name, row): &(String, CrlRow)| name == authority && row.crl.number.to_string() == *number;
            file.is_ok_and(|bytes| Fingerprint::of(&bytes).to_string() == *sha256)
                && crls.iter().any(|row| numbered(row) && row.1.crl.sha256.to_string() == *sha256)
        }
        Promise::Taken { certificates } => {
            let totals = session.registry().read(|tx: &Read<'_>| tx.certificate_totals())?;
            totals.iter().map(|total| total.count).sum::<u64>() == u64::from(*certificates)
        }
        Promise::File { name, sha256 } => {
            let file = std::fs::read(folder.join("out").join(name));
            file.is_ok_and(|bytes| Fingerprint::of(&bytes).to_string() == *sha256)
        }
        Promise::CopyOfSchema { schema } => {
            let copy = registry(folder).with_extension(format!("chancery.schema-{schema}"));
            let copy = copy.to_str().expect("UTF-8");
            sqlite(copy, "PRAGMA integrity_check; PRAGMA user_version;") == format!("ok\n{schema}\n")
        }
        Promise::Profile { name } => session.profile(name).is_ok(),
        Promise::Policy { authority, longest_days } => {
            let id = session.registry().read(|tx| tx.authority_named(authority))?.map(|row| row.id);
            let policy = id.map(|id| session.policy(id)).transpose()?.flatten();
            policy.is_some_and(|policy| policy.longest_days() == Some(*longest_days))
        }
        Promise::Usable { authority } => keys::usable(session, authority)?,
        Promise::KeysIn { keys } => {
            let kind = if session.keys_kind() == KeysKind::Passphrase { "passphrase" } else { "os" };
            kind == keys
        }
        Promise::OpensWithNewPassphraseOnly => {
            let vault = Vault::open(&vault_path(session.registry().path()), Arc::clone(&session.host().entropy))?;
            let opens = |text: &str| vault.verify_passphrase(&Passphrase::new(text.to_owned()));
            opens(NEW_PASSPHRASE) == Ok(()) && opens(PASSPHRASE) == Err(KeyStoreError::WrongPassphrase)
        }
        Promise::Source { certificates, crls } => {
            let wanted = (u64::from(*certificates), u64::from(*crls));
            session.registry().read(|tx| Ok::<_, RegistryError>(tx.sources()?.iter().all(|row| (row.certificates, row.crls) == wanted)))?
        }
        Promise::Backup { file } => {
            // Looked at elsewhere: opening a backup brings its vault out.
            let elsewhere = tempfile::tempdir()?;
            let copy = elsewhere.path().join(file);
            let made = folder.join("out").join(file);
            if !made.exists() {
                return Ok(false);
            }
            std::fs::copy(made, &copy)?;
            let backup = opened(&copy, folder, now)?;
            let verdict = backup.verify_audit()?;
            backup.registry().check()?.findings.is_empty() && verdict.findings.is_empty() && verdict.sealed
        }
    })
}
