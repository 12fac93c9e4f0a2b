//! Whenever the power goes, every operation leaves a registry that is whole, keeps what was promised, and can be repeated.

use std::num::NonZero;
use std::path::Path;

use suite::crash::{Operation, Outages, Syncs, outages};

/// States of the disk that are looked at for each operation.
const POINTS: usize = 42;
/// An operation that hardly writes has fewer different ones.
const LEAST: usize = 30;

fn driver() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_crash-driver"))
}

fn cut(operation: Operation, syncs: Syncs) -> Outages {
    let outages = outages(driver(), operation, POINTS, syncs, NonZero::<usize>::MIN);
    println!("{operation}, {syncs:?}: {} moments, {} points, {:.1} s", outages.moments, outages.points, outages.took.as_secs_f64());
    assert!(outages.points >= LEAST, "{operation} has only {} different states", outages.points);
    outages
}

pub fn survives(operation: Operation) {
    let outages = cut(operation, Syncs::All);
    assert!(outages.broken.is_empty(), "{}", outages.broken.join("\n"));
}

/// A test of the test: a program that leaves syncs out is found out.
#[track_caller]
fn is_found_out(operation: Operation, syncs: Syncs, complaint: &str) {
    let broken = cut(operation, syncs).broken;
    assert!(broken.iter().any(|said| said.contains(complaint)), "no complaint with {complaint:?} among {broken:?}");
}

#[test]
fn a_commit_that_is_not_synced_is_found_out() {
    is_found_out(Operation::Issue, Syncs::NotOfTheLog, "is not kept");
}

#[test]
fn a_file_that_gets_its_name_before_it_is_synced_is_found_out() {
    is_found_out(Operation::Issue, Syncs::NotOfNewFiles, "is not kept");
}

#[test]
fn a_folder_that_is_not_synced_is_found_out() {
    is_found_out(Operation::Backup, Syncs::NotOfFolders, "is not kept");
}
