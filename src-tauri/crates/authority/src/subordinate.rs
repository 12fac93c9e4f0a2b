//! The certificate of an authority whose key is elsewhere: another program made the request, and one of ours signs it. It is issued like any other
//! certificate ([`Session::issue`](crate::session::Session::issue)) and recorded as that of an authority; no key of it is here.

use pki::request::SigningRequest;
use pki::{Certificate, Extension, ExtensionValue, NameConstraints};

use crate::issue::{CertificateWish, IssueError, KeyWish};
use crate::issuer::{CROSS_CERTIFICATE, IssuingAuthority, certificates_of_authority};
use crate::registry::{KeyLocation, KeyState, NewCertificate, Read, RegistryError};

/// Refuses an authority that nobody asks for, and one that would be below itself.
pub(crate) fn check(wish: &CertificateWish, issuer: &IssuingAuthority) -> Result<(), IssueError> {
    if !wish.profile.is_authority() {
        return Ok(());
    }
    match &wish.key {
        KeyWish::Request(request) if request.public_key() == issuer.certificate.public_key() => {
            Err(IssueError::OwnKey { authority: issuer.row.name.clone() })
        }
        KeyWish::Request(request) if asks_for_none(request) => {
            Err(IssueError::AsksForNoAuthority { profile: wish.profile.name().to_owned() })
        }
        KeyWish::Request(_) => Ok(()),
        KeyWish::Make(_) | KeyWish::Same(_) => Err(IssueError::NobodyAsks { profile: wish.profile.name().to_owned() }),
    }
}

/// Whether a request says of itself that it is none of an authority (RFC 5280 4.2.1.9): somebody took the wrong profile or the wrong file.
fn asks_for_none(request: &SigningRequest) -> bool {
    let says = |extension: &Extension| matches!(extension.value(), ExtensionValue::BasicConstraints(asked) if !asked.authority);
    request.extensions().iter().any(says)
}

/// What binds the authority. Whoever asks to be bound is: a path length (RFC 5280 4.2.1.9) that is shorter than what the issuer leaves, and name
/// constraints (RFC 5280 4.2.1.10), which hold beside those of the issuer. Without a word of them it gets what the issuer leaves.
pub(crate) fn bounds(wish: &CertificateWish, issuer: &IssuingAuthority) -> (Option<u8>, NameConstraints) {
    let (mut path_length, mut constraints) = (None, NameConstraints::default());
    let KeyWish::Request(request) = &wish.key else { return (path_length, constraints) };
    if !wish.profile.is_authority() {
        return (path_length, constraints);
    }
    let left = issuer.certificate.path_length().map(|length| length.saturating_sub(1));
    for extension in request.extensions() {
        match extension.value() {
            ExtensionValue::BasicConstraints(asked) => {
                let shorter = asked.path_length.filter(|asked| left.is_none_or(|left| *asked <= left));
                path_length = shorter.and_then(|length| u8::try_from(length).ok());
            }
            ExtensionValue::NameConstraints(asked) => constraints = asked,
            _ => {}
        }
    }
    (path_length, constraints)
}

/// Says in the record whether the key is here after all, and whether an authority that is here, and has its certificate from somebody else, goes on under
/// its own line: the new certificate is a second way to trust it then.
pub(crate) fn settle(tx: &Read<'_>, new: &mut NewCertificate, certificate: &Certificate) -> Result<(), RegistryError> {
    let key = certificate.public_key().fingerprint();
    let row = tx.key_by_fingerprint(&key)?;
    new.record.key_held = row.is_some_and(|row| row.key.state == KeyState::Ready && row.key.location != KeyLocation::Elsewhere);
    let present = certificates_of_authority(tx, &key)?.into_iter().find(|row| row.facts.subject == *certificate.subject());
    if present.is_some_and(|present| present.record.issuer_key != new.record.issuer_key) {
        (new.record.profile, new.record.profile_version) = (Some(CROSS_CERTIFICATE.to_owned()), None);
    }
    Ok(())
}
