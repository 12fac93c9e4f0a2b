//! Tags are words to find certificates by.

use api::request::Nothing;
use serde_json::{Value, json};
use suite::{Sandbox, ask};

#[test]
fn a_list_shows_those_that_have_a_tag() {
    let sandbox = Sandbox::at_work();
    let issue = |name: &str| sandbox.issue("Issuing", &[name], name).certificate.id;
    let [one, two, three] = ["one.example.test", "two.example.test", "three.example.test"].map(issue);
    let tag = |ids: &[&String], add: &[&str], remove: &[&str]| {
        sandbox.surface.certificate_tag(ask(json!({ "certificates": ids, "add": add, "remove": remove }))).expect("tagged");
    };
    tag(&[&one, &two], &["vpn"], &[]);
    tag(&[&two, &three], &["main office"], &[]);
    let listed = |more: Value| {
        let page = sandbox.surface.certificate_list(ask(more)).expect("a list");
        assert_eq!(usize::try_from(page.total.count), Ok(page.items.len()));
        page.items.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let known = || sandbox.surface.certificate_tags(Nothing {}).expect("the tags").items;

    assert_eq!(known(), ["main office", "vpn"]);
    assert_eq!(listed(json!({ "tag": "vpn" })), [two.clone(), one.clone()], "the newest first");
    assert_eq!(listed(json!({ "tag": "vpn", "sort": "name" })), [one.clone(), two.clone()]);
    assert_eq!(listed(json!({ "tag": "vpn", "search": "two" })), std::slice::from_ref(&two));
    assert_eq!(listed(json!({ "tag": "main office", "authority": "Issuing", "status": ["valid"] })), [three.clone(), two.clone()]);
    assert!(listed(json!({ "tag": "main office", "authority": "Root" })).is_empty());
    for none in ["VPN", "vp", "", "nobody's"] {
        assert!(listed(json!({ "tag": none })).is_empty(), "exactly this tag, {none:?}");
    }
    sandbox.surface.certificate_archive(ask(json!({ "certificates": [one], "archived": true }))).expect("archived");
    assert_eq!(listed(json!({ "tag": "vpn" })), std::slice::from_ref(&two));
    assert_eq!(listed(json!({ "tag": "vpn", "archived": true })), std::slice::from_ref(&one));

    // A tag that nobody has any more is offered no more.
    tag(&[&one, &two], &[], &["vpn"]);
    assert_eq!(known(), ["main office"]);
    assert!(listed(json!({ "tag": "vpn" })).is_empty());
}
