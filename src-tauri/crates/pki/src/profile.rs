//! Profiles: what a kind of certificate contains.

mod intermediate;
mod root;
mod tls_client;
mod tls_server;

use crate::key::{KeyAlgorithm, KeySpec};
use crate::usage::{ExtendedKeyUsage, KeyUsage, KeyUsages};
use time::Duration;

/// What a kind of certificate contains and may contain. Versioned: a changed rule is a new version, and each certificate records under
/// which it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    name: &'static str,
    version: u32,
    kind: Kind,
    key_usages: KeyUsages,
    encipherment_for_rsa: bool,
    extended_key_usages: Vec<ExtendedKeyUsage>,
    default_days: u32,
    longest_days: Option<u32>,
    default_key: KeySpec,
    names: NamesRule,
    backdating: Duration,
    keeps_key: bool,
}

/// Where in a chain the certificate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Root,
    Intermediate,
    Leaf,
}

/// Which alternative names a certificate takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamesRule {
    /// The forms, as [`crate::GeneralName::kind`] names them.
    pub kinds: &'static [&'static str],
    /// Whether there must be one.
    pub at_least_one: bool,
}

impl Profile {
    /// A self-signed authority.
    pub fn root() -> Self {
        root::profile()
    }

    /// An authority below another.
    pub fn intermediate() -> Self {
        intermediate::profile()
    }

    /// A TLS server.
    pub fn tls_server() -> Self {
        tls_server::profile()
    }

    /// A TLS client.
    pub fn tls_client() -> Self {
        tls_client::profile()
    }

    /// All that are built in, authorities first.
    pub fn builtins() -> Vec<Self> {
        vec![Self::root(), Self::intermediate(), Self::tls_server(), Self::tls_client()]
    }

    /// The built-in profile of this name.
    pub fn builtin(name: &str) -> Option<Self> {
        Self::builtins().into_iter().find(|profile| profile.name == name)
    }

    /// The name: `root`, `intermediate`, `tls-server`, `tls-client`.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The version of its rules.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whether it makes certificate authorities.
    pub fn is_authority(&self) -> bool {
        self.kind != Kind::Leaf
    }

    /// Whether its certificates are signed by their own key.
    pub fn is_self_signed(&self) -> bool {
        self.kind == Kind::Root
    }

    /// What the key may do, whatever its kind.
    pub fn key_usages(&self) -> KeyUsages {
        self.key_usages
    }

    /// What a key of this kind may do: RSA keys of TLS servers also encipher keys (RFC 3279 2.3.1; RFC 8813 3 forbids it for EC).
    pub fn key_usages_for(&self, key: &KeyAlgorithm) -> KeyUsages {
        if self.encipherment_for_rsa && key.can_encipher_keys() { self.key_usages.with(KeyUsage::KeyEncipherment) } else { self.key_usages }
    }

    /// The extended key usages; none for authorities.
    pub fn extended_key_usages(&self) -> &[ExtendedKeyUsage] {
        &self.extended_key_usages
    }

    /// The lifetime when none is wished, in days.
    pub fn default_days(&self) -> u32 {
        self.default_days
    }

    /// The longest lifetime that may be wished, in days.
    pub fn longest_days(&self) -> Option<u32> {
        self.longest_days
    }

    /// The kind of key that is made when none is wished.
    pub fn default_key(&self) -> KeySpec {
        self.default_key
    }

    /// Whether a key of this kind may be certified: what we make, and RSA of other lengths from 2048 bits on.
    pub fn allows(&self, key: &KeyAlgorithm) -> bool {
        KeySpec::of(key).is_some() || matches!(key, KeyAlgorithm::Rsa { bits: 2048..=8192 })
    }

    /// Which alternative names it takes.
    pub fn names(&self) -> NamesRule {
        self.names
    }

    /// How long before the moment of issue the certificate starts to be valid.
    pub fn backdating(&self) -> Duration {
        self.backdating
    }

    /// Whether keys made for it are kept.
    pub fn keeps_key(&self) -> bool {
        self.keeps_key
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn profiles_are_found_by_name() {
        for profile in Profile::builtins() {
            assert_eq!(Profile::builtin(profile.name()).unwrap(), profile);
            assert!(profile.longest_days().is_none_or(|longest| longest >= profile.default_days()));
            assert!(profile.allows(&profile.default_key().algorithm()));
        }
        assert_eq!(Profile::builtin("server"), None);
    }

    #[test]
    fn only_rsa_servers_encipher_keys() {
        let usages = |profile: Profile, key: KeySpec| profile.key_usages_for(&key.algorithm()).contains(KeyUsage::KeyEncipherment);
        assert!(usages(Profile::tls_server(), KeySpec::Rsa2048));
        assert!(
            !usages(Profile::tls_server(), KeySpec::EcP256)
                && !usages(Profile::tls_client(), KeySpec::Rsa2048)
                && !usages(Profile::root(), KeySpec::Rsa4096)
        );
    }

    #[test]
    fn short_and_foreign_keys_are_not_certified() {
        let profile = Profile::tls_server();
        assert!(profile.allows(&KeyAlgorithm::Rsa { bits: 3000 }));
        for key in [KeyAlgorithm::Rsa { bits: 2047 }, KeyAlgorithm::EcSecp256k1, KeyAlgorithm::Ed448, KeyAlgorithm::RsaPss { bits: 2048 }] {
            assert!(!profile.allows(&key), "{}", key.label());
        }
    }
}
