//! Two keys under one name: what each has issued is judged by the chain and the CRL of its own key, and by no other.

use serde_json::{Value, json};
use suite::judges::openssl::{self, openssl};
use suite::{NOW, Sandbox, ask};
use time::Duration;

/// An authority that got a new key a year after its first, and what each key has issued.
struct Rekeyed {
    sandbox: Sandbox,
}

impl Rekeyed {
    /// `authority` gets the new key; it issues `old` and `old-revoked` before, `new` and `new-revoked` after.
    fn of(authority: &str) -> Self {
        let sandbox = Sandbox::at_work();
        sandbox.surface.authority_set(ask(json!({ "authority": "Root", "crlUrls": ["http://crl.example.test/root.crl"] }))).expect("set");
        for name in ["old", "old-revoked"] {
            issue(&sandbox, authority, name);
        }
        let renewal = json!({ "authority": authority, "newKey": true });
        let confirmation = (authority == "Root").then_some("Root");
        sandbox.surface.authority_renew(ask(json!({ "renewal": renewal, "confirmation": confirmation }))).expect("a new key");
        for name in ["new", "new-revoked"] {
            issue(&sandbox, authority, name);
        }
        for name in ["old-revoked", "new-revoked"] {
            let id = certificate(&sandbox, name);
            sandbox.revoke(&id, &shown(&sandbox, name), "superseded");
        }
        sandbox.surface.crl_build(ask(json!({ "authority": authority }))).expect("CRLs of both keys");
        let export = json!({ "authority": authority, "format": "pem", "out": sandbox.text("ca.crl") });
        let files = sandbox.surface.crl_export(ask(export)).expect("exported").files;
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, [sandbox.text("ca.crl"), sandbox.text("ca-2.crl")]);
        Self { sandbox }
    }

    fn file(&self, name: &str) -> String {
        self.sandbox.text(&format!("{name}.pem"))
    }
}

/// Issues a leaf, or under the root an authority, and writes it and its chain.
fn issue(sandbox: &Sandbox, authority: &str, name: &str) {
    if authority == "Root" {
        sandbox.authority(json!({ "name": name, "parent": "Root", "subject": format!("CN={name}"), "key": "ec-p256" }));
    } else {
        sandbox.issue(authority, &[&shown_of(authority, name)], name);
    }
    let id = certificate_in(sandbox, authority, name);
    sandbox.export(&id, "pem", &format!("{name}.pem"));
    sandbox.export(&id, "bundle", &format!("{name}.bundle.pem"));
}

fn shown_of(authority: &str, name: &str) -> String {
    if authority == "Root" { name.to_owned() } else { format!("{name}.example.test") }
}

fn certificate_in(sandbox: &Sandbox, authority: &str, name: &str) -> String {
    let wanted = shown_of(authority, name);
    let page = sandbox.surface.certificate_list(ask(json!({ "limit": 500 }))).expect("a list").items;
    page.into_iter().find(|row| row.name == wanted).expect("issued").id
}

fn certificate(sandbox: &Sandbox, name: &str) -> String {
    let page = sandbox.surface.certificate_list(ask(json!({ "limit": 500 }))).expect("a list").items;
    page.into_iter().find(|row| row.name == name || row.name == format!("{name}.example.test")).expect("issued").id
}

fn shown(sandbox: &Sandbox, name: &str) -> String {
    sandbox.surface.certificate_show(ask(json!({ "certificate": certificate(sandbox, name) }))).expect("shown").certificate.name
}

/// OpenSSL on `name`, with the anchors and issuers of `chain` and this CRL of the authority that issued it.
fn judged(rekeyed: &Rekeyed, name: &str, chain: &str, crl: &str) -> suite::judges::Verdict {
    let at = NOW.unix_timestamp().to_string();
    let (bundle, crl, file) = (rekeyed.sandbox.text(&format!("{chain}.bundle.pem")), rekeyed.sandbox.text(crl), rekeyed.file(name));
    let options = ["verify", "-x509_strict", "-attime", &at, "-crl_check", "-CAfile", &bundle, "-CRLfile", &crl, &file];
    openssl(&options)
}

#[test]
fn leaves_of_both_keys_are_judged_by_their_own_crl() {
    for authority in ["Issuing", "Root"] {
        let rekeyed = Rekeyed::of(authority);
        for (age, own, other) in [("old", "ca.crl", "ca-2.crl"), ("new", "ca-2.crl", "ca.crl")] {
            let (good, revoked) = (age.to_owned(), format!("{age}-revoked"));
            judged(&rekeyed, &good, &good, own).assert_accepted();
            judged(&rekeyed, &revoked, &good, own).assert_refused("certificate revoked");
            // The CRL of the other key, under the same name, says nothing of them.
            for name in [&good, &revoked] {
                judged(&rekeyed, name, &good, other).assert_refused("unable to get certificate CRL");
            }
        }
        // Both CRLs at hand, both keys trusted: each certificate finds its own.
        let sandbox = &rekeyed.sandbox;
        let both = sandbox.write("both.pem", sandbox.read("old.bundle.pem") + &sandbox.read("new.bundle.pem"));
        let crls = sandbox.write("both.crl", sandbox.read("ca.crl") + &sandbox.read("ca-2.crl"));
        let at = NOW.unix_timestamp().to_string();
        for (name, revoked) in [("old", false), ("new", false), ("old-revoked", true), ("new-revoked", true)] {
            let file = rekeyed.file(name);
            let verdict = openssl(&["verify", "-attime", &at, "-crl_check", "-CAfile", &both, "-CRLfile", &crls, &file]);
            if revoked {
                verdict.assert_refused("certificate revoked")
            } else {
                drop(verdict.assert_accepted())
            };
            // And so does our own verification, which has the registry's CRLs.
            let own = sandbox.surface.certificate_verify(ask(json!({ "certificate": certificate(sandbox, name) }))).expect("verified");
            assert_eq!(own.trusted, !revoked, "{authority} {name}: {:?}", own.checks);
        }
    }
}

/// A file that holds the CRL of the wrong key is no evidence for our own verification either.
#[test]
fn a_crl_of_the_other_key_leaves_revocation_unknown() {
    let rekeyed = Rekeyed::of("Issuing");
    let sandbox = &rekeyed.sandbox;
    for (name, crl, expected) in
        [("old", "ca.crl", "pass"), ("old", "ca-2.crl", "unknown"), ("new", "ca-2.crl", "pass"), ("new", "ca.crl", "unknown")]
    {
        let request = json!({ "certificate": certificate(sandbox, name), "crls": [sandbox.text(crl)] });
        let view = sandbox.surface.certificate_verify(ask(request)).expect("verified");
        let of_leaf: Vec<&str> = view
            .checks
            .iter()
            .filter(|check| check.check == "revocation" && check.subject == 0)
            .map(|check| check.result.as_str())
            .collect();
        assert_eq!(of_leaf, [expected], "{name} with {crl}: {:?}", view.checks);
    }
}

#[test]
fn each_key_has_numbers_and_addresses_of_its_own() {
    let rekeyed = Rekeyed::of("Issuing");
    let sandbox = &rekeyed.sandbox;
    let text = |name: &str| openssl::certificate_text(&rekeyed.file(name));
    assert!(text("old").contains("URI:http://crl.example.test/issuing.crl\n"), "{}", text("old"));
    assert!(text("new").contains("URI:http://crl.example.test/issuing-2.crl\n"), "{}", text("new"));
    let view = sandbox.surface.authority_show(ask(json!({ "authority": "Issuing" }))).expect("shown");
    let generations: Vec<Value> = view
        .generations
        .iter()
        .map(|one| json!([one.number, one.current, one.answers, one.crl_urls, serde_json::to_value(&one.crl.number).expect("JSON")]))
        .collect();
    assert_eq!(
        json!(generations),
        json!([
            [2, true, true, ["http://crl.example.test/issuing-2.crl"], 1],
            [1, false, true, ["http://crl.example.test/issuing.crl"], 1]
        ])
    );
    let show = |generation: u32| {
        sandbox.surface.crl_show(ask(json!({ "authority": "Issuing", "generation": generation, "entries": true }))).expect("a CRL")
    };
    for (generation, name) in [(1, "old-revoked.example.test"), (2, "new-revoked.example.test")] {
        let names: Vec<_> = show(generation).items.into_iter().filter_map(|entry| entry.name).collect();
        assert_eq!(names, [name]);
    }
    // Only one key's is built when only one key's is asked for.
    let built = sandbox.surface.crl_build(ask(json!({ "authority": "Issuing", "generation": 1 }))).expect("a CRL");
    assert_eq!((serde_json::to_value(&built.number).expect("JSON"), built.generation, built.earlier.len()), (json!(2), Some(1), 0));
    let numbers = |generation: u32| {
        let list = sandbox.surface.crl_list(ask(json!({ "authority": "Issuing", "generation": generation }))).expect("a list");
        list.items.iter().map(|crl| serde_json::to_value(&crl.number).expect("JSON")).collect::<Vec<_>>()
    };
    assert_eq!((numbers(1), numbers(2)), (vec![json!(2), json!(1)], vec![json!(1)]));
}

/// The CRL of the earlier key goes on until the last certificate of that key has ended, and no longer.
#[test]
fn an_earlier_key_answers_until_its_last_certificate_has_ended() {
    let rekeyed = Rekeyed::of("Issuing");
    let sandbox = &rekeyed.sandbox;
    let ends = NOW + Duration::days(397);
    for (now, answering) in [(ends - Duration::days(2), 2), (ends + Duration::days(2), 1)] {
        sandbox.clock.set(now);
        let built = sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("CRLs");
        assert_eq!((built.generation, built.earlier.len()), (Some(2), answering - 1));
        let export = json!({ "authority": "Issuing", "out": sandbox.text("later.crl"), "overwrite": true });
        let files = sandbox.surface.crl_export(ask(export)).expect("exported").files;
        assert_eq!(files.len(), answering, "{files:?}");
        assert!(files.last().expect("a file").path.ends_with("later-2.crl"), "each key keeps its file: {files:?}");
    }
}
