//! A self-signed authority: 20 years, P-384.

use super::{Kind, NamesRule, Profile};
use crate::key::KeySpec;
use crate::usage::{KeyUsage, KeyUsages};
use time::Duration;

pub(super) fn profile() -> Profile {
    Profile {
        name: "root",
        version: 1,
        kind: Kind::Root,
        key_usages: KeyUsages::of(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign]),
        encipherment_for_rsa: false,
        extended_key_usages: vec![],
        default_days: 7305,
        longest_days: None,
        default_key: KeySpec::EcP384,
        names: NamesRule { kinds: &["dns", "email", "uri", "dir"], at_least_one: false },
        backdating: Duration::ZERO,
        keeps_key: false,
    }
}
