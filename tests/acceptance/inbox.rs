//! The inbox of signing requests: in by any door, judged, turned down, issued; and what an enemy sends.

use api::ErrorCode;
use api::view::{RequestDetail, RequestsAdded};
use serde_json::{Value, json};
use suite::data::named;
use suite::judges::openssl;
use suite::judges::sqlite::sqlite;
use suite::sandbox::refusal;
use suite::{Sandbox, ask};

/// A request of OpenSSL with a new key; gives its path.
fn csr(sandbox: &Sandbox, file: &str, key: &[&str], more: &[&str]) -> String {
    let (key_file, request) = (sandbox.text(&format!("{file}.key")), sandbox.text(file));
    if !sandbox.path(&format!("{file}.key")).exists() {
        let mut make = vec!["genpkey", "-out", &key_file];
        make.extend(key);
        openssl::openssl(&make).assert_accepted();
    }
    let mut arguments = vec!["req", "-new", "-key", &key_file, "-out", &request];
    arguments.extend(more);
    openssl::openssl(&arguments).assert_accepted();
    request
}

const P256: &[&str] = &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];

fn add(sandbox: &Sandbox, request: Value) -> RequestsAdded {
    sandbox.surface.request_add(ask(request)).unwrap_or_else(|error| panic!("{error:?}"))
}

fn show(sandbox: &Sandbox, id: &str) -> RequestDetail {
    sandbox.surface.request_show(ask(json!({ "request": id, "authority": "Issuing" }))).unwrap_or_else(|error| panic!("{error:?}"))
}

fn issue(sandbox: &Sandbox, pem: &str) -> Result<api::view::IssuedView, api::ApiError> {
    sandbox.surface.certificate_issue(ask(json!({ "draft": { "authority": "Issuing", "request": pem } })))
}

fn concerns(detail: &RequestDetail) -> Vec<(&str, &str)> {
    detail.concerns.iter().map(|concern| (concern.code.as_str(), concern.severity.as_str())).collect()
}

fn one(sandbox: &Sandbox, file: &str, name: &str) -> String {
    let path = csr(sandbox, file, P256, &["-subj", &format!("/O=Theirs/CN={name}"), "-addext", &format!("subjectAltName=DNS:{name}")]);
    sandbox.clock.advance(time::Duration::SECOND);
    add(sandbox, json!({ "paths": [path] })).items.remove(0).id.expect("an id")
}

#[test]
fn a_request_is_taken_in_by_any_door_and_known_the_second_time() {
    let sandbox = Sandbox::at_work();
    let pem = csr(&sandbox, "a.csr", P256, &["-subj", "/CN=a.example.test"]);
    let der = sandbox.text("folder-a.der");
    openssl::openssl(&["req", "-in", &pem, "-outform", "DER", "-out", &der]).assert_accepted();
    std::fs::create_dir(sandbox.path("incoming")).expect("a folder");
    let b = csr(&sandbox, "b.csr", P256, &["-subj", "/CN=b.example.test"]);
    std::fs::copy(&b, sandbox.path("incoming/b.csr")).expect("copied");
    std::fs::write(sandbox.path("incoming/readme.txt"), "nothing known").expect("written");
    std::fs::copy(named("openssl-ca/issuing/www.crt"), sandbox.path("incoming/www.crt")).expect("copied");

    let report = add(&sandbox, json!({ "paths": [pem, der, sandbox.text("incoming"), named("openssl-ca/issuing/www.crt")] }));
    let said: Vec<_> = report.items.iter().map(|item| (item.name.as_str(), item.outcome.as_str(), item.code.as_deref())).collect();
    assert_eq!(
        said[..3],
        [("a.example.test", "new", None), ("a.example.test", "known", None), ("b.example.test", "new", None)],
        "PEM, the same as DER, and one in a folder"
    );
    assert_eq!((said[3].1, said[3].2), ("refused", Some("not-a-request")), "a certificate that was named");
    assert_eq!(report.skipped, [sandbox.text("incoming/readme.txt"), sandbox.text("incoming/www.crt")]);
    assert_eq!(report.items[0].id, report.items[1].id);

    let pasted = add(&sandbox, json!({ "text": format!("hello\n{}\n{}", sandbox.read("a.csr"), sandbox.read("b.csr")) }));
    assert!(pasted.items.iter().all(|item| item.outcome == "known"), "{pasted:?}");
    let page = sandbox.surface.request_list(ask(json!({}))).expect("a list");
    assert_eq!(
        page.items.iter().map(|item| (item.name.as_str(), item.state.as_str())).collect::<Vec<_>>(),
        [("b.example.test", "open"), ("a.example.test", "open")]
    );
    let first = sandbox.surface.request_list(ask(json!({ "limit": 1 }))).expect("a page");
    let second = sandbox.surface.request_list(ask(json!({ "limit": 1, "after": first.next.expect("a cursor") }))).expect("a page");
    assert_eq!((second.items[0].name.as_str(), second.next, second.total.count), ("a.example.test", None, 2));
    let by_hash = show(&sandbox, &page.items[0].sha256);
    assert_eq!(by_hash.request.id, page.items[0].id);
    sandbox.assert_audit_whole();
}

#[test]
fn a_request_is_judged_and_the_difference_told() {
    let sandbox = Sandbox::at_work();
    let path = csr(
        &sandbox,
        "c.csr",
        P256,
        &[
            "-subj",
            "/O=Theirs/CN=c.example.test",
            "-addext",
            "subjectAltName=DNS:c.example.test",
            "-addext",
            "keyUsage=critical,keyCertSign",
            "-addext",
            "basicConstraints=CA:TRUE",
        ],
    );
    let id = add(&sandbox, json!({ "paths": [path] })).items.remove(0).id.expect("an id");
    let detail = show(&sandbox, &id);
    assert_eq!(concerns(&detail), []);
    let fates: Vec<_> = detail
        .difference
        .iter()
        .map(|row| (row.what.as_str(), row.label.as_str(), row.fate.as_str()))
        .filter(|row| row.2 != "added")
        .collect();
    assert_eq!(fates[..2], [("subject", "", "taken"), ("names", "", "taken")]);
    assert_eq!(fates[2..], [("extension", "keyUsage", "changed"), ("extension", "basicConstraints", "left-out")]);
    assert!(detail.preview.expect("a preview").may_be_issued, "what it may not have is not given");
    let judged = sandbox.surface.request_show(ask(json!({ "request": id }))).expect("judged by what fits best");
    assert_eq!((judged.authority_name.as_deref(), judged.profile.as_deref()), (Some("Issuing"), Some("tls-server")));
    let refused = sandbox.surface.request_show(ask(json!({ "request": id, "profile": "email" }))).expect("shown");
    let refusal = refused.refusal.expect("e-mail certificates carry no host name");
    assert_eq!(refusal.code, "refused-by-profile");
    assert!(refused.difference.is_empty() && refused.preview.is_none());
}

#[test]
fn issuing_settles_the_request_in_the_same_transaction_and_rejecting_bars_it() {
    let sandbox = Sandbox::at_work();
    let (d, e) = (one(&sandbox, "d.csr", "d.example.test"), one(&sandbox, "e.csr", "e.example.test"));
    let issued = issue(&sandbox, &show(&sandbox, &d).pem).expect("issued").certificate;
    let settled = show(&sandbox, &d).request;
    assert_eq!((settled.state.as_str(), settled.certificate.as_deref()), ("issued", Some(issued.id.as_str())));
    assert_eq!(concerns(&show(&sandbox, &d)), [], "its own certificate is no concern");
    assert_eq!(refusal(sandbox.surface.request_reject(ask(json!({ "request": d })))), ErrorCode::RequestSettled);

    let rejected = sandbox.surface.request_reject(ask(json!({ "request": e, "note": " wrong name " }))).expect("rejected");
    assert_eq!((rejected.state.as_str(), rejected.note.as_deref()), ("rejected", Some("wrong name")));
    let before = sandbox.count();
    assert_eq!(refusal(issue(&sandbox, &sandbox.read("e.csr"))), ErrorCode::RequestRejected);
    assert_eq!(sandbox.count(), before);
    assert_eq!(show(&sandbox, &e).refusal.expect("a refusal").code, "request-rejected");
    assert_eq!(add(&sandbox, json!({ "paths": [sandbox.text("e.csr")] })).items[0].detail, "It came in before and was rejected.");
    sandbox.surface.request_reopen(ask(json!({ "request": e }))).expect("put back");
    assert_eq!(refusal(sandbox.surface.request_reopen(ask(json!({ "request": e })))), ErrorCode::RequestSettled);
    issue(&sandbox, &sandbox.read("e.csr")).expect("issued after all");

    let actions: Vec<_> = sandbox.surface.audit_list(ask(json!({ "action": "request." }))).expect("a log").items;
    let actions: Vec<_> =
        actions.iter().rev().filter(|entry| !entry.refused).map(|entry| (entry.action.as_str(), entry.why.as_deref())).collect();
    assert_eq!(
        actions,
        [
            ("request.received", None),
            ("request.received", None),
            ("request.issued", None),
            ("request.rejected", Some("wrong name")),
            ("request.reopened", None),
            ("request.issued", None),
        ]
    );
    sandbox.assert_audit_whole();
    sandbox.close();
    let unsettled = "SELECT count(*) FROM requests WHERE (state = 'issued') <> (certificate IS NOT NULL)";
    assert_eq!(sqlite(&sandbox.text("acme.chancery"), unsettled).trim(), "0");
}

#[test]
fn what_speaks_against_a_request_is_said() {
    let sandbox = Sandbox::at_work();
    let first = one(&sandbox, "f.csr", "f.example.test");
    // The same key, another name.
    std::fs::copy(sandbox.path("f.csr.key"), sandbox.path("g.csr.key")).expect("copied");
    let again = one(&sandbox, "g.csr", "g.example.test");
    assert_eq!(concerns(&show(&sandbox, &first)), []);
    assert_eq!(concerns(&show(&sandbox, &again)), [("earlier-with-key", "warning")]);
    assert_eq!(show(&sandbox, &again).concerns[0].request.as_deref(), Some(first.as_str()));
    // The same names, another key.
    let other = one(&sandbox, "h.csr", "f.example.test");
    assert_eq!(concerns(&show(&sandbox, &other)), [("earlier-with-names", "warning")]);
    let issued = issue(&sandbox, &sandbox.read("f.csr")).expect("issued").certificate;
    assert_eq!(concerns(&show(&sandbox, &other)), [("name-in-use", "notice")]);
    assert_eq!(concerns(&show(&sandbox, &again)), [("earlier-with-key", "warning"), ("key-in-use", "notice")]);
    // The key is in other hands: nothing is issued for it, by any door.
    sandbox.revoke(&issued.id, "f.example.test", "keyCompromise");
    assert_eq!(concerns(&show(&sandbox, &again)), [("key-compromised", "error"), ("earlier-with-key", "warning")]);
    assert_eq!(show(&sandbox, &again).refusal.expect("a refusal").code, "key-compromised");
    assert_eq!(refusal(issue(&sandbox, &sandbox.read("g.csr"))), ErrorCode::KeyCompromised);
    // Weak keys and signatures.
    let rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"];
    sandbox.clock.advance(time::Duration::SECOND);
    let weak = csr(&sandbox, "weak.csr", &rsa, &["-subj", "/CN=weak.example.test", "-sha1"]);
    let weak = add(&sandbox, json!({ "paths": [weak] })).items.remove(0).id.expect("kept, to be rejected");
    let detail = show(&sandbox, &weak);
    assert_eq!(concerns(&detail), [("weak-key", "error"), ("weak-signature", "warning")]);
    assert_eq!(detail.refusal.expect("a refusal").code, "refused-by-profile");
    // Neither subject nor name.
    let nameless = csr(&sandbox, "nameless.csr", P256, &["-subj", "/"]);
    let nameless = add(&sandbox, json!({ "paths": [nameless] })).items.remove(0).id.expect("kept");
    assert_eq!(concerns(&show(&sandbox, &nameless)), [("nameless", "warning")]);
}

#[test]
fn what_an_enemy_sends_is_refused_in_words_and_nothing_is_kept() {
    let sandbox = Sandbox::at_work();
    let good = std::fs::read(csr(&sandbox, "good.csr", P256, &["-subj", "/CN=good.example.test", "-outform", "DER"])).expect("DER");
    let mut forged = good.clone();
    *forged.last_mut().expect("bytes") ^= 1;
    let half = good[..good.len() / 2].to_vec();
    for (file, bytes, code) in [
        ("forged.csr", forged.clone(), "bad_signature"),
        ("empty.csr", Vec::new(), "file-empty"),
        ("noise.csr", b"\x00\xff\x13\x37 nothing".to_vec(), "nothing-known"),
    ] {
        let report = add(&sandbox, json!({ "paths": [sandbox.write(file, bytes)] }));
        assert_eq!((report.items[0].outcome.as_str(), report.items[0].code.as_deref()), ("refused", Some(code)), "{file}");
        assert!(report.items[0].detail.ends_with(['.', '?', '…']), "{file}: {}", report.items[0].detail);
    }
    let truncated = add(&sandbox, json!({ "paths": [sandbox.write("half.csr", half)] }));
    assert_eq!(truncated.items[0].outcome, "refused");
    // In a folder a forged one is still named, since it is a request; the rest is passed over.
    std::fs::create_dir(sandbox.path("incoming")).expect("a folder");
    std::fs::write(sandbox.path("incoming/forged.csr"), forged).expect("written");
    let report = add(&sandbox, json!({ "paths": [sandbox.text("incoming")] }));
    assert_eq!(report.items.len(), 1);
    assert_eq!(report.items[0].code.as_deref(), Some("bad_signature"));
    let long = "x".repeat(2_001);
    let id = one(&sandbox, "i.csr", "i.example.test");
    assert_eq!(refusal(sandbox.surface.request_reject(ask(json!({ "request": id, "note": long })))), ErrorCode::BadUsage);
    assert_eq!(refusal(sandbox.surface.request_show(ask(json!({ "request": "../../etc/passwd" })))), ErrorCode::RequestNotFound);
    assert_eq!(refusal(sandbox.surface.request_add(ask(json!({ "paths": [sandbox.text("missing")] })))), ErrorCode::FileNotFound);
    assert_eq!(refusal(sandbox.surface.request_add(ask(json!({})))), ErrorCode::BadUsage);
    assert_eq!(sandbox.surface.request_list(ask(json!({}))).expect("a list").total.count, 1);
}

#[test]
fn the_inbox_is_searched_and_paged_by_state_and_counted_up_to_a_limit() {
    let sandbox = Sandbox::at_work();
    let mail = one(&sandbox, "k.csr", "mail.example.test");
    let (web, vpn) = (one(&sandbox, "l.csr", "Web.example.test"), one(&sandbox, "m.csr", "vpn.example.test"));
    sandbox.surface.request_reject(ask(json!({ "request": vpn, "note": "use the Balancer" }))).expect("rejected");
    let list = |wanted: Value| sandbox.surface.request_list(ask(wanted)).expect("a list");
    let ids = |wanted: Value| list(wanted).items.into_iter().map(|item| item.id).collect::<Vec<_>>();

    assert_eq!(ids(json!({ "search": "WEB" })), [web.as_str()]);
    assert_eq!(
        ids(json!({ "search": "theirs example.test" })),
        [vpn.as_str(), web.as_str(), mail.as_str()],
        "every word, wherever it stands"
    );
    assert_eq!(ids(json!({ "search": "balancer" })), [vpn.as_str()], "the note");
    assert_eq!(ids(json!({ "search": "ec-p256", "state": "open" })), [web.as_str(), mail.as_str()]);
    assert_eq!(ids(json!({ "search": "theirs nobody" })), Vec::<String>::new());
    let sha256 = list(json!({ "search": "mail" })).items.remove(0).sha256;
    assert_eq!(ids(json!({ "search": sha256[..20].to_uppercase() })), [mail.as_str()]);
    let first = list(json!({ "search": "theirs", "limit": 2 }));
    assert_eq!((first.items.len(), first.total.count, first.total.at_least), (2, 2, true));
    let second = list(json!({ "search": "theirs", "limit": 2, "after": first.next }));
    assert_eq!((second.items[0].id.as_str(), second.next), (mail.as_str(), None));

    let first = list(json!({ "state": "open", "limit": 1 }));
    assert_eq!((first.items[0].id.as_str(), first.total.count), (web.as_str(), 2));
    let second = list(json!({ "state": "open", "limit": 1, "after": first.next }));
    assert_eq!((second.items[0].id.as_str(), second.next), (mail.as_str(), None));

    // Older ones that nobody looks at, more than are counted.
    let more = "WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 10000) INSERT INTO requests (id, der, fingerprint, \
                subject, names, key_kind, key_fingerprint, received_at, state) SELECT CAST(printf('%016d', at) AS BLOB), x'00', \
                CAST(printf('%032d', at) AS BLOB), x'3000', '[]', 'ec-p256', zeroblob(32), at, 'open' FROM n";
    sqlite(&sandbox.text("acme.chancery"), more);
    let page = list(json!({ "state": "open", "limit": 1 }));
    assert_eq!((page.total.count, page.total.at_least), (10_000, true));
    assert_eq!(page.items[0].id, web);
    let rejected = list(json!({ "state": "rejected" })).total;
    assert_eq!((rejected.count, rejected.at_least), (1, false));
}
