//! What is taken in comes out byte for byte: certificates, lists and requests of every file, odd ones too.

use pki::encoding::{Object, pem, recognise};
use suite::vectors;

/// DER and PEM of what can be exported again.
fn exported(object: &Object) -> Option<(&[u8], String)> {
    match object {
        Object::Certificate(certificate) => Some((certificate.der(), certificate.pem())),
        Object::Crl(list) => Some((list.der(), list.pem())),
        Object::Request(request) => Some((request.der(), request.pem())),
        Object::PrivateKey(_) => None,
    }
}

/// The base64 of a PEM block, without its lines.
fn base64(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("-----")).collect()
}

#[test]
fn what_is_read_is_exported_byte_for_byte() {
    let (mut bare, mut armoured) = (0, 0);
    for (name, octets) in vectors::all() {
        let found = recognise(&octets, &[]).found;
        let objects: Vec<_> = found.iter().filter_map(|item| exported(item.object.as_ref().ok()?)).collect();
        // What is deflated or encrypted does not stand in the file.
        let sealed = octets.starts_with(b"PK\x03\x04") || ["p12", "pfx", "pkcs12"].iter().any(|mark| name.to_lowercase().contains(mark));
        if objects.is_empty() || sealed {
            continue;
        }
        if pem::blocks(&octets).is_empty() {
            // One object is the whole file; those of a bundle lie in it as they are.
            for (der, text) in &objects {
                assert!(
                    *der == octets.as_slice() || octets.windows(der.len()).any(|window| window == *der) || is_indefinite(&octets),
                    "{name}"
                );
                assert_eq!(pem::blocks(text.as_bytes())[0].body.as_ref().map(|body| body.as_slice()), Ok(*der), "{name}");
                bare += 1;
            }
        } else {
            // The text says so itself, but for its ends of lines; what is in bundles is among the files that are bare.
            let text: String = String::from_utf8_lossy(&octets).split_whitespace().collect();
            let bundled = ["PKCS7", "PKCS12", "TRUSTED"].iter().any(|label| text.contains(&format!("BEGIN{label}")));
            for (_, exported) in &objects {
                assert!(bundled || text.contains(base64(exported).trim_end_matches('=')), "{name}");
                armoured += 1;
            }
        }
    }
    assert!(bare > 1500 && armoured > 400, "{bare} bare, {armoured} armoured");
}

fn is_indefinite(octets: &[u8]) -> bool {
    octets.get(1) == Some(&0x80)
}
