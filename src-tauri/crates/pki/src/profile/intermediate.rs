//! An authority below another: 10 years, P-384.

use super::{Kind, NamesRule, Profile};
use crate::key::KeySpec;
use crate::usage::{KeyUsage, KeyUsages};
use time::Duration;

pub(super) fn profile() -> Profile {
    Profile {
        name: "intermediate",
        version: 1,
        kind: Kind::Intermediate,
        key_usages: KeyUsages::of(&[KeyUsage::KeyCertSign, KeyUsage::CrlSign]),
        encipherment_for_rsa: false,
        extended_key_usages: vec![],
        default_days: 3653,
        longest_days: None,
        default_key: KeySpec::EcP384,
        names: NamesRule { kinds: &["dns", "email", "uri", "dir"], at_least_one: false },
        backdating: Duration::ZERO,
        keeps_key: false,
    }
}
