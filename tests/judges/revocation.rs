//! Revocation before the judges: what is revoked, held, released, or still listed after its end; partitioned lists; deltas. What a judge is known to get
//! wrong is asserted as such.

use std::fmt::Write as _;

use serde_json::{Value, json};
use suite::judges::pkilint::{self, Linted};
use suite::judges::{Verdict, gnutls, java, nss, openssl};
use suite::{NOW, Sandbox, ask, pem};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::page;

const JUDGES: [&str; 5] = ["OpenSSL", "GnuTLS", "NSS", "Java", "pkilint"];

/// What a judge gets wrong, and why.
const WRONG: [(&str, &str, &str); 2] = [
    (
        "GnuTLS",
        "partitioned",
        "GnuTLS 3.7 does not look at issuingDistributionPoint: it clears a certificate by the list of another partition.",
    ),
    ("GnuTLS", "delta", "GnuTLS 3.7 takes a delta for a whole list: it clears a certificate that only the base lists."),
];

struct World {
    sandbox: Sandbox,
    root: String,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::empty();
        sandbox.clock.set(NOW - Duration::days(3));
        let request = json!({ "path": sandbox.text("acme.chancery"), "name": "Acme", "keys": "os", "withoutRecoveryFile": true });
        sandbox.surface.registry_create(ask(request)).expect("a registry");
        sandbox.authority(json!({
            "name": "Root", "subject": "CN=Root,O=Acme", "key": "ec-p256", "crlUrls": ["http://crl.example.test/root.crl"],
        }));
        let root = sandbox.bundle("Root", "root.pem");
        Self { sandbox, root }
    }

    /// Issues for this name until a moment; gives the id and the file.
    fn issue(&self, name: &str, until: OffsetDateTime) -> (String, String) {
        let host = format!("{name}.example.test");
        let draft = json!({ "authority": "Root", "names": [host], "notAfter": until.format(&Rfc3339).expect("a time") });
        let id = self.sandbox.issue_as(draft, "leaves").certificate.id;
        (id, self.sandbox.text(&format!("leaves/{host}.crt")))
    }

    fn revoke(&self, name: &str, id: &str, reason: &str) {
        self.sandbox.revoke(id, &format!("{name}.example.test"), reason);
    }

    fn set(&self, changes: Value) {
        self.sandbox.surface.authority_set(ask(changes)).unwrap_or_else(|error| panic!("{error:?}"));
    }

    /// Builds a list and exports it, PEM, as `NAME.crl`; those of partitions beside it.
    fn list(&self, name: &str, delta: bool) -> String {
        self.sandbox.surface.crl_build(ask(json!({ "authority": "Root", "delta": delta }))).unwrap_or_else(|error| panic!("{error:?}"));
        let out = self.sandbox.text(&format!("{name}.crl"));
        let request = json!({ "authority": "Root", "format": "pem", "out": out, "overwrite": true, "delta": delta });
        self.sandbox.surface.crl_export(ask(request)).unwrap_or_else(|error| panic!("{error:?}"));
        out
    }

    fn openssl(&self, options: &[&str], lists: &[&str], leaf: &str) -> Verdict {
        let at = NOW.unix_timestamp().to_string();
        let mut arguments = vec!["verify", "-x509_strict", "-crl_check", "-attime", &at, "-CAfile", &self.root];
        arguments.extend(options);
        lists.iter().for_each(|list| arguments.extend(["-CRLfile", list]));
        arguments.push(leaf);
        openssl::openssl(&arguments)
    }

    fn nss(&self, list: &str, leaf: &str) -> Verdict {
        let database = nss::Database::new();
        database.add("root", &self.root, true);
        database.add("leaf", leaf, false);
        let der = self.sandbox.write("list.der", pem::only(list, "X509 CRL"));
        database.take_crl(&der).assert_accepted();
        database.verify("leaf", "V")
    }

    /// Judges one list: the leaves that it clears and those that it does not, and whether it has findings.
    fn whole(&self, list: &str, good: &[&str], bad: &[&str]) -> [Option<bool>; 5] {
        let right = |judge: &dyn Fn(&str) -> Verdict| {
            Some(good.iter().all(|leaf| judge(leaf).accepted) && bad.iter().all(|leaf| !judge(leaf).accepted))
        };
        [
            right(&|leaf| self.openssl(&[], &[list], leaf)),
            right(&|leaf| gnutls::verify(&self.root, Some(list), leaf)),
            right(&|leaf| self.nss(list, leaf)),
            right(&|leaf| java::verify(&self.root, leaf, &[list])),
            Some(clean(&[list])),
        ]
    }
}

fn clean(lists: &[&str]) -> bool {
    let lists: Vec<Linted> = lists.iter().map(|list| Linted::Crl { name: (*list).to_owned(), file: (*list).to_owned() }).collect();
    let findings = pkilint::lint(&lists);
    if !findings.is_empty() {
        eprintln!("{findings:#?}");
    }
    findings.is_empty()
}

/// A case, whom it asks, and whether each is right.
type Row = (&'static str, &'static str, [Option<bool>; 5]);

fn of_whole_lists() -> Vec<Row> {
    let world = World::new();
    let far = NOW + Duration::days(20);
    let (_, good) = world.issue("good", far);
    let (revoked_id, revoked) = world.issue("revoked", far);
    let (held_id, held) = world.issue("held", far);
    let (ended_id, _) = world.issue("ended", NOW - Duration::days(1));
    world.sandbox.clock.set(NOW - Duration::days(2));
    world.revoke("revoked", &revoked_id, "keyCompromise");
    world.revoke("ended", &ended_id, "superseded");
    let base = world.list("base", false);
    let at_base = world.whole(&base, &[&good, &held], &[&revoked]);
    world.sandbox.clock.set(NOW - Duration::hours(2));
    world.revoke("held", &held_id, "certificateHold");
    let holding = world.list("holding", false);
    let at_hold = world.whole(&holding, &[&good], &[&held, &revoked]);
    // The first list after its end is the last that has it (RFC 5280 3.3).
    assert_eq!(openssl::crl_text(&holding).matches("Serial Number:").count(), 3);
    world.sandbox.surface.certificate_release(ask(json!({ "certificates": [held_id] }))).expect("released");
    world.sandbox.clock.set(NOW - Duration::hours(1));
    let released = world.list("released", false);
    assert_eq!(openssl::crl_text(&released).matches("Serial Number:").count(), 1);
    vec![
        ("base", "clears what is good, refuses what is revoked", at_base),
        ("hold", "refuses what is held", at_hold),
        ("released by a new base", "clears it again", world.whole(&released, &[&good, &held], &[&revoked])),
        ("expired but kept", "takes a list with the entry of a certificate that has ended", world.whole(&holding, &[&good], &[&revoked])),
    ]
}

fn of_partitions() -> Row {
    let world = World::new();
    let far = NOW + Duration::days(20);
    world.set(json!({ "authority": "Root", "partitions": 2 }));
    let mut parts: [Vec<(String, String, String)>; 2] = [Vec::new(), Vec::new()];
    for number in 0.. {
        let name = format!("host{number}");
        let (id, file) = world.issue(&name, far);
        let first = openssl::certificate_text(&file).contains("root-part1.crl");
        parts[usize::from(!first)].push((name, id, file));
        if parts.iter().all(|part| part.len() >= 2) {
            break;
        }
    }
    let [one, other] = &parts;
    world.revoke(&one[0].0, &one[0].1, "keyCompromise");
    world.sandbox.clock.set(NOW - Duration::days(2));
    world.list("root", false);
    let (own, foreign) = (world.sandbox.text("root-part1.crl"), world.sandbox.text("root-part2.crl"));
    let (bad, good, elsewhere) = (one[0].2.as_str(), one[1].2.as_str(), other[0].2.as_str());
    // Of the two lists each clears its own, and neither the other's.
    let right = |judge: &dyn Fn(&str, &str) -> Verdict| {
        Some(
            judge(&own, good).accepted
                && !judge(&own, bad).accepted
                && judge(&foreign, elsewhere).accepted
                && !judge(&foreign, good).accepted
                && !judge(&foreign, bad).accepted,
        )
    };
    assert!(gnutls::verify(&world.root, Some(&own), good).accepted && !gnutls::verify(&world.root, Some(&own), bad).accepted);
    let outcome = [
        right(&|list, leaf| world.openssl(&[], &[list], leaf)),
        right(&|list, leaf| gnutls::verify(&world.root, Some(list), leaf)),
        None,
        right(&|list, leaf| java::verify(&world.root, leaf, &[list])),
        Some(clean(&[&own, &foreign])),
    ];
    ("partitioned", "the list of its partition clears or refuses a certificate, the other one does not clear it", outcome)
}

fn of_deltas() -> Row {
    let world = World::new();
    let far = NOW + Duration::days(20);
    world.set(json!({ "authority": "Root", "delta": true }));
    let (_, good) = world.issue("good", far);
    let (revoked_id, revoked) = world.issue("revoked", far);
    let (late_id, late) = world.issue("late", far);
    let (held_id, held) = world.issue("held", far);
    world.revoke("held", &held_id, "certificateHold");
    world.revoke("revoked", &revoked_id, "superseded");
    world.sandbox.clock.set(NOW - Duration::days(2));
    let base = world.list("base", false);
    world.revoke("late", &late_id, "keyCompromise");
    world.sandbox.surface.certificate_release(ask(json!({ "certificates": [held_id] }))).expect("released");
    world.sandbox.clock.set(NOW - Duration::days(1));
    let delta = world.list("delta", true);
    let (alone, with): (&[&str], &[&str]) = (&[], &["-extended_crl", "-use_deltas"]);
    let both = [base.as_str(), delta.as_str()];
    let asked = [
        // The base alone does not know what came.
        (world.openssl(alone, &[&base], &late), true),
        (world.openssl(alone, &[&base], &held), false),
        (world.openssl(with, &both, &late), false),
        (world.openssl(with, &both, &held), true),
        (world.openssl(with, &both, &revoked), false),
        (world.openssl(with, &both, &good), true),
        // A delta is no list.
        (world.openssl(with, &[&delta], &good), false),
    ];
    for (place, (verdict, right)) in asked.iter().enumerate() {
        assert_eq!(verdict.accepted, *right, "{place}: {}", verdict.said);
    }
    let gnutls = gnutls::verify(&world.root, Some(&delta), &revoked);
    let outcome = [Some(true), Some(!gnutls.accepted), None, None, Some(clean(&[&base, &delta]))];
    ("delta", "base and delta together refuse what came since and clear what was released; a delta alone clears nothing", outcome)
}

#[test]
fn judges_agree_about_what_is_revoked() {
    let mut rows = of_whole_lists();
    rows.extend([of_partitions(), of_deltas()]);
    let mut text = format!("| list | asked | {} |\n|---|---|{}\n", JUDGES.join(" | "), "---|".repeat(JUDGES.len()));
    let mut notes = Vec::new();
    for (case, asked, outcome) in rows {
        write!(text, "| {case} | {asked} |").expect("text");
        for (judge, right) in JUDGES.iter().zip(outcome) {
            let wrong = WRONG.iter().find(|(by, at, _)| by == judge && *at == case);
            let cell = match (right, wrong) {
                (None, _) => "–".to_owned(),
                (Some(true), None) => "yes".to_owned(),
                (Some(false), Some((.., why))) => {
                    notes.push(*why);
                    format!("no <sup>{}</sup>", notes.len())
                }
                (Some(true), Some(_)) => panic!("{judge} suddenly judges {case} right"),
                (Some(false), None) => panic!("{judge} judges {case} wrong"),
            };
            write!(text, " {cell} |").expect("text");
        }
        text.push('\n');
    }
    text.push('\n');
    for (number, why) in (1..).zip(notes) {
        writeln!(text, "{number}. {why}").expect("text");
    }
    page::assert_part("revocation", &text);
}
