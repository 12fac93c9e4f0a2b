//! Building a CRL, beside the digest and the signature of the same bytes.

use api::Surface;
use authority::pki::{KeySigner, KeySpec, PrivateKey, Signer};
use serde_json::json;
use suite::ask;
use suite::seeded::{self, Seeding};

use crate::lists::grouped;
use crate::timing::{Shown, once, ratio, time};

fn build(surface: &Surface) {
    surface.crl_build(ask(json!({ "authority": "Seed CA 1" }))).expect("a CRL");
}

/// Prints one row for each size.
pub fn sizes(sizes: &[u64]) {
    let signer = KeySigner::new(PrivateKey::generate(KeySpec::EcP256).expect("a key")).expect("a signer");
    println!(
        "| entries | bytes | digest and signature alone | signed, checked, read back and recorded | times the floor | first time listed |"
    );
    println!("|--:|--:|--:|--:|--:|--:|");
    for entries in sizes {
        let seeded = Seeding { certificates: *entries, revoked: *entries, authorities: 1 }.kept();
        let surface = seeded::open(&seeded.path);
        // Only the first CRL after a revocation marks its entry as listed; of a kept registry that was once.
        let note = seeded.path.with_extension("first-crl");
        if !note.exists() {
            let first = once(&mut || build(&surface));
            std::fs::write(&note, first.as_millis().to_string()).expect("a note");
        }
        let first = std::fs::read_to_string(&note).expect("a note").trim().parse().map(std::time::Duration::from_millis).expect("a number");
        let runs = if *entries > 100_000 { 5 } else { 15 };
        let whole = time(runs, || build(&surface));
        let out = seeded.path.with_extension("crl");
        let request = json!({ "authority": "Seed CA 1", "format": "der", "out": out, "overwrite": true });
        surface.crl_export(ask(request)).expect("exported");
        let bytes = std::fs::read(&out).expect("the CRL");
        std::fs::remove_file(&out).expect("removed");
        let floor = time(runs, || drop(signer.sign(&bytes).expect("a signature")));
        println!(
            "| {} | {} | {} | {} | {:.1} | {} |",
            grouped(*entries),
            grouped(bytes.len() as u64),
            Shown(floor.median()),
            Shown(whole.median()),
            ratio(whole.median(), floor.median()),
            Shown(first),
        );
    }
}
