//! The certificate authority with memory: use cases over registry, keystore and audit log.
//!
//! Synchronous. Clock, randomness, keyring and file system are passed in.

#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod audit;
pub mod clock;
pub mod doctor;
pub mod file;
pub mod keystore;
pub mod registry;
pub mod secret;
