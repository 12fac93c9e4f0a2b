//! Extensions that are wished for beside those that are written anyway.

use super::*;
use crate::extension::{
    CertificatePolicies, CrlDistributionPoints, DistributionPoint, ExtensionFault, ExtensionValue, FreshestCrl, InhibitAnyPolicy,
    NetscapeComment, NoRevocationAvailable, OcspNoCheck, PolicyInformation, SubjectKeyIdentifier, TlsFeatures,
};
use crate::oid;

fn comment() -> Extension {
    Extension::new(&ExtensionValue::NetscapeComment(NetscapeComment("hello".to_owned()))).unwrap()
}

fn policy() -> Extension {
    Extension::new(&ExtensionValue::CertificatePolicies(CertificatePolicies(vec![PolicyInformation::of("1.2.3.4")]))).unwrap()
}

fn own(oid: &str) -> Extension {
    Extension { oid: oid.to_owned(), critical: false, der: vec![5, 0] }
}

#[test]
fn they_stand_behind_ours_in_their_order() {
    let root = Authority::root(KeySpec::EcP256);
    let wished = vec![policy().marked(true), own("1.2.3.4"), comment()];
    let plain = root.server(|_| ()).unwrap();
    let prepared = root.server(|request| request.extensions.clone_from(&wished)).unwrap();
    let expected: Vec<_> =
        plain.preview().extensions().iter().filter(|found| found.oid != oid::SUBJECT_KEY_IDENTIFIER).chain(&wished).collect();
    let found: Vec<_> = prepared.preview().extensions().iter().filter(|found| found.oid != oid::SUBJECT_KEY_IDENTIFIER).collect();
    assert_eq!(found, expected);
    let signed = prepared.sign(&root.signer()).unwrap();
    assert_eq!(signed.extension(oid::NETSCAPE_COMMENT), Some(&comment()));
}

#[test]
fn what_may_not_be_wished_for_is_refused() {
    let root = Authority::root(KeySpec::EcP256);
    let refused = |extensions: Vec<Extension>| match root.server(|request| request.extensions = extensions) {
        Err(PrepareError::Extension(error)) => error,
        other => unreachable!("{other:?}"),
    };
    let named = |error: WishedExtensionError| error.to_string();
    assert_eq!(named(refused(vec![comment(), comment()])), "netscapeComment is wished for twice");
    for oid in [oid::KEY_USAGE, oid::SUBJECT_ALT_NAME, oid::NAME_CONSTRAINTS, oid::BASIC_CONSTRAINTS, oid::EXTENDED_KEY_USAGE] {
        let name = oid::name(oid).unwrap().to_owned();
        assert_eq!(refused(vec![own(oid)]), WishedExtensionError::WrittenAnyway { name });
    }
    let key_id = SubjectKeyIdentifier(root.key.public_key().key_id());
    let key_id = Extension::new(&ExtensionValue::SubjectKeyIdentifier(key_id)).unwrap();
    assert_eq!(refused(vec![key_id]), WishedExtensionError::WrittenAnyway { name: "subjectKeyIdentifier".to_owned() });
    let fault = ExtensionFault::MustNotBeCritical { clause: "RFC 5280 4.2.1.15" };
    let freshest = FreshestCrl(vec![DistributionPoint::at("http://a.test/")]);
    let freshest = Extension::new(&ExtensionValue::FreshestCrl(freshest)).unwrap().marked(true);
    assert_eq!(refused(vec![freshest]), WishedExtensionError::Unfit { name: "freshestCRL".to_owned(), fault });
    let broken = Extension { oid: "1.2.3.4".to_owned(), critical: false, der: vec![5] };
    assert_eq!(refused(vec![broken]), WishedExtensionError::Unfit { name: "1.2.3.4".to_owned(), fault: ExtensionFault::NotDer });
    let any_policy = Extension::new(&ExtensionValue::InhibitAnyPolicy(InhibitAnyPolicy(0))).unwrap();
    let wrong_place = WishedExtensionError::WrongPlace { name: "inhibitAnyPolicy".to_owned(), clause: "RFC 5280 4.2.1.14" };
    assert_eq!(refused(vec![any_policy.clone()]), wrong_place);
    assert!(root.below(|request| request.extensions = vec![any_policy]).is_ok());
    let no_check = Extension::new(&ExtensionValue::OcspNoCheck(OcspNoCheck)).unwrap();
    let authority = root.below(|request| request.extensions = vec![no_check.clone()]).err();
    let wrong_place = WishedExtensionError::WrongPlace { name: "ocspNoCheck".to_owned(), clause: "RFC 6960 4.2.2.2.1" };
    assert_eq!(authority, Some(PrepareError::Extension(wrong_place)));
}

#[test]
fn no_revocation_information_has_no_address() {
    let root = Authority::root(KeySpec::EcP256);
    let none = Extension::new(&ExtensionValue::NoRevocationAvailable(NoRevocationAvailable)).unwrap();
    let short = |addresses: Addresses, more: Vec<Extension>| {
        root.server(|request| {
            request.addresses = addresses;
            request.extensions = [vec![none.clone()], more].concat();
        })
    };
    assert!(short(Addresses::default(), Vec::new()).is_ok());
    let issuer_urls = vec!["http://a.test/ca.crt".to_owned()];
    assert!(short(Addresses { issuer_urls, ..Addresses::default() }, Vec::new()).is_ok());
    let ocsp = Addresses { ocsp_urls: vec!["http://a.test/".to_owned()], ..Addresses::default() };
    let crl = Addresses { crl_urls: vec!["http://a.test/".to_owned()], ..Addresses::default() };
    let point = CrlDistributionPoints(vec![DistributionPoint::at("http://a.test/")]);
    let point = Extension::new(&ExtensionValue::CrlDistributionPoints(point)).unwrap();
    for (addresses, more, name) in [
        (ocsp, Vec::new(), "authorityInfoAccess"),
        (crl, Vec::new(), "cRLDistributionPoints"),
        (Addresses::default(), vec![point], "cRLDistributionPoints"),
    ] {
        let error = short(addresses, more).unwrap_err();
        let expected = WishedExtensionError::Contradiction { name: "noRevAvail".to_owned(), other: name.to_owned(), clause: "RFC 9608 3" };
        assert_eq!(error, PrepareError::Extension(expected));
    }
}

#[test]
fn must_staple_is_wished_for_once() {
    let root = Authority::root(KeySpec::EcP256);
    let feature = Extension::new(&ExtensionValue::TlsFeatures(TlsFeatures(vec![17]))).unwrap();
    let ocsp = || Addresses { ocsp_urls: vec!["http://a.test/".to_owned()], ..Addresses::default() };
    let with = |must_staple: bool| {
        root.server(|request| {
            request.addresses = ocsp();
            request.must_staple = must_staple;
            request.extensions = vec![feature.clone()];
        })
    };
    assert!(with(false).is_ok());
    assert!(matches!(with(true), Err(PrepareError::Extension(WishedExtensionError::WrittenAnyway { .. }))));
}
