//! Signatures that were checked: each once, and no more than can be afforded, since cross certificates can weave a net.

use std::{cell::Cell, cell::RefCell, collections::HashMap};

use crate::{
    certificate::Certificate,
    crl::Crl,
    key::{Fingerprint, PublicKey},
    signature::SignatureVerdict,
};

/// Signatures that are checked for one verdict, at most.
const MOST_SIGNATURES: usize = 500;

/// Questions that are answered from memory, at most: they cost little, but a net asks without end.
const MOST_QUESTIONS: usize = 50_000;

/// What is known of signatures. Objects are told apart by where they lie, as all of them outlive the verdict.
#[derive(Default)]
pub(super) struct Proofs {
    checked: RefCell<HashMap<(usize, Fingerprint), SignatureVerdict>>,
    asked: Cell<usize>,
}

impl Proofs {
    pub(super) fn certificate(&self, certificate: &Certificate, key: &PublicKey) -> SignatureVerdict {
        self.ask(certificate.der().as_ptr().addr(), key, || certificate.signed_by(key))
    }

    pub(super) fn crl(&self, crl: &Crl, key: &PublicKey) -> SignatureVerdict {
        self.ask(crl.der().as_ptr().addr(), key, || crl.signed_by(key))
    }

    /// Whether the bounds are reached: what is asked from now on may get no answer.
    pub(super) fn are_spent(&self) -> bool {
        self.checked.borrow().len() >= MOST_SIGNATURES || self.asked.get() >= MOST_QUESTIONS
    }

    fn ask(&self, object: usize, key: &PublicKey, check: impl FnOnce() -> SignatureVerdict) -> SignatureVerdict {
        let question = (object, key.fingerprint());
        self.asked.set(self.asked.get().saturating_add(1));
        if let Some(known) = self.checked.borrow().get(&question) {
            return known.clone();
        }
        if self.are_spent() {
            return SignatureVerdict::CannotCheck(format!("more than {MOST_SIGNATURES} signatures"));
        }
        let verdict = check();
        self.checked.borrow_mut().insert(question, verdict.clone());
        verdict
    }
}
