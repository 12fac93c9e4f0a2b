//! What operations consist of.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use api::request::Nothing;
use api::{ApiError, ErrorCode, Host, Surface};
use authority::clock::FixedClock;
use authority::keystore::{FolderKeyStore, KdfCost, KeyStore, MemoryKeyStore};
use authority::pki::{Crl, Fingerprint, SigningRequest};
use authority::registry::{Disk, Registry, RegistryId, known_schema};
use authority::session::{Host as Forces, Keyring};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{FIRST_SCHEMA, Promise, outside, registry};
use crate::sandbox::{PASSPHRASE, forces, tester};
use crate::{NOW, ask};

pub(super) fn text(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

/// The machine of the sweeps: trying a passphrase costs next to nothing, for it is done some ten thousand times, and what a keyring holds outlives the
/// process.
pub fn machine(clock: &Arc<FixedClock>, folder: &Path) -> Forces {
    let keyring = Arc::new(KeyringFolder(folder.join("keyring")));
    Forces { passphrase_cost: KdfCost::CHEAP, keyring, ..forces(clock, &MemoryKeyStore::new()) }
}

/// A keyring: a folder for each registry.
struct KeyringFolder(PathBuf);

impl Keyring for KeyringFolder {
    fn open(&self, registry: &RegistryId) -> Arc<dyn KeyStore> {
        Arc::new(FolderKeyStore::new(&self.0.join(registry.to_string())))
    }
}

pub(super) fn surface(clock: &Arc<FixedClock>, folder: &Path) -> Surface {
    Surface::new(Host::of_a_test(machine(clock, folder)))
}

pub(super) fn create(surface: &Surface, folder: &Path) -> Result<(), ApiError> {
    let request = json!({ "path": registry(folder), "name": "Acme", "keys": "passphrase", "passphrase": PASSPHRASE });
    surface.registry_create(ask(request)).map(drop)
}

pub(super) fn open(surface: &Surface, folder: &Path) -> Result<(), ApiError> {
    if surface.open_path().is_none() {
        surface.registry_open(ask(json!({ "path": registry(folder) })))?;
    }
    surface.registry_unlock(ask(json!({ "passphrase": PASSPHRASE }))).map(drop)
}

/// Passes over the refusal that says: this was done before.
pub(super) fn or_done<T>(outcome: Result<T, ApiError>, done: ErrorCode) -> Result<(), ApiError> {
    match outcome {
        Err(error) if error.code != done => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn authority(surface: &Surface, name: &str, parent: Option<&str>) -> Result<(), ApiError> {
    let request = json!({ "name": name, "parent": parent, "subject": format!("CN=Acme {name} CA"), "key": "ec-p256" });
    surface.authority_create(ask(request)).map(drop)
}

pub(super) fn issue(surface: &Surface, name: &str, out: &Path) -> Result<Promise, ApiError> {
    hand_over(surface, &json!({ "authority": "Issuing", "names": [format!("{name}.example.test")] }), true, out)
}

/// Issues what a draft says, and promises the files that it is handed over in.
fn hand_over(surface: &Surface, draft: &Value, makes_key: bool, out: &Path) -> Result<Promise, ApiError> {
    let request = json!({ "draft": draft, "handOver": { "out": text(out), "plainKey": true, "overwrite": true } });
    let issued = surface.certificate_issue(ask(request))?;
    let root = out.ancestors().find(|above| above.ends_with("out")).expect("the folder for what is handed over");
    let name = |path: &str| Path::new(path).strip_prefix(root).expect("a file in it").to_string_lossy().into_owned();
    let files: Vec<String> = issued.files.iter().map(|file| name(&file.path)).collect();
    assert_eq!(files.len(), 2 + usize::from(makes_key), "certificate, chain, and a key that was made");
    Ok(Promise::Certificate { fingerprint: issued.certificate.fingerprint, serial: issued.certificate.serial, files })
}

pub(super) fn renew(surface: &Surface, name: &str, same_key: bool, out: &Path, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    let serial = serial_of(surface, &format!("{name}.example.test"))?;
    let draft = surface.certificate_renewal(ask(json!({ "certificate": serial })))?;
    let mut draft = serde_json::to_value(draft).expect("JSON");
    draft["sameKey"] = same_key.into();
    promise(&hand_over(surface, &draft, !same_key, out)?);
    promise(&Promise::Superseded { serial });
    Ok(())
}

/// A key is made once, however often this is interrupted; each of the two signs its CRL.
pub(super) fn rekey(surface: &Surface, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    for name in ["Issuing", "Root"] {
        let shown = || surface.authority_show(ask(json!({ "authority": name })));
        if shown()?.generations.len() < 2 {
            surface.authority_renew(ask(json!({ "renewal": { "authority": name, "newKey": true }, "confirmation": name })))?;
        }
        let view = shown()?;
        assert_eq!(view.generations.len(), 2, "{name} has the key before and the new one");
        promise(&Promise::Generation { authority: name.to_owned(), fingerprint: view.certificate.fingerprint });
        for generation in [1, 2] {
            surface.crl_build(ask(json!({ "authority": name, "generation": generation })))?;
        }
    }
    Ok(())
}

/// A key is asked for once, however often this is interrupted.
pub(super) fn ask_outside(surface: &Surface, folder: &Path, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    let (name, out) = ("Outside", folder.join("out"));
    let wish = json!({ "name": name, "subject": "CN=Acme Outside CA", "key": "ec-p256" });
    or_done(surface.authority_request(ask(wish)), ErrorCode::NameTaken)?;
    for (authority, file) in [(name, "outside.csr"), ("Issuing", "issuing.csr")] {
        let csr = surface.authority_csr(ask(json!({ "authority": authority, "out": out.join(file), "overwrite": true })))?;
        let sha256 = Fingerprint::of(csr.pem.as_bytes()).to_string();
        promise(&Promise::File { name: file.to_owned(), sha256 });
    }
    let shown = || surface.authority_show(ask(json!({ "authority": name })));
    if shown().is_err_and(|error| error.code == ErrorCode::AwaitsCertificate) {
        let csr = std::fs::read(out.join("outside.csr")).expect("a request");
        let answer = outside::answer(folder, &SigningRequest::from_pem(&csr).expect("a request"));
        surface.authority_install(ask(json!({ "authority": name, "text": answer })))?;
    }
    promise(&Promise::Generation { authority: name.to_owned(), fingerprint: shown()?.certificate.fingerprint });
    let certificate = surface.authority_show(ask(json!({ "authority": "Issuing" })))?.certificate;
    let signing = json!({ "authority": name, "certificate": certificate.id });
    let request = json!({ "signing": signing, "confirmation": certificate.name, "out": out.join("cross.pem"), "overwrite": true });
    let signed = surface.authority_cross_sign(ask(request))?.certificate;
    promise(&Promise::Certificate { fingerprint: signed.fingerprint, serial: signed.serial, files: vec!["cross.pem".to_owned()] });
    surface.crl_build(ask(json!({ "authority": name }))).map(drop)
}

pub(super) fn revoke(surface: &Surface, name: &str) -> Result<Promise, ApiError> {
    let name = format!("{name}.example.test");
    let found = surface.certificate_show(ask(json!({ "certificate": serial_of(surface, &name)? })))?.certificate;
    let request = json!({ "certificates": [found.id], "reason": "keyCompromise", "confirmation": name });
    or_done(surface.certificate_revoke(ask(request)), ErrorCode::AlreadyRevoked)?;
    Ok(Promise::Revoked { serial: found.serial })
}

pub(super) fn serial_of(surface: &Surface, name: &str) -> Result<String, ApiError> {
    let mut page = surface.certificate_list(ask(json!({ "name": name })))?;
    Ok(page.items.remove(0).serial)
}

pub(super) fn crl(surface: &Surface, out: &Path) -> Result<Promise, ApiError> {
    let built = surface.crl_build(ask(json!({ "authority": "Issuing" })))?;
    let number = serde_json::to_value(&built.number).expect("JSON").to_string();
    let file = out.join(format!("{number}.crl"));
    surface.crl_export(ask(json!({ "authority": "Issuing", "number": number, "out": file, "overwrite": true })))?;
    Ok(Promise::Crl { authority: "Issuing".to_owned(), number, sha256: built.sha256 })
}

/// Makes a registry whose keys are in the keyring.
pub(super) fn create_on_keyring(surface: &Surface, folder: &Path) -> Result<(), ApiError> {
    let request = json!({ "path": registry(folder), "name": "Acme", "keys": "os", "withoutRecoveryFile": true });
    surface.registry_create(ask(request)).map(drop)
}

/// A registry that was made, and did not hear any more that no recovery file is wanted, gets one.
pub(super) fn decide_about_recovery(surface: &Surface, out: &Path) -> Result<(), ApiError> {
    if surface.registry_status(Nothing {})?.recovery != "missing" {
        return Ok(());
    }
    surface.recovery_file_create(ask(json!({ "path": out.join("recovery"), "passphrase": PASSPHRASE }))).map(drop)
}

/// Takes a registry back to the first schema.
pub(super) fn take_back(file: &Path) {
    Registry::migrate(file, Disk::OWN, FIRST_SCHEMA, &tester(), NOW).expect("taken back");
    std::fs::remove_file(file.with_extension(format!("chancery.schema-{}", known_schema()))).expect("the copy");
}

/// Lets a copy of the registry revoke and issue a CRL: `published.crl` in the folder.
pub(super) fn publish_elsewhere(folder: &Path) {
    let elsewhere = tempfile::tempdir().expect("a folder");
    crate::crash::copy(folder, elsewhere.path());
    let surface = surface(&Arc::new(FixedClock::at(NOW)), elsewhere.path());
    open(&surface, elsewhere.path()).expect("opened");
    revoke(&surface, "one").expect("revoked");
    surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a CRL");
    let request = json!({ "authority": "Issuing", "out": folder.join("published.crl") });
    surface.crl_export(ask(request)).expect("exported");
    surface.registry_close(Nothing {}).expect("closed");
}

pub(super) fn install(surface: &Surface, folder: &Path, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    let published = folder.join("published.crl");
    surface.crl_install(ask(json!({ "authority": "Issuing", "path": published })))?;
    promise(&Promise::Revoked { serial: serial_of(surface, "one.example.test")? });
    let next = crl(surface, &folder.join("out"))?;
    let published = Crl::from_der(&std::fs::read(&published).expect("a file")).expect("a CRL");
    let Promise::Crl { number, .. } = &next else { panic!("{next:?}") };
    assert!(*number > published.number().expect("a number").to_string(), "CRL {number} comes after the one that was published");
    promise(&next);
    Ok(())
}

pub(super) fn export(surface: &Surface, out: &Path, now: OffsetDateTime, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    let mut written = |name: String| {
        let sha256 = Fingerprint::of(&std::fs::read(out.join(&name)).expect("a file")).to_string();
        promise(&Promise::File { name, sha256 });
    };
    let certificate = serial_of(surface, "two.example.test")?;
    for format in ["pem", "der", "chain", "bundle", "pkcs7"] {
        let name = format!("two.{format}");
        let request = json!({ "certificate": certificate, "format": format, "out": out.join(&name), "overwrite": true });
        surface.certificate_export(ask(request))?;
        written(name);
    }
    surface.crl_export(ask(json!({ "authority": "Issuing", "number": "1", "out": out.join("current.crl"), "overwrite": true })))?;
    written("current.crl".to_owned());
    // The log has grown when it is exported again.
    let name = format!("audit-{}.jsonl", now.unix_timestamp());
    surface.audit_export(ask(json!({ "out": out.join(&name), "overwrite": true })))?;
    written(name);
    Ok(())
}

/// The folders that an authority is handed over as.
const HANDED_OUT: [&str; 2] = ["openssl-index", "easy-rsa"];

/// Whether a folder is one that an authority was handed over as.
pub fn is_handed_out(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    HANDED_OUT.iter().any(|format| name.starts_with(format))
}

/// A folder is there whole: its last file is among those that are promised. One that a run has made already is made anew under another name.
pub(super) fn export_folder(surface: &Surface, out: &Path, now: OffsetDateTime, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    let mut written = |name: String| {
        let sha256 = Fingerprint::of(&std::fs::read(out.join(&name)).expect("a file")).to_string();
        promise(&Promise::File { name, sha256 });
    };
    for format in HANDED_OUT {
        let name =
            (1..).map(|run| format!("{format}-{}-{run}", now.unix_timestamp())).find(|name| !out.join(name).exists()).expect("a name");
        let request = json!({
            "authority": "Issuing", "format": format, "out": out.join(&name), "password": "for the keys", "reason": "a drill",
            "passphrase": PASSPHRASE, "confirmation": "Issuing",
        });
        surface.authority_export(ask(request))?;
        for file in ["ca.crt", "private/ca.key", "index.txt", "crlnumber", "serial", "crl.pem"] {
            written(format!("{name}/{file}"));
        }
    }
    for (form, name) in [("csv", "list.csv"), ("zip", "list.zip")] {
        surface.certificates_export(ask(json!({ "form": form, "out": out.join(name), "overwrite": true })))?;
        written(name.to_owned());
    }
    Ok(())
}

pub(super) fn rules(surface: &Surface, promise: &mut dyn FnMut(&Promise)) -> Result<(), ApiError> {
    let shown = surface.profile_show(ask(json!({ "profile": "tls-server" })))?;
    for days in [30, 20] {
        let text =
            shown.text.replace("name = \"tls-server\"", "name = \"web\"").replace("defaultDays = 397", &format!("defaultDays = {days}"));
        surface.profile_set(ask(json!({ "text": text })))?;
        promise(&Promise::Profile { name: "web".to_owned() });
    }
    let rules = json!({ "profiles": ["web"], "keys": ["ec-p256"], "longestDays": 60, "names": [] });
    surface.policy_set(ask(json!({ "authority": "Issuing", "rules": rules })))?;
    promise(&Promise::Policy { authority: "Issuing".to_owned(), longest_days: 60 });
    Ok(())
}
