//! Many programs on one registry: no error, no serial and no CRL number twice, and nobody waits for long.

use std::path::Path;
use std::time::Duration;

use suite::load::{Load, quantile, run};

/// How long a first page may take beside eight writers, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(5);

#[test]
fn eight_writers_and_sixteen_readers_are_in_nobodys_way() {
    let load = Load { certificates: 400, writers: 8, readers: 16 };
    let outcome = run(Path::new(env!("CARGO_BIN_EXE_load-driver")), load, &mut |_| {});
    let [median, p99] = [0.5, 0.99].map(|share| quantile(&outcome.listed, share));
    println!(
        "{:.1} s, {} CRLs, {} first pages: median {median:?}, p99 {p99:?}",
        outcome.took.as_secs_f64(),
        outcome.crls,
        outcome.listed.len()
    );
    assert!(outcome.broken.is_empty(), "{}", outcome.broken.join("\n"));
    assert_eq!((outcome.issued.len(), outcome.crls), (400, 8), "each writer issues fifty, and one CRL");
    assert!(p99 < PATIENCE, "{p99:?}");
}
