//! CRLs: empty, and with every reason that is written.

use authority::pki::crl::{CrlForm, CrlNumber, CrlRequest, RevokedEntry, prepare_crl};
use authority::pki::{Crl, Fingerprint, RevocationReason, SignatureAlgorithm};
use insta::assert_snapshot;
use serde_json::json;
use suite::judges::openssl;
use suite::{NOW, Sandbox, ask};
use time::Duration;

use super::certificates::issuing;
use super::made::{Made, serial, signer};

/// The names of all snapshots.
pub fn names() -> Vec<String> {
    ["crl-empty", "crl-with-every-reason"].map(str::to_owned).to_vec()
}

fn made(issuer: &Made, key: &str, number: u64, days: i64, entries: &[RevokedEntry]) -> Crl {
    let request = CrlRequest {
        issuer: &issuer.certificate,
        algorithm: SignatureAlgorithm::for_public_key(issuer.certificate.public_key()).expect("an algorithm"),
        number: CrlNumber::from_u64(number),
        this_update: NOW,
        next_update: NOW + Duration::days(days),
        entries: entries.iter().flat_map(RevokedEntry::encode).collect(),
        form: CrlForm::default(),
    };
    prepare_crl(request).expect("prepared").sign(&signer(key)).expect("signed")
}

fn show(name: &str, crl: &Crl) {
    let sandbox = Sandbox::empty();
    let path = sandbox.write("made.crl", crl.der());
    let view = sandbox.surface.crl_show(ask(json!({ "path": path, "entries": true }))).expect("a view");
    let hash = Fingerprint::of(crl.der());
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        assert_snapshot!(name, format!("sha256 of the CRL: {hash}\n{}\n", serde_json::to_string_pretty(&view).expect("JSON")));
        let options = ["crl", "-inform", "DER", "-in", &path, "-noout", "-text", "-nameopt", "RFC2253"];
        assert_snapshot!(format!("{name}_by_openssl"), openssl::openssl(&options).assert_accepted());
    });
}

#[test]
fn an_empty_crl() {
    show("crl-empty", &made(&Made::root("root", 1), "root", 1, 180, &[]));
}

#[test]
fn a_crl_with_every_reason() {
    let entries: Vec<_> = (100..)
        .zip(RevocationReason::ALL.into_iter().filter(|reason| *reason != RevocationReason::RemoveFromCrl))
        .map(|(seed, reason)| RevokedEntry {
            serial: serial(seed),
            revoked_at: NOW - Duration::hours(1),
            reason: Some(reason),
            invalidity_date: (reason == RevocationReason::KeyCompromise).then(|| NOW - Duration::days(3)),
        })
        // From 2050 on times are written as GeneralizedTime.
        .chain([RevokedEntry {
            serial: serial(200),
            revoked_at: time::macros::datetime!(2050-01-01 0:00 UTC),
            reason: None,
            invalidity_date: None,
        }])
        .collect();
    show("crl-with-every-reason", &made(&issuing(), "issuing", (1 << 32) + 1, 7, &entries));
}
