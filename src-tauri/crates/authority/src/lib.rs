//! The certificate authority with memory: use cases over registry, keystore and audit log.
//!
//! Synchronous. Clock, randomness, keyring and file system are passed in.

#![deny(missing_docs)]
#![forbid(unsafe_code)]

mod answering;
mod archive;
pub mod audit;
pub mod back_up;
mod carried;
pub mod chain;
pub mod change_authority;
pub mod change_passphrase;
pub mod clock;
pub mod confirm_clock;
pub mod create_authority;
pub mod crl_addresses;
pub mod crl_failure;
mod crl_gate;
pub mod crl_schedule;
pub mod cross_sign;
mod csv_cell;
pub mod current_crl;
pub mod daily_backup;
pub mod deployment;
pub mod doctor;
pub mod drill;
pub mod export;
pub mod export_audit;
pub mod export_folder;
pub mod export_key;
pub mod export_list;
pub mod file;
mod file_name;
pub mod filing;
mod findings;
mod generation_url;
pub mod hand_over;
pub mod impact;
pub mod import;
pub mod in_use;
pub mod install_certificate;
pub mod install_crl;
pub mod issue;
pub mod issue_many;
pub mod issuer;
mod kept_keys;
pub mod key_compromise;
pub mod key_form;
mod key_staging;
pub mod key_standing;
pub mod keystore;
mod leftovers;
pub mod move_keys;
pub mod next_crl;
pub mod opened_crl;
pub mod out_folder;
pub mod overview;
pub mod private_memory;
pub mod profiles;
pub mod publish_crl;
pub mod recover;
pub mod refusal;
pub mod registry;
pub mod release;
pub mod renew;
pub mod renew_authority;
pub mod repair_key;
pub mod request_authority;
pub mod request_inbox;
mod reserve;
pub mod restore;
pub mod retire;
pub mod revoke;
pub mod run_crls;
pub mod salvage;
pub mod secret;
pub mod seed;
pub mod session;
pub mod settings;
mod settle;
pub mod sources;
mod staged_folder;
mod subordinate;
pub mod taken;
pub mod task;
pub mod undo;
pub mod upkeep;
pub mod verify_audit;
pub mod watch;

/// The vocabulary of certificates, for those who call the use cases.
pub use pki;
