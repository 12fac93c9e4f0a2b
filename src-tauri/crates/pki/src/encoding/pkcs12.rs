//! PKCS#12 (RFC 7292): keys and certificates under one password.
//!
//! Ours rather than a library's, for what people meet: passwords outside the basic plane, stores in BER, one unreadable
//! certificate among good ones, and a cost that is read before it is paid.

mod legacy;
mod reading;
mod writing;

pub(super) use reading::{is_pfx, read};
pub use writing::{pkcs12_encode, pkcs12_encode_legacy};

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const CRL_BAG: &str = "1.2.840.113549.1.12.10.1.4";
const SECRET_BAG: &str = "1.2.840.113549.1.12.10.1.5";
const NESTED_BAGS: &str = "1.2.840.113549.1.12.10.1.6";
const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID: &str = "1.2.840.113549.1.9.21";
const X509_CERTIFICATE: &str = "1.2.840.113549.1.9.22.1";
const X509_CRL: &str = "1.2.840.113549.1.9.23.1";
