//! Whatever happens at any call that changes a file, every operation leaves a registry that is whole, keeps what was promised, and can be repeated.

mod clock;
mod damage;
mod locked;
mod power;

use std::num::NonZero;
use std::path::Path;

use suite::crash::{Fault, Operation, sweep, wanted};

fn survives(operation: Operation, fault: Fault) {
    let sweep = sweep(Path::new(env!("CARGO_BIN_EXE_crash-driver")), operation, fault, wanted(operation, fault), NonZero::<usize>::MIN);
    println!("{operation}, {fault:?}: {} calls, {} faults, {:.1} s", sweep.calls, sweep.faults, sweep.took.as_secs_f64());
    assert!(sweep.broken.is_empty(), "{}", sweep.broken.join("\n"));
    // What is random may save a call here and there; a fault that never comes proves nothing.
    let asked = wanted(operation, fault).unwrap_or(sweep.calls).min(sweep.calls);
    assert!(sweep.faults * 10 >= asked * 9, "only {} of {asked} faults came", sweep.faults);
}

macro_rules! operations {
    ($($name:ident: $operation:ident;)*) => {
        $(mod $name {
            use super::{Fault, Operation, power, survives};

            #[test]
            fn is_killed() {
                survives(Operation::$operation, Fault::Kill);
            }

            #[test]
            fn meets_a_full_disk() {
                survives(Operation::$operation, Fault::Full);
            }

            #[test]
            fn meets_a_broken_disk() {
                survives(Operation::$operation, Fault::Broken);
            }

            #[test]
            fn goes_on_when_the_disk_is_well_again() {
                survives(Operation::$operation, Fault::Passing);
            }

            #[test]
            fn loses_power() {
                power::survives(Operation::$operation);
            }
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
    renewing_certificates: Renew;
    giving_authorities_new_keys: Rekey;
    revoking_certificates: Revoke;
    building_crls: Crl;
    bringing_over: Import;
    bringing_a_database_over: ImportXca;
    making_a_backup: Backup;
    opening_a_backup: Restore;
    settling_what_a_crash_left: Settle;
    bringing_a_registry_up_to_date: Migrate;
    exporting: Export;
    handing_folders_out: ExportFolder;
    putting_rules_into_force: Rules;
    taking_in_a_crl: Install;
    asking_outside_for_a_certificate: Outside;
    keeping_keys_in_a_keyring: Keyring;
    moving_keys_into_a_vault: MoveToVault;
    moving_keys_into_a_keyring: MoveToKeyring;
    changing_the_passphrase: Passphrase;
    repairing_keys: Repair;
    restoring_keys: Recover;
    restoring_keys_into_a_vault: RecoverIntoVault;
    issuing_many: Many;
    replacing_a_source: SourceRefresh;
}
