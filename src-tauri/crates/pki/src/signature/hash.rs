//! The hash functions that signatures are made with.

use aws_lc_rs::digest;
use md5::{Digest as _, Md5};
use std::borrow::Cow;

/// A hash function that a signature algorithm names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum HashFunction {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl HashFunction {
    pub(crate) const ALL: [Self; 6] = [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Its object identifier (RFC 8017 A.2.4, RFC 4055 2.1).
    pub(crate) fn oid(self) -> &'static str {
        match self {
            Self::Md5 => "1.2.840.113549.2.5",
            Self::Sha1 => "1.3.14.3.2.26",
            Self::Sha224 => "2.16.840.1.101.3.4.2.4",
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
            Self::Sha384 => "2.16.840.1.101.3.4.2.2",
            Self::Sha512 => "2.16.840.1.101.3.4.2.3",
        }
    }

    pub(crate) fn of_oid(oid: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.oid() == oid)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// Octets of its output.
    pub(crate) fn octets(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// AWS-LC's, where it has it.
    pub(crate) fn of_library(self) -> Option<&'static digest::Algorithm> {
        match self {
            Self::Md5 => None,
            Self::Sha1 => Some(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha224 => Some(&digest::SHA224),
            Self::Sha256 => Some(&digest::SHA256),
            Self::Sha384 => Some(&digest::SHA384),
            Self::Sha512 => Some(&digest::SHA512),
        }
    }

    pub(crate) fn of(self, message: &[u8]) -> Vec<u8> {
        let mut hash = RunningHash::new(self);
        hash.update(message);
        hash.finish()
    }

    /// Why a signature made with it proves little: two messages with one digest can be made (RFC 6151, RFC 6194).
    pub(crate) fn weakness(self) -> Option<&'static str> {
        match self {
            Self::Md5 => Some("md5"),
            Self::Sha1 => Some("sha1"),
            _ => None,
        }
    }
}

/// Hashes octets as they pass.
pub(crate) enum RunningHash {
    Md5(Box<Md5>),
    Library(Box<digest::Context>),
}

impl RunningHash {
    pub(crate) fn new(hash: HashFunction) -> Self {
        match hash.of_library() {
            None => Self::Md5(Box::default()),
            Some(algorithm) => Self::Library(Box::new(digest::Context::new(algorithm))),
        }
    }

    pub(crate) fn update(&mut self, octets: &[u8]) {
        match self {
            Self::Md5(hash) => md5::Digest::update(hash.as_mut(), octets),
            Self::Library(hash) => hash.update(octets),
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        match self {
            Self::Md5(hash) => hash.finalize().to_vec(),
            Self::Library(hash) => hash.finish().as_ref().to_vec(),
        }
    }
}

/// What a signature is over.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SignedOctets<'a> {
    /// The octets themselves.
    Whole(&'a [u8]),
    /// The digest of octets that were hashed as they passed.
    Hashed(HashFunction, &'a [u8]),
}

impl<'a> SignedOctets<'a> {
    /// Their digest; `None` where another one was taken and the octets are gone.
    pub(crate) fn digest(self, hash: HashFunction) -> Option<Cow<'a, [u8]>> {
        match self {
            Self::Whole(octets) => Some(Cow::Owned(hash.of(octets))),
            Self::Hashed(taken, digest) => (taken == hash).then_some(Cow::Borrowed(digest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_nothing() {
        let starts = ["d41d8cd98f", "da39a3ee5e", "d14a028c2a", "e3b0c44298", "38b060a751", "cf83e1357e"];
        for (hash, start) in HashFunction::ALL.into_iter().zip(starts) {
            let digest = hash.of(b"");
            assert_eq!((digest.len(), hex::encode(&digest).get(..10)), (hash.octets(), Some(start)));
            assert_eq!(HashFunction::of_oid(hash.oid()), Some(hash));
        }
    }
}
