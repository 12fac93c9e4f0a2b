//! Several certificates of one authority's key: which of them it stands under, in whatever order and by whatever way they come.

use api::view::{AuthorityView, CertificateView};
use serde_json::json;
use suite::judges::openssl;
use suite::outside_root::{AS_ASKED, OutsideRoot, joined};
use suite::{NOW, Sandbox, ask};
use time::Duration;

const SUBJECT: &str = "/CN=Second Root";

fn partner(sandbox: &Sandbox) -> OutsideRoot {
    OutsideRoot::in_folder(sandbox.path("partner"), "/O=Partner/CN=Partner Root")
}

fn csr(sandbox: &Sandbox, authority: &str) -> String {
    let request = json!({ "authority": authority, "out": sandbox.text("second.csr"), "overwrite": true });
    sandbox.surface.authority_csr(ask(request)).expect("a request");
    sandbox.text("second.csr")
}

fn shown(sandbox: &Sandbox, authority: &str) -> AuthorityView {
    sandbox.surface.authority_show(ask(json!({ "authority": authority }))).expect("an authority")
}

fn import(sandbox: &Sandbox, paths: &[&str]) {
    let report = sandbox.surface.import_run(ask(json!({ "paths": paths }))).expect("imported");
    assert!(report.refused.is_empty(), "{:?}", report.refused);
}

fn detail(sandbox: &Sandbox, id: &str) -> CertificateView {
    sandbox.surface.certificate_show(ask(json!({ "certificate": id }))).expect("shown").certificate
}

/// Every order of the numbers below `count`.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    shorter.iter().flat_map(|order| (0..count).map(|place| [&order[..place], &[count - 1], &order[place..]].concat())).collect()
}

#[test]
fn there_are_twenty_four_orders_of_four() {
    let orders: std::collections::BTreeSet<_> = orders(4).into_iter().collect();
    assert_eq!((orders.len(), orders.iter().all(|order| order.len() == 4)), (24, true));
}

/// A root of ours that a partner has signed as well stays a root when the partner's own certificate comes later.
#[test]
fn the_root_above_a_second_way_takes_no_root_of_ours_below_itself() {
    let sandbox = Sandbox::with_keyring();
    let before = sandbox.authority(json!({ "name": "Second", "subject": SUBJECT, "key": "ec-p256" })).certificate;
    let partner = partner(&sandbox);
    let cross = partner.sign(&csr(&sandbox, "Second"), AS_ASKED, &["-startdate", "20261122110500Z"], "cross.pem");
    import(&sandbox, &[&cross]);
    import(&sandbox, &[&partner.certificate()]);
    let list = sandbox.surface.authority_list(ask(json!({}))).expect("a list").items;
    let mut parents: Vec<_> = list.iter().map(|one| (one.name.as_str(), one.parent.is_some())).collect();
    parents.sort_unstable();
    assert_eq!(parents, [("Partner Root", false), ("Second", false)]);
    assert_eq!(shown(&sandbox, "Second").certificate.id, before.id);
    sandbox.assert_audit_whole();
}

/// A set that comes in for the first time: the root is the authority, what a partner says of it lies beside, whichever file is read first and in whatever
/// order they are imported one by one.
#[test]
fn a_root_and_its_second_way_are_told_apart_in_every_order() {
    let theirs = Sandbox::with_keyring();
    let root = theirs.authority(json!({ "name": "Second", "subject": SUBJECT, "key": "ec-p256" })).certificate;
    theirs.issue("Second", &["www.example.test"], "www");
    let partner = partner(&theirs);
    let cross = partner.sign(&csr(&theirs, "Second"), AS_ASKED, &["-startdate", "20261122110500Z"], "cross.pem");
    let own = theirs.bundle("Second", "own.pem");
    let leaf = theirs.text("www/www.example.test.crt");
    let set = joined(&[&leaf, &own], &theirs.path("set.pem"));
    let fingerprint = |sandbox: &Sandbox| {
        let second = shown(sandbox, "Second Root");
        assert_eq!(second.parent, None);
        assert_eq!(second.generations[0].certificates.len(), 2);
        second.certificate.fingerprint
    };
    let together = [own, cross.clone(), partner.certificate(), leaf];
    for order in orders(together.len()) {
        let sandbox = Sandbox::with_keyring();
        let text = order.iter().map(|place| together[*place].as_str()).collect::<Vec<_>>();
        import(&sandbox, &[&joined(&text, &sandbox.path("all.pem"))]);
        assert_eq!(fingerprint(&sandbox), root.fingerprint, "together {order:?}");
    }
    let apart = [set, cross, partner.certificate()];
    for order in orders(apart.len()) {
        let sandbox = Sandbox::with_keyring();
        for place in &order {
            import(&sandbox, &[&apart[*place]]);
        }
        assert_eq!(fingerprint(&sandbox), root.fingerprint, "one by one {order:?}");
    }
}

/// What was beside the line is in it once it was installed: it chains as such, and what is installed after it takes its place.
#[test]
fn an_installed_certificate_is_no_second_way_any_more() {
    let sandbox = Sandbox::with_keyring();
    let outside = OutsideRoot::in_folder(sandbox.path("outside"), "/O=Example Corporation/CN=Corporate Root");
    let wish = json!({ "name": "Second", "subject": SUBJECT, "key": "ec-p256", "pathLength": 0 });
    sandbox.surface.authority_request(ask(wish)).expect("a request");
    let install = |path: &str| sandbox.surface.authority_install(ask(json!({ "authority": "Second", "path": path }))).expect("installed");
    let file = csr(&sandbox, "Second");
    let first = outside.sign(&file, AS_ASKED, &[], "first.pem");
    let first = install(&joined(&[&first, &outside.certificate()], &sandbox.path("answer.pem"))).certificate;
    let partner = partner(&sandbox);
    let cross = partner.sign(&file, AS_ASKED, &["-startdate", "20261122110500Z"], "cross.pem");
    import(&sandbox, &[&cross, &partner.certificate()]);
    let profile = |id: &str| detail(&sandbox, id).profile;
    let beside = shown(&sandbox, "Second").generations[0].certificates.iter().find(|id| **id != first.id).cloned().expect("the second way");
    assert_eq!((profile(&first.id), profile(&beside).as_deref()), (None, Some("cross-certificate")));

    let installed = install(&cross).certificate;
    assert_eq!((&installed.id, profile(&beside)), (&beside, None));
    assert_eq!(shown(&sandbox, "Second").certificate.id, beside);
    let leaf = sandbox.issue("Second", &["www.example.test"], "www").certificate;
    let above = sandbox.surface.certificate_show(ask(json!({ "certificate": leaf.id }))).expect("shown").chain;
    let chain: Vec<_> = above.iter().map(|link| link.name.as_str()).collect();
    assert_eq!(chain, ["Partner Root", "Second Root", "www.example.test"]);
}

/// Installing is an act: the certificate that was installed last is the one in force, although another of the same key begins later.
#[test]
fn what_was_installed_last_is_in_force_whenever_it_begins() {
    let sandbox = Sandbox::with_keyring();
    let outside = OutsideRoot::in_folder(sandbox.path("outside"), "/O=Example Corporation/CN=Corporate Root");
    sandbox.surface.authority_request(ask(json!({ "name": "Second", "subject": SUBJECT, "key": "ec-p256" }))).expect("a request");
    let install = |path: &str| sandbox.surface.authority_install(ask(json!({ "authority": "Second", "path": path }))).expect("installed");
    let file = csr(&sandbox, "Second");
    let later = outside.sign(&file, AS_ASKED, &["-startdate", "20261122110500Z", "-days", "100"], "later.pem");
    let earlier = outside.sign(&file, AS_ASKED, &["-startdate", "20261101000000Z", "-days", "2000"], "earlier.pem");
    let later = install(&joined(&[&later, &outside.certificate()], &sandbox.path("answer.pem"))).certificate;
    let leaf = sandbox.issue("Second", &["www.example.test"], "www").certificate;
    let installed = install(&earlier);
    let second = shown(&sandbox, "Second");
    assert_eq!((&second.certificate.id, &installed.authority.certificate.id), (&installed.certificate.id, &installed.certificate.id));
    assert_eq!(second.generations[0].certificates, [installed.certificate.id.clone(), later.id.clone()]);
    assert_eq!((second.status.as_str(), detail(&sandbox, &later.id).status.as_str()), ("valid", "superseded"));
    // What was issued before goes on below the one in force as well, and longer than the other would have let it.
    let chain = sandbox.surface.certificate_show(ask(json!({ "certificate": leaf.id }))).expect("shown").chain;
    assert_eq!(chain[1].id.as_ref(), Some(&installed.certificate.id));
    let bundle = sandbox.export(&leaf.id, "bundle", "bundle.pem");
    let at = (NOW + Duration::days(50)).unix_timestamp().to_string();
    openssl::openssl(&["verify", "-x509_strict", "-attime", &at, "-CAfile", &bundle, &bundle]).assert_accepted();
    assert!(sandbox.read("bundle.pem").contains(installed.certificate.pem.trim()));
    sandbox.issue_as(json!({ "authority": "Second", "names": ["long.example.test"], "days": 300 }), "long");
    sandbox.assert_audit_whole();
}
