//! What an operation has acknowledged.

use serde::{Deserialize, Serialize};

/// One acknowledged step: from here on nobody may lose it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Promise {
    /// The registry is there.
    Registry,
    /// An authority is there, and its key.
    Authority {
        /// Its display name.
        name: String,
    },
    /// An authority issues under this certificate, with the key that goes with it.
    Generation {
        /// The authority's display name.
        authority: String,
        /// SHA-256, hexadecimal.
        fingerprint: String,
    },
    /// A certificate was issued.
    Certificate {
        /// SHA-256, hexadecimal.
        fingerprint: String,
        /// Its serial, hexadecimal.
        serial: String,
        /// The names of the files that it and its key were handed over in.
        files: Vec<String>,
    },
    /// A certificate has a successor.
    Superseded {
        /// Its serial, hexadecimal.
        serial: String,
    },
    /// A certificate is revoked.
    Revoked {
        /// Its serial, hexadecimal.
        serial: String,
    },
    /// A CRL was issued.
    Crl {
        /// The authority's display name.
        authority: String,
        /// Its number.
        number: String,
        /// SHA-256, hexadecimal.
        sha256: String,
    },
    /// A folder was taken over.
    Taken {
        /// How many certificates the registry has now.
        certificates: u32,
    },
    /// A file was written.
    File {
        /// Its name in the folder for what is handed over.
        name: String,
        /// SHA-256 of what is in it, hexadecimal.
        sha256: String,
    },
    /// A registry was brought up to date, and a copy kept of what it was.
    CopyOfSchema {
        /// The schema that it had.
        schema: u32,
    },
    /// A profile is in force.
    Profile {
        /// Its name.
        name: String,
    },
    /// A policy is in force.
    Policy {
        /// The authority's display name.
        authority: String,
        /// The longest life it allows.
        longest_days: u32,
    },
    /// The key of an authority can be used, and the registry says so.
    Usable {
        /// The authority's display name.
        authority: String,
    },
    /// All keys are in one place.
    KeysIn {
        /// `os` or `passphrase`.
        keys: String,
    },
    /// The vault opens with its new passphrase and no more with the old one.
    OpensWithNewPassphraseOnly,
    /// A source holds something else.
    Source {
        /// How many certificates.
        certificates: u32,
        /// How many CRLs.
        crls: u32,
    },
    /// A backup was made.
    Backup {
        /// Its name in the folder for what is handed over.
        file: String,
    },
}

/// Serials and CRL numbers that both runs gave to different things.
pub(super) fn given_twice(first: &[Promise], second: &[Promise]) -> Vec<String> {
    let clash = |(one, two): &(&Promise, &Promise)| match (one, two) {
        // The same certificate may be promised again.
        (Promise::Certificate { serial: a, fingerprint: m, .. }, Promise::Certificate { serial: b, fingerprint: n, .. }) => {
            a == b && m != n
        }
        (Promise::Crl { authority: a, number: m, .. }, Promise::Crl { authority: b, number: n, .. }) => a == b && m == n,
        _ => false,
    };
    let pairs = first.iter().flat_map(|one| second.iter().map(move |two| (one, two)));
    pairs.filter(clash).map(|(one, two)| format!("given twice: {one:?}, {two:?}")).collect()
}
