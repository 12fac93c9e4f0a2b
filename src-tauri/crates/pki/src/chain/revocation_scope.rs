//! Whether a list is about a certificate, and for which reasons (RFC 5280 6.3.3 (b), (d)).

use crate::{
    alt_name::GeneralName,
    certificate::Certificate,
    crl::{Crl, IssuingDistributionPoint},
    extension::{DistributionPoint, DistributionPointName, ExtensionValue, ReasonFlags},
    name::DistinguishedName,
    oid,
};

/// The certificate's distribution points, and behind them the one that every certificate has: a list of its issuer, wherever it lies
/// (RFC 5280 6.3.3, last paragraph).
pub(super) fn points(certificate: &Certificate) -> Vec<DistributionPoint> {
    let stated = match certificate.extension(oid::CRL_DISTRIBUTION_POINTS).map(crate::extension::Extension::value) {
        Some(ExtensionValue::CrlDistributionPoints(points)) => points.0,
        _ => Vec::new(),
    };
    let issuer = DistributionPointName::Full(vec![GeneralName::Directory(certificate.issuer().clone())]);
    stated.into_iter().chain([DistributionPoint { name: Some(issuer), ..DistributionPoint::default() }]).collect()
}

/// The reasons for which the list is about the certificate, by way of one of its points; `None` when it is not.
pub(super) fn covered(crl: &Crl, certificate: &Certificate, points: &[DistributionPoint]) -> Option<ReasonFlags> {
    // What cannot be read might narrow the scope.
    let scope = crl.issuing_distribution_point().ok()?;
    let covered = points.iter().filter_map(|point| covered_by_point(crl, scope.as_ref(), certificate, point));
    covered.reduce(ReasonFlags::or)
}

fn covered_by_point(
    crl: &Crl,
    scope: Option<&IssuingDistributionPoint>,
    certificate: &Certificate,
    point: &DistributionPoint,
) -> Option<ReasonFlags> {
    // (b)(1): whose list it must be.
    let signers: Vec<&DistinguishedName> = directories(&point.crl_issuer).collect();
    if point.crl_issuer.is_empty() {
        if !crl.issuer().matches(certificate.issuer()) {
            return None;
        }
    } else if !signers.iter().any(|signer| crl.issuer().matches(signer)) || !scope.is_some_and(|scope| scope.indirect) {
        return None;
    }
    let Some(scope) = scope else { return Some(point.reasons.unwrap_or(ReasonFlags::ALL)) };
    // (b)(2)(i): the place of the list must be one that the certificate names.
    if let Some(place) = &scope.name {
        let places = place.names(crl.issuer());
        let named = match &point.name {
            Some(name) => name.names(signers.first().copied().unwrap_or(certificate.issuer())),
            None => point.crl_issuer.clone(),
        };
        if !places.iter().any(|place| named.iter().any(|name| same(place, name))) {
            return None;
        }
    }
    // (b)(2)(ii) to (iv)
    let is_authority = certificate.basic_constraints().is_some_and(|constraints| constraints.authority);
    let about_others = scope.only_attribute_certificates
        || (scope.only_user_certificates && is_authority)
        || (scope.only_authority_certificates && !is_authority);
    if about_others {
        return None;
    }
    Some(point.reasons.unwrap_or(ReasonFlags::ALL).and(scope.reasons.unwrap_or(ReasonFlags::ALL)))
}

fn directories(names: &[GeneralName]) -> impl Iterator<Item = &DistinguishedName> {
    names.iter().filter_map(|name| if let GeneralName::Directory(name) = name { Some(name) } else { None })
}

fn same(one: &GeneralName, other: &GeneralName) -> bool {
    match (one, other) {
        (GeneralName::Directory(one), GeneralName::Directory(other)) => one.matches(other),
        _ => one == other,
    }
}
