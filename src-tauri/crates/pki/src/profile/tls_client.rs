//! A TLS client, a person or a machine: 397 days, P-256.

use super::{Kind, NamesRule, Profile};
use crate::key::KeySpec;
use crate::usage::{ExtendedKeyUsage, KeyUsage, KeyUsages};
use time::Duration;

pub(super) fn profile() -> Profile {
    Profile {
        name: "tls-client",
        version: 1,
        kind: Kind::Leaf,
        key_usages: KeyUsages::of(&[KeyUsage::DigitalSignature]),
        encipherment_for_rsa: false,
        extended_key_usages: vec![ExtendedKeyUsage::client_auth()],
        default_days: 397,
        longest_days: None,
        default_key: KeySpec::EcP256,
        names: NamesRule { kinds: &["dns", "ip", "email", "uri", "upn", "dir", "rid", "other"], at_least_one: false },
        backdating: Duration::ZERO,
        keeps_key: false,
    }
}
