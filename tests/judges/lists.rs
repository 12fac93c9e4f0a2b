//! CRLs before pkilint: of every kind of key, empty, and with every reason that is written.

use std::fmt::Write as _;

use pki::crl::{CrlForm, CrlNumber, CrlRequest, RevokedEntry, prepare_crl};
use pki::{RevocationReason, SerialNumber, Signer as _};
use suite::data::named;
use suite::judges::pkilint::{self, Linted};
use suite::{NOW, Sandbox};
use time::Duration;

use crate::made::{Authority, Made};
use crate::page;
use crate::waivers::{self, WAIVERS};

fn entries() -> Vec<u8> {
    let every = RevocationReason::ALL.into_iter().filter(|reason| *reason != RevocationReason::RemoveFromCrl);
    (1..)
        .zip(every)
        .flat_map(|(number, reason)| {
            RevokedEntry {
                serial: SerialNumber::from_entropy([number; 20]),
                revoked_at: NOW - Duration::hours(1),
                reason: Some(reason),
                invalidity_date: (reason == RevocationReason::KeyCompromise).then(|| NOW - Duration::days(3)),
            }
            .encode()
        })
        .collect()
}

fn list(issuer: &Authority, entries: Vec<u8>) -> String {
    let request = CrlRequest {
        issuer: &issuer.certificate,
        algorithm: issuer.signer().algorithm(),
        number: CrlNumber::from_u64(4097),
        this_update: NOW,
        next_update: NOW + Duration::days(7),
        entries,
        form: CrlForm::default(),
    };
    prepare_crl(request).and_then(|prepared| prepared.sign(issuer.signer())).expect("a list").pem()
}

/// The linter looks: a list without number and issuer key (RFC 5280 5.2.1, 5.2.3), made by another program, has findings.
#[test]
fn what_is_missing_in_a_list_is_found() {
    let file = named("tiny-ca/pki/crl.pem");
    let findings = pkilint::lint(&[Linted::Crl { name: "tiny".to_owned(), file }]);
    let codes: Vec<&str> = findings["tiny"].iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["pkix.crl_number_missing", "pkix.authority_key_identifier_missing"], "{findings:#?}");
}

#[test]
fn lists_have_no_findings() {
    let (made, sandbox) = (Made::new(), Sandbox::empty());
    let mut all = Vec::new();
    for chain in &made.chains {
        for (issuer, entries, name) in [
            (&chain.root, Vec::new(), "root.empty"),
            (&chain.root, entries(), "root.full"),
            (&chain.issuing, Vec::new(), "issuing.empty"),
            (&chain.issuing, entries(), "issuing.full"),
        ] {
            let name = format!("{}.{name}.crl", chain.kind);
            all.push(Linted::Crl { file: sandbox.write(&name, list(issuer, entries)), name });
        }
    }
    let findings = waivers::taken_away(pkilint::lint(&all));
    assert!(findings.is_empty(), "{findings:#?}");
    let mut text =
        format!("{} CRLs, empty and with every reason, of roots and issuing authorities of every kind of key: no findings.\n", all.len());
    if WAIVERS.is_empty() {
        text.push_str("\nNo finding is let pass.\n");
    } else {
        text.push_str("\n| let pass | where | because |\n|---|---|---|\n");
    }
    for waiver in WAIVERS {
        writeln!(text, "| `{}` | `{}` | {} |", waiver.code, waiver.place, waiver.reason).expect("text");
    }
    page::assert_part("pkilint", &text);
}
