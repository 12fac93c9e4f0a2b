#![expect(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests fail loudly, and ssh-keygen and openssl judge")]

use std::{fs, path::Path, process::Command};

use proptest::prelude::*;

use super::*;
use crate::encoding::{Object, pem, recognise};

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Vec<u8> {
    let done = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

fn opened(file: &[u8], passwords: &[&str]) -> Result<PrivateKey, ObjectError> {
    let passwords: Vec<Password> = passwords.iter().map(|text| Password::new((*text).to_owned())).collect();
    let mut found = recognise(file, &passwords).found;
    assert_eq!(found.len(), 1);
    match found.remove(0).object? {
        Object::PrivateKey(key) => Ok(key),
        other => panic!("{other:?}"),
    }
}

/// The public key in the form of `SubjectPublicKeyInfo`, as `ssh-keygen` writes it out.
fn public(folder: &Path) -> Vec<u8> {
    let text = run(folder, "ssh-keygen", &["-e", "-m", "PKCS8", "-f", "key.pub"]);
    pem::blocks(&text).remove(0).body.unwrap().to_vec()
}

#[test]
fn keys_of_ssh_keygen_open() {
    for (index, (kind, bits, password, cipher)) in [
        ("rsa", "2048", "", ""),
        ("rsa", "3072", "pässwörd🔑", ""),
        ("ecdsa", "256", "", ""),
        ("ecdsa", "384", "changeit", "aes256-cbc"),
        ("ecdsa", "521", "changeit", "aes128-ctr"),
        ("ed25519", "", "", ""),
        ("ed25519", "", "changeit", "aes192-ctr"),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = std::env::temp_dir().join(format!("chancery-openssh-{index}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut arguments = vec!["-q", "-t", kind, "-N", password, "-a", "2", "-C", "somebody", "-f", "key"];
        arguments.extend(["-b", bits].iter().filter(|_| !bits.is_empty()));
        arguments.extend(["-Z", cipher].iter().filter(|_| !cipher.is_empty()));
        run(&folder, "ssh-keygen", &arguments);
        let file = fs::read(folder.join("key")).unwrap();
        let key = opened(&file, &["wrong", password]).unwrap();
        if kind == "ed25519" {
            // ssh-keygen has no other form for it; what it wrote is the last of the blob.
            let text = fs::read_to_string(folder.join("key.pub")).unwrap();
            let blob = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text.split(' ').nth(1).unwrap()).unwrap();
            assert!(blob.ends_with(key.public_key().key_bits()));
        } else {
            assert_eq!(key.public_key().spki_der(), public(&folder), "{kind} {bits}");
        }
        if !password.is_empty() {
            assert_eq!(opened(&file, &[]).unwrap_err(), ObjectError::PasswordNeeded);
            assert_eq!(opened(&file, &["wrong", ""]).unwrap_err(), ObjectError::WrongPassword);
        }
        // The public half by itself is no object of ours.
        assert!(!recognise(&fs::read(folder.join("key.pub")).unwrap(), &[]).known);
        fs::remove_dir_all(&folder).unwrap();
    }
}

/// A frame with these fields; the private part is `private`.
fn framed(cipher: &str, rounds: u32, private: &[u8]) -> String {
    let string = |octets: &[u8]| [u32::try_from(octets.len()).unwrap().to_be_bytes().as_slice(), octets].concat();
    let options = [string(&[7; 16]), rounds.to_be_bytes().to_vec()].concat();
    let derivation = if cipher == "none" { "none" } else { "bcrypt" };
    let body = [
        MAGIC,
        &string(cipher.as_bytes()),
        &string(derivation.as_bytes()),
        &string(&options),
        &[0, 0, 0, 1],
        &string(b""),
        &string(private),
    ]
    .concat();
    pem::encode("OPENSSH PRIVATE KEY", &body)
}

#[test]
fn traps_and_strange_ciphers_are_named() {
    let trap = framed("aes256-ctr", u32::MAX, &[0; 64]);
    assert_eq!(opened(trap.as_bytes(), &["x"]).unwrap_err(), ObjectError::TooCostly { cost: u32::MAX.into(), limit: MOST_BCRYPT_ROUNDS });
    let strange = framed("chacha20-poly1305@openssh.com", 16, &[0; 64]);
    assert_eq!(opened(strange.as_bytes(), &["x"]).unwrap_err().code(), "unsupported");
    let security_key = [&[0; 8], b"\0\0\0\x1ask-ssh-ed25519@openssh.com".as_slice()].concat();
    assert_eq!(opened(framed("none", 0, &security_key).as_bytes(), &[]).unwrap_err().code(), "unsupported");
    assert_eq!(opened(framed("none", 0, &[0; 8]).as_bytes(), &[]).unwrap_err().code(), "malformed");
    assert_eq!(opened(framed("aes256-ctr", 0, &[0; 8]).as_bytes(), &["x"]).unwrap_err().code(), "malformed");
}

proptest! {
    #[test]
    fn any_octets_are_survived(private in proptest::collection::vec(any::<u8>(), 0..200), kind in "ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp256|x") {
        let _ = recognise(framed("none", 0, &private).as_bytes(), &[]);
        let length = u32::try_from(kind.len()).unwrap().to_be_bytes();
        let _ = recognise(framed("none", 0, &[&[0; 8], length.as_slice(), kind.as_bytes(), &private].concat()).as_bytes(), &[]);
    }
}
