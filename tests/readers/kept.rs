//! What is taken in comes out byte for byte: certificates, lists and requests of every file, odd ones too.

use std::collections::HashSet;

use pki::encoding::{Object, pem, recognise};
use serde_json::json;
use suite::data::data;
use suite::paging::each_certificate;
use suite::{Sandbox, ask, vectors};

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

/// Whole folders go through a registry: every object is accounted for, and what was taken is exported as it came.
#[test]
fn what_a_registry_takes_it_gives_back_byte_for_byte() {
    let sandbox = Sandbox::with_keyring();
    let request = json!({ "paths": [vectors::installed(), data("")], "withoutKeys": true, "whole": true });
    let report = sandbox.surface.import_run(ask(request)).unwrap_or_else(|error| panic!("{error:?}"));
    let outcomes = &report.outcomes;
    let items = outcomes.new + outcomes.known + outcomes.conflicting + outcomes.refused + outcomes.left_out;
    assert_eq!(u32::try_from(report.items.len()).ok(), Some(items), "each object has its line");
    let mut ders = HashSet::new();
    for (_, octets) in vectors::all() {
        ders.extend(recognise(&octets, &[]).found.into_iter().filter_map(|item| Some(exported(item.object.as_ref().ok()?)?.0.to_vec())));
    }
    let mut seen = 0;
    each_certificate(&sandbox.surface, |certificate| {
        let out = sandbox.text("out.der");
        let export = json!({ "certificate": certificate.id, "format": "der", "out": out, "overwrite": true });
        sandbox.surface.certificate_export(ask(export)).unwrap_or_else(|error| panic!("{}: {error:?}", certificate.name));
        assert!(ders.contains(&std::fs::read(&out).expect("a file")), "{} is not as it came", certificate.name);
        seen += 1;
    });
    assert_eq!(seen, report.taken.certificates, "every one that was taken");
    assert!(seen > 500, "{seen}");
}
