#![expect(clippy::unwrap_used, reason = "tests fail loudly")]
use super::*;
use crate::clock::SeededEntropy;
use time::macros::datetime;

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse".to_owned())
}

fn file() -> (tempfile::TempDir, std::path::PathBuf, RecoveryPublicKey) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acme.recovery");
    let now = datetime!(2026-03-04 5:06:07.89 UTC);
    let public = RecoveryFile::create_cheap(&path, &passphrase(), "reg-1", now, &SeededEntropy::new(1)).unwrap();
    (folder, path, public)
}

#[test]
fn a_new_file_opens_and_names_its_registry() {
    let (_folder, path, public) = file();
    assert_eq!(RecoveryFile::test(&path, &passphrase()).unwrap(), public);
    let read = RecoveryFile::read(&path).unwrap();
    assert_eq!((read.registry(), read.created(), read.public()), ("reg-1", datetime!(2026-03-04 5:06:07 UTC), &public));
    assert!(matches!(RecoveryFile::open(&path, &Passphrase::new("other".to_owned())), Err(RecoveryError::WrongPassphrase)));
}

#[test]
fn the_private_half_is_not_in_the_file() {
    let (_folder, path, _) = file();
    let bytes = fs::read(&path).unwrap();
    let key = RecoveryFile::open(&path, &passphrase()).unwrap();
    for form in [
        key.private.expose().to_vec(),
        hex::encode(key.private.expose()).into_bytes(),
        URL_SAFE_NO_PAD.encode(key.private.expose()).into_bytes(),
    ] {
        assert!(!bytes.windows(form.len()).any(|window| window == form));
    }
}

#[cfg(unix)]
#[test]
fn it_is_private_and_never_replaced() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path, _) = file();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let before = fs::read(&path).unwrap();
    let again = RecoveryFile::create_cheap(&path, &passphrase(), "reg-2", datetime!(2027-01-01 0:00 UTC), &SeededEntropy::new(2));
    assert_eq!(again, Err(RecoveryError::AlreadyExists));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn every_changed_octet_is_seen_or_harmless() {
    let (_folder, path, public) = file();
    let good = fs::read(&path).unwrap();
    let note = good.windows(NOTE.len()).position(|window| window == NOTE.as_bytes()).unwrap();
    for offset in 0..good.len() {
        let mut flipped = good.clone();
        *flipped.get_mut(offset).unwrap() ^= 0x20;
        fs::write(&path, &flipped).unwrap();
        match RecoveryFile::open(&path, &passphrase()) {
            // Words for people, and the line feed at the end, may change.
            Ok(key) => {
                assert_eq!(key.public(), &public, "octet {offset}");
                assert!((note..note + NOTE.len()).contains(&offset) || offset + 1 == good.len(), "octet {offset}");
            }
            Err(RecoveryError::Damaged { .. } | RecoveryError::NotARecoveryFile | RecoveryError::WrongPassphrase) => {}
            Err(error) => assert_eq!(format!("{error:?}"), "", "octet {offset}"),
        }
    }
    for end in 0..good.len() - 1 {
        fs::write(&path, good.get(..end).unwrap()).unwrap();
        assert!(RecoveryFile::open(&path, &passphrase()).is_err(), "cut at {end}");
    }
}

#[test]
fn line_ends_and_trailing_spaces_of_mail_do_no_harm() {
    let (_folder, path, public) = file();
    let text = fs::read_to_string(&path).unwrap().replace('\n', "  \r\n");
    fs::write(&path, format!("\r\n{text}\r\n")).unwrap();
    assert_eq!(RecoveryFile::test(&path, &passphrase()).unwrap(), public);
}

#[test]
fn versions_and_costs_are_read_before_anything_is_paid() {
    let (_folder, path, _) = file();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("chancery-recovery 1", "chancery-recovery 2")).unwrap();
    assert_eq!(RecoveryFile::read(&path), Err(RecoveryError::Newer { version: "2".to_owned() }));
    let mut read = RecoveryFile::from_text(&text).unwrap();
    let costly = read.to_text().replace("m=8 ", "m=4294967295 ");
    let fields: String = costly
        .lines()
        .filter(|line| !line.starts_with('#') && *line != TITLE && !line.starts_with("checksum"))
        .map(|l| format!("{l}\n"))
        .collect();
    let sum = hex::encode(digest(&SHA256, fields.as_bytes()));
    fs::write(&path, format!("{TITLE}\n{fields}checksum: {sum}\n")).unwrap();
    let refused = RecoveryError::CostRefused { memory_kib: u32::MAX, passes: 1, lanes: 1 };
    assert_eq!(RecoveryFile::test(&path, &passphrase()), Err(refused));
    // Another registry's name on the same sealed key: the passphrase no longer fits.
    read.registry = "reg-2".to_owned();
    fs::write(&path, read.to_text()).unwrap();
    assert_eq!(RecoveryFile::test(&path, &passphrase()), Err(RecoveryError::WrongPassphrase));
    fs::write(&path, "hello\n").unwrap();
    assert_eq!(RecoveryFile::read(&path), Err(RecoveryError::NotARecoveryFile));
    assert!(matches!(RecoveryFile::read(&path.join("x")), Err(RecoveryError::Io { .. })));
}
