//! What a recovery file does not bring back, and why.

use crate::key_standing::KeyStanding;
use crate::keystore::KeyStoreError;

/// A key or a secret that the recovery file does not bring back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRecovered {
    /// The key's label, or the secret's name.
    pub name: String,
    /// Why not.
    pub why: WhyNot,
}

/// Why a key or a secret is not brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// Its sealed copy does not come out as it went in.
    CopyDamaged,
    /// No copy of it was sealed to this file.
    NoCopy,
    /// Something that is not it stands under its name, and is not overwritten; or nothing tells whether it is.
    InTheWay(KeyStanding),
}

impl WhyNot {
    /// Returns the name: `copy-damaged`, `copy-missing`, or how the key stands (`wrong-key`, `unreadable`, `ambiguous`).
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::CopyDamaged => "copy-damaged",
            Self::NoCopy => "copy-missing",
            Self::InTheWay(standing) => standing.as_str(),
        }
    }

    /// What else is known; empty where the name says all.
    #[must_use]
    pub fn problem(&self) -> String {
        match self {
            Self::CopyDamaged | Self::NoCopy => String::new(),
            Self::InTheWay(standing) => standing.problem(),
        }
    }

    /// What a store says of one entry, where that holds up no other one.
    pub(super) fn of_one(error: &KeyStoreError) -> Option<Self> {
        use KeyStoreError::{AlreadyPresent, Ambiguous, Damaged, Unsupported, WrongKey};
        match error {
            WrongKey { .. } | AlreadyPresent | Ambiguous | Damaged { .. } | Unsupported { .. } => {
                Some(Self::InTheWay(KeyStanding::of_error(error.clone())))
            }
            _ => None,
        }
    }
}

/// Their names, for the log.
pub(super) fn names(failed: &[NotRecovered]) -> Vec<&str> {
    failed.iter().map(|failed| failed.name.as_str()).collect()
}
