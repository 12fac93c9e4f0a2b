//! Keys, as a person reads them.

use api::view::{CompromiseView, KeyListing, KeyRepaired, KeyStandingView, KeysMoved};

use crate::layout::{Text, counted, moment, moment_if};

/// One key, with its next step.
pub(crate) fn one(key: &KeyStandingView) -> Text {
    let mut text = Text::new();
    text.pairs(&[
        ("Key of", owner(key)),
        ("Kind", key.kind.clone()),
        ("Lives in", place(&key.location).to_owned()),
        ("State", key.title.clone()),
        ("Last proved", moment_if(key.proven_at.as_ref())),
        ("Made", moment(&key.created_at)),
        ("Recovery file", if key.recoverable { "can bring it back" } else { "" }.to_owned()),
        ("Id", key.id.clone()),
        ("Fingerprint", key.fingerprint.clone()),
    ]);
    if key.state != "ready" {
        text.gap().line(&key.message).line(&key.next);
    }
    text
}

/// All keys, then what is not as it should be.
pub(crate) fn list(listing: &KeyListing) -> Text {
    let mut text = Text::new();
    let rows = listing.items.iter().map(|key| {
        [
            key.title.clone(),
            owner(key),
            key.kind.clone(),
            place(&key.location).to_owned(),
            moment_if(key.proven_at.as_ref()),
            key.id.clone(),
        ]
    });
    text.table(["state", "key of", "kind", "lives in", "last proved", "id"], rows.collect());
    // What is said of each state is said once.
    let mut said: Vec<&str> = Vec::new();
    for key in &listing.items {
        if key.state != "ready" && !said.contains(&key.message.as_str()) {
            said.push(&key.message);
            text.gap().line(&format!("{}: {}", key.title, key.message)).line(&key.next);
        }
    }
    for stray in &listing.strays {
        text.gap().line(&format!("{} {}: {}", stray.title, stray.entry, stray.message)).line(&stray.next);
    }
    text
}

/// What came of a repair.
pub(crate) fn repaired(repaired: &KeyRepaired) -> Text {
    let mut text = repaired.key.as_ref().map(one).unwrap_or_default();
    if let Some(entry) = &repaired.set_aside {
        text.gap().line(&format!("What stood in its way is the stray entry {entry} now."));
    }
    if repaired.key.is_none() {
        text.line("Forgotten: no authority used it.");
    }
    text
}

fn owner(key: &KeyStandingView) -> String {
    match &key.owner {
        Some(owner) if owner.generation.is_some_and(|generation| generation > 1) || !owner.current => {
            format!("{} ({})", owner.name, owner.generation.unwrap_or(1))
        }
        Some(owner) => owner.name.clone(),
        None => key.label.clone(),
    }
}

fn place(location: &str) -> &str {
    match location {
        "os" => "keyring",
        "registry" => "registry, sealed",
        other => other,
    }
}

/// Keys that were moved.
pub(crate) fn moved(moved: &KeysMoved) -> Text {
    let mut text = Text::new();
    let place = if moved.status.keys == "passphrase" { "the vault beside the registry" } else { "the keyring" };
    text.line(&format!("{} now in {place}, each proved there.", counted(moved.keys, "key", "keys")));
    text
}

pub(crate) fn compromise(compromise: &CompromiseView) -> Text {
    let mut text = Text::new();
    text.pairs(&[("Key", compromise.fingerprint.clone())]);
    let outcome = |outcome: &str| match (outcome, compromise.done) {
        ("revoked", true) => "revoked",
        ("revoked", false) => "to be revoked",
        ("sharpened", true) => "reason sharpened",
        ("sharpened", false) => "reason to be sharpened",
        ("known", _) => "revoked for it before",
        _ => "not issued here: tell its issuer",
    };
    let rows = compromise.certificates.iter().map(|found| {
        let certificate = &found.certificate;
        [
            certificate.name.clone(),
            outcome(&found.outcome).to_owned(),
            certificate.authority.as_ref().map_or_else(|| certificate.issuer.rfc4514.clone(), |authority| authority.name.clone()),
            certificate.serial.clone(),
        ]
    });
    text.gap().table(["name", "outcome", "authority", "serial"], rows.collect());
    text
}
