//! Hold and release, serials that nobody knows, many in one act, a key in other hands, and where two CRLs differ.

use serde_json::Value;

use crate::{Folder, text};

fn status(folder: &Folder, serial: &str) -> String {
    text(&folder.json(&format!("cert show issuing/{serial}")), "/status")
}

#[test]
fn a_hold_is_lifted_and_the_difference_tells_it() {
    let folder = Folder::with_authorities();
    let www = folder.issue("www.test");
    // Nothing is asked for a hold: it can be lifted.
    let held = folder.done(&format!("cert hold issuing/{www} --note mislaid"));
    assert!(held.err.contains("stale"), "{}", held.err);
    assert_eq!(status(&folder, &www), "held");
    folder.done("crl build issuing");
    folder.done("crl export issuing --out one.crl");
    folder.done(&format!("cert release issuing/{www}"));
    assert_eq!(status(&folder, &www), "valid");
    folder.run(&format!("cert release issuing/{www}")).ends(4);
    let next = folder.json("crl diff issuing");
    let told = ["change", "end", "entry/name"].map(|field| text(&next, &format!("/items/0/{field}")));
    assert_eq!(told, ["removed", "lifted", "www.test"]);
    assert!(folder.done("crl diff issuing").out.contains("hold lifted"));
    folder.done("crl build issuing");
    folder.done("crl export issuing --out two.crl --format pem");
    let files = folder.bare("crl diff one.crl two.crl --json").ends(0).document();
    assert_eq!((files.get("removed"), files.get("added")), (Some(&Value::from(1)), Some(&Value::from(0))));
    let numbers = folder.json("crl diff issuing --from 1 --to 2");
    assert_eq!(text(&numbers, "/items/0/entry/serial"), www);
    folder.run("crl diff issuing --from 9").ends(3);
    folder.run("crl diff one.crl").ends(2);
}

#[test]
fn many_are_revoked_in_one_act_or_none() {
    let folder = Folder::with_authorities();
    let serials = ["a.test", "b.test"].map(|name| folder.issue(name));
    let list = |lines: &[String]| std::fs::write(folder.path("list"), lines.join("\n")).unwrap();
    list(&[format!("issuing/{} # the first", serials[0]), String::new(), "issuing/0abc".to_owned()]);
    folder.run("cert revoke --from list --yes").ends(3);
    assert_eq!(status(&folder, &serials[0]), "valid");
    list(&serials.clone().map(|serial| format!("issuing/{serial}")));
    folder.run("cert revoke --from list").ends(2);
    folder.done("cert revoke --from list --reason superseded --yes");
    assert!(serials.iter().all(|serial| status(&folder, serial) == "revoked"));
    folder.done("cert revoke issuing/0abc issuing/0def --unknown-serial --yes");
    folder.run("cert revoke 0abc --unknown-serial --yes").ends(2);
    folder.run("cert revoke issuing/0abc --unknown-serial --yes").ends(4);
    let built = folder.json("crl build issuing");
    assert_eq!(built.get("entries"), Some(&Value::from(4)));
    let shown = folder.json("crl show issuing --serial 0abc");
    assert_eq!(["serial", "kept"].map(|field| text(&shown, &format!("/items/0/{field}"))), ["0abc", "for-ever"]);
}

#[test]
fn a_compromised_key_is_shown_first() {
    let folder = Folder::with_authorities();
    folder.done("cert issue --authority issuing --name www.test --out www --plain-key");
    let www = text(&folder.json("cert list --search www"), "/items/0/serial");
    let plan = folder.json("key compromised www/www.test.key --dry-run");
    assert_eq!(["certificates/0/outcome", "confirmation"].map(|field| text(&plan, &format!("/{field}"))), ["revoked", "revoke 1"]);
    assert_eq!((plan.get("done"), status(&folder, &www).as_str()), (Some(&Value::Bool(false)), "valid"));
    folder.run(&format!("key compromised issuing/{www}")).ends(2);
    let done = folder.done(&format!("key compromised issuing/{www} --note leaked --yes"));
    assert!(done.out.contains("www.test") && done.err.contains("chancery crl build issuing"), "{} {}", done.out, done.err);
    assert_eq!(text(&folder.json(&format!("cert show issuing/{www}")), "/revocation/reason"), "keyCompromise");
    folder.run("key compromised 00ff --yes").ends(3);
}
