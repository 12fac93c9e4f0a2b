//! Issuing and revoking one certificate, beside what the key and the signature alone cost.

use std::path::Path;

use api::Surface;
use authority::pki::{KeySigner, KeySpec, PrivateKey, Signer};
use serde_json::json;
use suite::ask;
use suite::seeded::{self, Seeded};

use crate::timing::{Shown, Times, alternate, ratio};

/// Issues one certificate into a stream, as `cert issue --out -` does; gives its id.
fn issue(surface: &Surface, key: &str, number: usize) -> String {
    let request = json!({
        "draft": { "authority": "Seed CA 1", "names": [format!("bench-{key}-{number}.example.test")], "key": key },
        "handOver": { "out": "-", "plainKey": true },
    });
    surface.certificate_issue_to(ask(request), &mut Vec::new()).expect("issued").certificate.id
}

fn revoke(surface: &Surface, id: &str) {
    let shown = surface.certificate_show(ask(json!({ "certificate": id }))).expect("shown");
    let request = json!({ "certificates": [id], "reason": "superseded", "confirmation": shown.certificate.name });
    surface.certificate_revoke(ask(request)).expect("revoked");
}

/// Prints issuing for every kind of key. The registry is a copy: the kept one stays as it is.
pub fn algorithms(small: &Seeded, folder: &Path) {
    let surface = seeded::open(&seeded::copy(&small.path, folder));
    let ca = KeySigner::new(PrivateKey::generate(KeySpec::EcP256).expect("a key")).expect("a signer");
    println!("| key | key and signature alone | issued and recorded | more than that |");
    println!("|---|--:|--:|--:|");
    for spec in KeySpec::ALL {
        let runs = if matches!(spec.as_str(), name if name.starts_with("rsa")) { 15 } else { 61 };
        let mut number = 0;
        let (floor, whole) = alternate(
            runs,
            || {
                let key = PrivateKey::generate(spec).expect("a key");
                ca.sign(key.public_key().spki_der()).expect("a signature");
            },
            || {
                number += 1;
                issue(&surface, spec.as_str(), number);
            },
        );
        let more = whole.quick().saturating_sub(floor.quick());
        println!("| {} | {} | {} | {} |", spec.as_str(), Shown(floor.quick()), Shown(whole.quick()), Shown(more));
    }
}

/// Prints issuing and revoking in the small and the large registry. The large one keeps what is issued here: some dozens in a million.
pub fn sizes(small: &Seeded, large: &Seeded, folder: &Path) {
    let (small, large) = (seeded::open(&seeded::copy(&small.path, folder)), seeded::open(&large.path));
    let (mut of_small, mut of_large) = (Vec::new(), Vec::new());
    let (less, more) = alternate(
        41,
        || of_small.push(issue(&small, "ec-p256", of_small.len())),
        || of_large.push(issue(&large, "ec-p256", of_large.len())),
    );
    row("issue one (ec-p256)", &less, &more);
    let (mut of_small, mut of_large) = (of_small.into_iter(), of_large.into_iter());
    let (less, more) =
        alternate(40, || revoke(&small, &of_small.next().expect("one more")), || revoke(&large, &of_large.next().expect("one more")));
    row("revoke one", &less, &more);
}

fn row(name: &str, less: &Times, more: &Times) {
    println!("| {name} | {} | {} | {:.2} | |", Shown(less.quick()), Shown(more.quick()), ratio(more.quick(), less.quick()));
}
