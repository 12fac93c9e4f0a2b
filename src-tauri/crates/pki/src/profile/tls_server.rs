//! A TLS server: 397 days, at most the 825 that Apple's systems accept below private roots, P-256.

use super::{Kind, NamesRule, Profile};
use crate::key::KeySpec;
use crate::usage::{ExtendedKeyUsage, KeyUsage, KeyUsages};
use time::Duration;

pub(super) fn profile() -> Profile {
    Profile {
        name: "tls-server",
        version: 1,
        kind: Kind::Leaf,
        key_usages: KeyUsages::of(&[KeyUsage::DigitalSignature]),
        encipherment_for_rsa: true,
        extended_key_usages: vec![ExtendedKeyUsage::server_auth()],
        default_days: 397,
        longest_days: Some(825),
        default_key: KeySpec::EcP256,
        names: NamesRule { kinds: &["dns", "ip", "uri", "email"], at_least_one: true },
        backdating: Duration::ZERO,
        keeps_key: false,
    }
}
