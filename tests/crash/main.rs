//! Killed at any call that changes a file, every operation leaves a registry that is whole, keeps what was promised, and can be repeated.

use std::path::Path;

use suite::crash::{Operation, sweep, wanted};

fn survives(operation: Operation) {
    let sweep = sweep(Path::new(env!("CARGO_BIN_EXE_crash-driver")), operation, wanted());
    println!("{operation}: {} calls, {} kills, {:.1} s", sweep.calls, sweep.kills, sweep.took.as_secs_f64());
    assert!(sweep.broken.is_empty(), "{}", sweep.broken.join("\n"));
    // What is random may save a call here and there; a kill that never comes proves nothing.
    let asked = wanted().unwrap_or(sweep.calls).min(sweep.calls);
    assert!(sweep.kills * 10 >= asked * 9, "only {} of {asked} kills came", sweep.kills);
}

macro_rules! operations {
    ($($name:ident: $operation:ident;)*) => {
        $(#[test]
        fn $name() {
            survives(Operation::$operation);
        })*

        #[test]
        fn every_operation_is_interrupted() {
            assert_eq!(Operation::all(), [$(Operation::$operation),*]);
        }
    };
}

operations! {
    making_a_registry: Create;
    creating_authorities: Authority;
    issuing_certificates: Issue;
    revoking_certificates: Revoke;
    building_crls: Crl;
    bringing_over: Import;
    making_a_backup: Backup;
    opening_a_backup: Restore;
}
