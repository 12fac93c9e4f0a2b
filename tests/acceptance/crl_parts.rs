//! Lists beside the whole one: deltas, partitions, and authorities' certificates apart from all others.

use api::ErrorCode;
use pki::Certificate;
use pki::crl::Crl;
use pki::encoding::{Object, recognise};
use serde_json::{Value, json};
use suite::sandbox::refusal;
use suite::{NOW, Sandbox, ask};
use time::Duration;

fn set(sandbox: &Sandbox, changes: Value) {
    let mut request = json!({ "authority": "Issuing" });
    request.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    sandbox.surface.authority_set(ask(request)).unwrap_or_else(|error| panic!("{error:?}"));
}

fn crl_in(sandbox: &Sandbox, file: &str) -> Crl {
    Crl::from_vec(std::fs::read(sandbox.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))).expect("a CRL")
}

fn certificate_in(sandbox: &Sandbox, file: &str) -> Certificate {
    match recognise(&std::fs::read(sandbox.path(file)).expect("a file"), &[]).found.remove(0).object.expect("an object") {
        Object::Certificate(certificate) => certificate,
        other => panic!("{other:?}"),
    }
}

fn export(sandbox: &Sandbox, more: Value) -> Vec<String> {
    let mut request = json!({ "authority": "Issuing", "out": sandbox.text("issuing.crl"), "overwrite": true });
    request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let view = sandbox.surface.crl_export(ask(request)).unwrap_or_else(|error| panic!("{error:?}"));
    let folder = format!("{}/", sandbox.folder().display());
    view.files.iter().map(|file| file.path.strip_prefix(&folder).expect("in the folder").to_owned()).collect()
}

fn serials(crl: &Crl) -> Vec<String> {
    let mut serials: Vec<String> = crl.entries().map(|entry| entry.expect("an entry").serial().expect("a serial").to_string()).collect();
    serials.sort();
    serials
}

#[test]
fn a_delta_is_numbered_with_the_bases_and_found_by_certificates_and_base() {
    let sandbox = Sandbox::at_work();
    let delta = json!({ "authority": "Issuing", "delta": true });
    assert_eq!(refusal(sandbox.surface.crl_build(ask(delta.clone()))), ErrorCode::CrlNotFound, "there is no base");
    let before = sandbox.issue("Issuing", &["before.example.test"], "before").certificate;
    assert!(certificate_in(&sandbox, "before/before.example.test.crt").addresses().delta_urls.is_empty());
    set(&sandbox, json!({ "delta": true }));
    sandbox.issue("Issuing", &["www.example.test"], "www");
    let www = certificate_in(&sandbox, "www/www.example.test.crt");
    let place = "http://crl.example.test/issuing-delta.crl";
    assert_eq!(www.addresses().delta_urls, [place]);

    sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a base");
    assert_eq!(export(&sandbox, json!({})), ["issuing.crl"]);
    let base = crl_in(&sandbox, "issuing.crl");
    assert!(base.extensions().iter().any(|extension| extension.der.windows(place.len()).any(|octets| octets == place.as_bytes())));
    // With the first base comes a delta that changes nothing: something must be where the base says that deltas are.
    assert_eq!(export(&sandbox, json!({ "delta": true, "out": sandbox.text("first.crl") })), ["first.crl"]);
    let first = crl_in(&sandbox, "first.crl");
    assert_eq!((first.number(), first.base_number(), first.entry_count()), (base.number(), base.number(), 0));

    sandbox.clock.set(NOW + Duration::hours(1));
    sandbox.revoke(&before.id, &before.name, "keyCompromise");
    let built = sandbox.surface.crl_build(ask(delta)).expect("a delta");
    assert_eq!((built.base, built.entries), (false, 1));
    export(&sandbox, json!({ "delta": true, "out": sandbox.text("delta.crl") }));
    let delta = crl_in(&sandbox, "delta.crl");
    assert_eq!((delta.base_number(), delta.next_update()), (base.number(), base.next_update()), "it ends with its base");
    assert!(delta.number() > base.number() && delta.this_update() > base.this_update());

    let again = sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a base");
    export(&sandbox, json!({ "delta": true, "out": sandbox.text("again.crl") }));
    let with = crl_in(&sandbox, "again.crl");
    assert_eq!((with.base_number(), again.entries), (base.number(), 1));
    export(&sandbox, json!({}));
    assert_eq!(with.number(), crl_in(&sandbox, "issuing.crl").number(), "a delta that comes with a base has its number (RFC 5280 5.2.3)");
    assert!(sandbox.surface.registry_check(ask(json!({}))).expect("checked").ok);
    sandbox.assert_audit_whole();
}

#[test]
fn a_certificate_stays_in_the_partition_that_it_was_born_with() {
    let sandbox = Sandbox::at_work();
    let old = sandbox.issue("Issuing", &["old.example.test"], "old").certificate;
    set(&sandbox, json!({ "partitions": 4 }));
    let names: Vec<String> = (0..8).map(|number| format!("host{number}.example.test")).collect();
    let mut urls = Vec::new();
    for name in &names {
        let preview = sandbox.surface.certificate_preview(ask(json!({ "authority": "Issuing", "names": [name] }))).expect("a preview");
        let issued = sandbox.issue("Issuing", &[name], "hosts").certificate;
        let url = certificate_in(&sandbox, &format!("hosts/{name}.crt")).addresses().crl_urls.remove(0);
        let confirmed = preview.extensions.iter().any(|extension| extension.lines.iter().any(|line| line.contains(&url)));
        assert!(confirmed, "what was confirmed names the address that is signed");
        urls.push((issued, url));
    }
    let mut files = export(&sandbox, json!({}));
    files.sort();
    let parts = (1..=4).map(|nth| format!("issuing-part{nth}.crl")).collect::<Vec<_>>();
    assert_eq!(files, [parts.as_slice(), &["issuing.crl".to_owned()]].concat());

    // More partitions, another host, and none at all: what was issued is where it was.
    set(&sandbox, json!({ "partitions": 2, "crlUrls": ["http://other.example.test/issuing.crl"] }));
    set(&sandbox, json!({ "partitions": 0 }));
    for (issued, _) in &urls {
        sandbox.revoke(&issued.id, &issued.name, "superseded");
    }
    sandbox.revoke(&old.id, &old.name, "superseded");
    let files = export(&sandbox, json!({}));
    assert_eq!(files.len(), 1 + 4 + 2, "{files:?}");
    let whole = crl_in(&sandbox, "issuing.crl");
    assert_eq!((whole.entry_count(), whole.idp_der()), (9, None));
    let lists: Vec<Crl> = files.iter().filter(|file| *file != "issuing.crl").map(|file| crl_in(&sandbox, file)).collect();
    for list in &lists {
        let [url] = list.idp_urls().try_into().expect("one address");
        let mut expected: Vec<String> = urls.iter().filter(|(_, of)| *of == url).map(|(issued, _)| issued.serial.clone()).collect();
        expected.sort();
        assert_eq!(serials(list), expected, "{url}");
        assert_eq!(list.number(), whole.number());
        let idp = list.extensions().iter().find(|extension| extension.oid == "2.5.29.28").expect("an IDP");
        assert!(idp.critical);
    }
    assert!(sandbox.surface.registry_check(ask(json!({}))).expect("checked").ok);
}

#[test]
fn authorities_and_others_have_lists_of_their_own() {
    let sandbox = Sandbox::at_work();
    sandbox
        .surface
        .authority_set(ask(json!({ "authority": "Root", "crlUrls": ["http://crl.example.test/root.crl"], "split": true })))
        .expect("set");
    let below = sandbox.authority(json!({ "name": "Below", "parent": "Root", "subject": "CN=Below", "key": "ec-p256" }));
    let leaf = sandbox.issue("Root", &["www.example.test"], "www").certificate;
    let (ca, user) = ("http://crl.example.test/root-authorities.crl", "http://crl.example.test/root-users.crl");
    assert_eq!(certificate_in(&sandbox, "www/www.example.test.crt").addresses().crl_urls, [user]);
    sandbox.revoke(&below.certificate.id, &below.certificate.name, "cessationOfOperation");
    sandbox.revoke(&leaf.id, &leaf.name, "superseded");
    sandbox.surface.crl_export(ask(json!({ "authority": "Root", "out": sandbox.text("root.crl") }))).expect("exported");
    for (file, url, flag, serial) in
        [("root-authorities.crl", ca, 0x82_u8, &below.certificate.serial), ("root-users.crl", user, 0x81, &leaf.serial)]
    {
        let list = crl_in(&sandbox, file);
        assert_eq!((list.idp_urls(), serials(&list)), (vec![url.to_owned()], vec![serial.clone()]));
        assert!(list.idp_der().expect("an IDP").ends_with(&[flag, 1, 0xff]));
    }
    assert_eq!(crl_in(&sandbox, "root.crl").entry_count(), 2);
}

#[test]
fn lists_that_nobody_could_find_are_refused() {
    let sandbox = Sandbox::at_work();
    let set = |changes: Value| refusal(sandbox.surface.authority_set(ask(changes)));
    // Root has no address that another could be made from.
    assert_eq!(set(json!({ "authority": "Root", "partitions": 2 })), ErrorCode::BadUsage);
    assert_eq!(set(json!({ "authority": "Root", "delta": true })), ErrorCode::BadUsage);
    assert_eq!(set(json!({ "authority": "Issuing", "partitions": 257 })), ErrorCode::BadUsage);
}

/// The addresses of the authority's list on these hosts.
fn places(hosts: &[&str]) -> Vec<String> {
    hosts.iter().map(|host| format!("http://{host}.example.test/issuing.crl")).collect()
}

/// What was issued and revoked before and after a change of the addresses stands on every list that says it is where the certificate looks, and there is one
/// for each address that the certificate names.
fn addresses_change(from: &[&str], to: &[&str]) {
    let sandbox = Sandbox::at_work();
    set(&sandbox, json!({ "partitions": 1, "crlUrls": places(from) }));
    let before = sandbox.issue("Issuing", &["before.example.test"], "out").certificate;
    let between = sandbox.issue("Issuing", &["between.example.test"], "out").certificate;
    sandbox.revoke(&before.id, &before.name, "superseded");
    export(&sandbox, json!({}));
    set(&sandbox, json!({ "crlUrls": places(to) }));
    let after = sandbox.issue("Issuing", &["after.example.test"], "out").certificate;
    let good = sandbox.issue("Issuing", &["good.example.test"], "out").certificate;
    let first = export(&sandbox, json!({}));
    for revoked in [&between, &after] {
        sandbox.revoke(&revoked.id, &revoked.name, "superseded");
    }
    let second = export(&sandbox, json!({}));
    assert_eq!(first, second);
    let lists: Vec<Crl> = second.iter().filter(|file| *file != "issuing.crl").map(|file| crl_in(&sandbox, file)).collect();
    for issued in [&before, &between, &after, &good] {
        let named = certificate_in(&sandbox, &format!("out/{}.crt", issued.name)).addresses().crl_urls;
        for url in &named {
            let there: Vec<&Crl> = lists.iter().filter(|list| list.idp_urls().contains(url)).collect();
            assert!(!there.is_empty(), "{from:?} to {to:?}: no list is at {url}");
            for list in there {
                let listed = serials(list).contains(&issued.serial);
                assert_eq!(listed, issued.serial != good.serial, "{from:?} to {to:?}: {} at {url} of {:?}", issued.name, list.idp_urls());
            }
        }
    }
    let check = sandbox.surface.registry_check(ask(json!({}))).expect("checked");
    assert!(check.ok, "{from:?} to {to:?}: past lists are put together as they were: {:?}", check.findings);
}

#[test]
fn an_address_put_before_another_takes_nothing_off_its_list() {
    addresses_change(&["b"], &["c", "b"]);
}

#[test]
fn an_address_that_loses_its_companion_keeps_what_both_had() {
    addresses_change(&["a", "b"], &["b"]);
}

#[test]
fn an_address_that_gains_a_companion_is_the_place_of_one_list() {
    addresses_change(&["a"], &["a", "b"]);
}

#[test]
fn a_delta_goes_by_the_addresses_of_its_base() {
    let sandbox = Sandbox::at_work();
    set(&sandbox, json!({ "partitions": 1, "delta": true, "crlUrls": places(&["a"]) }));
    let gone = sandbox.issue("Issuing", &["gone.example.test"], "out").certificate;
    export(&sandbox, json!({}));
    let base = crl_in(&sandbox, "issuing-part1.crl");
    set(&sandbox, json!({ "crlUrls": places(&["a", "b"]) }));
    sandbox.revoke(&gone.id, &gone.name, "superseded");
    sandbox.clock.set(NOW + Duration::hours(1));
    let delta = |sandbox: &Sandbox| {
        let files = export(sandbox, json!({ "delta": true, "out": sandbox.text("delta.crl") }));
        let file = files.iter().find(|file| file.contains("part1")).unwrap_or_else(|| panic!("{files:?}"));
        crl_in(sandbox, file)
    };
    sandbox.surface.crl_build(ask(json!({ "authority": "Issuing", "delta": true }))).expect("a delta");
    let one = delta(&sandbox);
    assert_eq!((one.base_number(), one.idp_der(), one.entry_count()), (base.number(), base.idp_der(), 1));
    sandbox.surface.crl_build(ask(json!({ "authority": "Issuing" }))).expect("a base");
    export(&sandbox, json!({}));
    let (base, one) = (crl_in(&sandbox, "issuing-part1.crl"), delta(&sandbox));
    assert_eq!(base.idp_urls(), ["http://a.example.test/issuing-part1.crl", "http://b.example.test/issuing-part1.crl"]);
    assert_eq!((one.base_number(), one.idp_der(), one.entry_count()), (base.number(), base.idp_der(), 0));
    assert!(sandbox.surface.registry_check(ask(json!({}))).expect("checked").ok);
}

#[test]
fn a_certificate_is_verified_by_the_base_however_many_deltas_came_since() {
    let sandbox = Sandbox::at_work();
    set(&sandbox, json!({ "delta": true }));
    let leaf = sandbox.issue("Issuing", &["www.example.test"], "www").certificate;
    for authority in ["Root", "Issuing"] {
        sandbox.surface.crl_build(ask(json!({ "authority": authority }))).expect("a base");
    }
    for _ in 0..70 {
        sandbox.surface.crl_build(ask(json!({ "authority": "Issuing", "delta": true }))).expect("a delta");
    }
    let verified = sandbox.surface.certificate_verify(ask(json!({ "certificate": leaf.id, "requireRevocation": true }))).expect("verified");
    assert!(verified.trusted, "{verified:#?}");
    let by_crl = |outcome: &&api::view::CheckOutcome| outcome.subject == 0 && outcome.detail.starts_with("Not on CRL number 1 of");
    assert_eq!(verified.checks.iter().filter(by_crl).count(), 1, "{:#?}", verified.checks);
}
