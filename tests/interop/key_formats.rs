//! The program that `docs/key-formats.md` shows, text for text, opens a vault and a recovery file without us.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use suite::judges::python;
use suite::sandbox::PASSPHRASE;
use suite::{Sandbox, ask};

/// Every kind of key that an authority is offered and that is made in a moment, and one of each family that takes longer.
const KINDS: [&str; 6] = ["ec-p256", "ec-p384", "ec-p521", "ed25519", "rsa-2048", "rsa-pss-3072"];

fn example() -> &'static str {
    let page = include_str!("../../docs/key-formats.md");
    let marked =
        page.split_once("<!-- open-keys:begin -->").expect("its beginning").1.split_once("<!-- open-keys:end -->").expect("its end").0;
    marked.trim().strip_prefix("```python\n").expect("Python").strip_suffix("```").expect("its end")
}

/// A registry with an authority for each kind of key; closed.
fn registry(keys: Value) -> (Sandbox, BTreeSet<String>) {
    let sandbox = Sandbox::empty();
    let mut request = json!({ "path": sandbox.text("acme.chancery"), "name": "Acme" });
    request.as_object_mut().expect("an object").extend(keys.as_object().expect("an object").clone());
    if let Some(file) = request.get_mut("recoveryFile") {
        *file = json!(sandbox.text("acme.recovery"));
    }
    sandbox.surface.registry_create(ask(request)).expect("a registry");
    for kind in KINDS {
        sandbox.authority(json!({ "name": kind, "subject": format!("CN=Acme {kind}"), "key": kind }));
    }
    let listed = sandbox.surface.key_list(ask(json!({ "of": "authorities" }))).expect("keys");
    let wanted = listed.items.iter().map(|key| format!("{} {} {}", key.id, key.kind, key.fingerprint)).collect();
    sandbox.close();
    sandbox.write("passphrase", PASSPHRASE);
    sandbox.write("wrong", "another passphrase");
    (sandbox, wanted)
}

#[track_caller]
fn assert_shows(said: &str, wanted: &BTreeSet<String>) {
    let (secrets, keys): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.contains(" secret "));
    // Its word for the algorithm of a line is our specification, which tells RSA keys apart by what they sign with.
    let normal = |line: &str| line.replace("rsa-pss-", "rsa-");
    let keys: BTreeSet<String> = keys.into_iter().map(normal).collect();
    let wanted: BTreeSet<String> = wanted.iter().map(|line| normal(line)).collect();
    assert_eq!(keys, wanted);
    assert!(secrets.iter().any(|line| line.ends_with("audit-head secret 32")), "{secrets:?}");
}

#[test]
fn the_example_opens_a_vault() {
    let (sandbox, wanted) = registry(json!({ "keys": "passphrase", "passphrase": PASSPHRASE }));
    let vault = sandbox.text("acme.vault");
    assert_shows(&python::run(example(), &[&vault, &sandbox.text("passphrase")]).assert_accepted(), &wanted);
    python::run(example(), &[&vault, &sandbox.text("wrong")]).assert_refused("InvalidTag");
    let damaged = sandbox.read("acme.vault").replacen("\"label\":\"ec-p256\"", "\"label\":\"ec-p257\"", 1);
    python::run(example(), &[&sandbox.write("damaged.vault", damaged), &sandbox.text("passphrase")]).assert_refused("damaged");
}

#[test]
fn the_example_opens_a_recovery_file_and_what_is_sealed_to_it() {
    let (sandbox, wanted) = registry(json!({ "keys": "os", "recoveryFile": true, "recoveryPassphrase": PASSPHRASE }));
    let (file, registry) = (sandbox.text("acme.recovery"), sandbox.text("acme.chancery"));
    assert_shows(&python::run(example(), &[&file, &sandbox.text("passphrase"), &registry]).assert_accepted(), &wanted);
    python::run(example(), &[&file, &sandbox.text("wrong"), &registry]).assert_refused("InvalidTag");
}
