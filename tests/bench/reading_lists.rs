//! Reading a CRL: opened, its signature verified, a serial found, beside what OpenSSL takes to verify it.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use suite::ask;
use suite::seeded::{self, command_line};

use crate::lists::grouped;
use crate::memory;
use crate::revocation_lists::revoked;
use crate::timing::{Shown, alternate, ratio};

/// How many times faster than OpenSSL it is promised to be, for the longest list.
const PROMISED: f64 = 5.0;
/// The first entry is looked for: all others are read too, for the last of a serial counts.
const PAGE: u32 = 1;

fn run(program: &mut Command) {
    assert!(program.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("started").success(), "{program:?}");
}

fn ours_for(registry: &Path, list: &Path, serial: &str) -> Command {
    let mut program = Command::new(command_line());
    program.arg("--registry").arg(registry).args(["crl", "show"]).arg(list).args(["--serial", serial]);
    program
}

/// Prints one row for each size, and names the promise if it is broken.
pub fn sizes(sizes: &[u64], work: &Path) -> Vec<String> {
    println!(
        "| entries | bytes | `openssl crl -verify` | `chancery crl show FILE --serial` | times faster | peak of memory |\n|--:|--:|--:|--:|--:|--:|"
    );
    let mut broken = Vec::new();
    for entries in sizes {
        let registry = revoked(*entries);
        let surface = seeded::open(&registry);
        let (list, issuer) = (work.join("list.der"), work.join("issuer.pem"));
        let export = json!({ "authority": "Seed CA 1", "format": "der", "out": list, "overwrite": true });
        surface.crl_export(ask(export)).expect("exported");
        let shown = surface.authority_show(ask(json!({ "authority": "Seed CA 1" }))).expect("an authority");
        let export = json!({ "certificate": shown.certificate.id, "format": "pem", "out": issuer, "overwrite": true });
        surface.certificate_export(ask(export)).expect("exported");
        let page = surface.crl_show(ask(json!({ "path": list, "entries": true, "limit": PAGE }))).expect("a CRL");
        let serial = page.items.first().expect("an entry").serial.clone();
        let bytes = std::fs::metadata(&list).expect("the CRL").len();
        drop(surface);
        let (theirs, ours) = alternate(
            9,
            || {
                run(Command::new("openssl")
                    .args(["crl", "-inform", "DER", "-noout", "-verify"])
                    .arg("-CAfile")
                    .arg(&issuer)
                    .arg("-in")
                    .arg(&list))
            },
            || run(&mut ours_for(&registry, &list, &serial)),
        );
        let peak = memory::peak_of(&mut ours_for(&registry, &list, &serial));
        let factor = ratio(theirs.quick(), ours.quick());
        println!(
            "| {} | {} | {} | {} | {factor:.1} | {} |",
            grouped(*entries),
            grouped(bytes),
            Shown(theirs.quick()),
            Shown(ours.quick()),
            grouped(peak)
        );
        if Some(entries) == sizes.last() && peak >= bytes {
            broken.push(format!("a CRL of {} bytes is read in {} bytes of memory", grouped(bytes), grouped(peak)));
        }
        if Some(entries) == sizes.last() && factor < PROMISED {
            broken.push(format!(
                "a CRL of {} entries is read {factor:.1} times as fast as by OpenSSL, not {PROMISED} times",
                grouped(*entries)
            ));
        }
    }
    broken
}
