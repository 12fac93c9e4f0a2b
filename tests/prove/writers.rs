//! Eight writers and sixteen readers, each a process, on one registry.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use suite::load::{Load, quantile, run};

use crate::{Said, Scale, verdict};

/// How often progress is told.
const TELL: Duration = Duration::from_secs(20);

/// Proves it.
pub fn prove(scale: Scale) -> Said {
    let load = Load { certificates: if scale.quick { 1_000 } else { 100_000 }, writers: 8, readers: 16 };
    let driver = std::env::current_exe().expect("this program's path").with_file_name("load-driver");
    assert!(driver.exists(), "load-driver is not built: start this with `cargo xtask prove`");
    let (start, mut told) = (Instant::now(), Instant::now());
    let outcome = run(&driver, load, &mut |done| {
        if told.elapsed() > TELL {
            told = Instant::now();
            eprintln!("{done} certificates after {} s", start.elapsed().as_secs());
        }
    });
    let mut said = Said::default();
    let (certificates, seconds) = (outcome.issued.len(), outcome.took.as_secs_f64());
    let holds = verdict(outcome.broken.is_empty());
    let _ = write!(
        said.text,
        "{} processes issue certificates under one authority (P-256, each with two commits that are synced), and each revokes one of fifty and builds a \
         CRL then; {} other processes list and search, with half a second between questions. Afterwards every serial is there once, each writer's CRL \
         numbers rose and none came twice, the last CRL has every revocation, the full check and the audit log find nothing: {holds}.\n\n\
         {certificates} certificates and {} CRLs in {seconds:.0} s, {:.0} certificates per second.\n\n\
         | what | how often | median | 99 of 100 within | longest |\n|---|--:|--:|--:|--:|\n",
        load.writers,
        load.readers,
        outcome.crls,
        certificates as f64 / seconds,
    );
    for (what, latencies) in
        [("issuing", &outcome.issued), ("first page of 100", &outcome.listed), ("search, first page of 50", &outcome.searched)]
    {
        let [median, most, longest] = [0.5, 0.99, 1.0].map(|share| quantile(latencies, share).as_secs_f64() * 1e3);
        let _ = writeln!(said.text, "| {what} | {} | {median:.1} ms | {most:.1} ms | {longest:.0} ms |", latencies.len());
    }
    said.broken = outcome.broken;
    said
}
