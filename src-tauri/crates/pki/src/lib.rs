//! What a certificate, a request and a CRL may be (RFC 5280).
//!
//! Pure: no files, no clock, no randomness of its own beyond the making of keys. Strict when writing, lenient when reading: what we emit
//! obeys RFC 5280, what comes in is kept byte for byte.
#![deny(missing_docs)]

pub mod alt_name;
mod asn1;
pub mod certificate;
pub mod chain;
pub mod cms;
pub mod constraints;
pub mod crl;
pub mod encoding;
pub mod extension;
pub mod icao;
pub mod issuance;
pub mod key;
pub mod ldif;
pub mod master_list;
pub mod name;
pub mod oid;
pub mod policy;
pub mod preflight;
pub mod profile;
pub mod request;
pub mod revocation;
pub mod serial;
pub mod signature;
pub mod signer;
pub mod usage;
pub mod validity;

pub use alt_name::GeneralName;
pub use certificate::Certificate;
pub use constraints::NameConstraints;
pub use crl::{Crl, CrlNumber};
pub use extension::{Extension, ExtensionValue};
pub use key::{Fingerprint, KeyAlgorithm, KeyId, KeySpec, PrivateKey, PublicKey};
pub use name::DistinguishedName;
pub use policy::Policy;
pub use profile::Profile;
pub use request::SigningRequest;
pub use revocation::RevocationReason;
pub use serial::SerialNumber;
pub use signature::{SignatureAlgorithmId, SignatureVerdict};
pub use signer::{KeySigner, SignatureAlgorithm, Signer};
pub use usage::{ExtendedKeyUsage, KeyUsage, KeyUsages};
pub use validity::{Lifetime, Validity};
