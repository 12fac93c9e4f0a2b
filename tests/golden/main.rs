//! What we make, as text: every built-in profile and every kind of CRL, made from fixed keys at a fixed time with fixed serials. A change of a single
//! octet shows as a difference of a snapshot, to be read before it is taken.

mod certificates;
mod crls;
mod made;

use std::collections::BTreeSet;
use std::path::Path;

/// Every snapshot belongs to something that is still made: what was renamed leaves none behind.
#[test]
fn no_snapshot_is_left_over() {
    let made: BTreeSet<String> = certificates::names()
        .into_iter()
        .chain(crls::names())
        .flat_map(|name| [format!("{name}.snap"), format!("{name}_by_openssl.snap")])
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/snapshots");
    let kept: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    let kept: BTreeSet<String> = kept.into_iter().filter(|name| !name.ends_with(".snap.new")).collect();
    assert_eq!(kept, made);
}
