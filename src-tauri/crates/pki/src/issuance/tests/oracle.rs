//! rcgen as oracle: where it can express a certificate, the bytes to be signed are the same.

use super::*;
use proptest::prelude::*;
use rcgen::string::Ia5String;
use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName as OracleName, DnType, DnValue, IsCa, KeyIdMethod, KeyUsagePurpose, SanType,
};
use std::net::IpAddr;
use std::sync::LazyLock;

const SUBJECT_KEY_IDENTIFIER: &[u64] = &[2, 5, 29, 14];
const AUTHORITY_INFO_ACCESS: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 1, 1];

fn key_id(key: &PrivateKey) -> KeyIdMethod {
    KeyIdMethod::PreSpecified(key.public_key().key_id().as_bytes().to_vec())
}

fn pair(key: &PrivateKey) -> rcgen::KeyPair {
    rcgen::KeyPair::try_from(key.expose_pkcs8_der().as_slice()).unwrap()
}

/// What every certificate of ours says.
#[expect(clippy::disallowed_methods, reason = "the oracle takes the octets that ours were made of")]
fn params(key: &PrivateKey, serial: &SerialNumber, validity: (OffsetDateTime, OffsetDateTime)) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.serial_number = Some(rcgen::SerialNumber::from_slice(serial.content_octets()));
    (params.not_before, params.not_after) = validity;
    params.distinguished_name = OracleName::new();
    params.use_authority_key_identifier_extension = true;
    params.key_identifier_method = key_id(key);
    params
}

fn tbs(certificate: &rcgen::Certificate) -> Vec<u8> {
    Certificate::from_der(certificate.der()).unwrap().tbs_der().to_vec()
}

/// A root of our making with its twin of rcgen's.
fn root_twins(spec: KeySpec) -> (Authority, CertificateParams) {
    let key = PrivateKey::generate(spec).unwrap();
    let profile = Profile::root();
    let mut wish = request(&profile, key.public_key());
    wish.subject = Some(DistinguishedName::parse("/C=DE/O=Acme/CN=Root").unwrap());
    wish.path_length = Some(1);
    wish.addresses = Addresses::default();
    wish.lifetime = Lifetime::Until(crate::validity::NO_EXPIRY);
    let prepared = prepare(&wish, IssuerSide::SelfSigned(SignatureAlgorithm::for_key(spec))).unwrap();

    let mut params = params(&key, &wish.serial, (NOW, crate::validity::NO_EXPIRY));
    params.distinguished_name.push(DnType::CountryName, DnValue::PrintableString("DE".try_into().unwrap()));
    params.distinguished_name.push(DnType::OrganizationName, "Acme");
    params.distinguished_name.push(DnType::CommonName, "Root");
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Constrained(1));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    assert_eq!(hex::encode(prepared.tbs_der()), hex::encode(tbs(&params.self_signed(&pair(&key)).unwrap())), "{spec}");
    let certificate = prepared.sign(&KeySigner::new(copy(&key)).unwrap()).unwrap();
    (Authority { certificate, key }, params)
}

#[test]
fn roots_and_authorities_of_every_algorithm() {
    for spec in SPECS {
        let (root, root_params) = root_twins(spec);
        let key = PrivateKey::generate(KeySpec::EcP384).unwrap();
        let profile = Profile::intermediate();
        let mut wish = request(&profile, key.public_key());
        wish.subject = Some(DistinguishedName::parse("CN=Issuing").unwrap());
        wish.name_constraints = NameConstraints::parse(&["dns:example.test", "ip:10.0.0.0/8"], &["email:bad.test"]).unwrap();
        wish.lifetime = Lifetime::Until(datetime!(2049-12-31 23:59:59 UTC));
        let prepared = prepare(&wish, root.side()).unwrap();

        let mut params = params(&key, &wish.serial, (NOW, datetime!(2049-12-31 23:59:59 UTC)));
        params.distinguished_name.push(DnType::CommonName, "Issuing");
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = Some(rcgen::NameConstraints {
            permitted_subtrees: vec![
                rcgen::GeneralSubtree::DnsName("example.test".to_owned()),
                rcgen::GeneralSubtree::IpAddress(rcgen::CidrSubnet::V4([10, 0, 0, 0], [255, 0, 0, 0])),
            ],
            excluded_subtrees: vec![rcgen::GeneralSubtree::Rfc822Name("bad.test".to_owned())],
        });
        params.crl_distribution_points = vec![rcgen::CrlDistributionPoint { uris: wish.addresses.crl_urls.clone() }];
        let oracle = params.signed_by(&pair(&key), &rcgen::Issuer::new(root_params, pair(&root.key))).unwrap();
        assert_eq!(hex::encode(prepared.tbs_der()), hex::encode(tbs(&oracle)), "{spec}");

        let certificate = prepared.sign(&root.signer()).unwrap();
        assert_eq!(certificate.signed_by(root.certificate.public_key()), SignatureVerdict::Valid, "{spec}");
    }
}

static ROOT: LazyLock<(Authority, CertificateParams)> = LazyLock::new(|| root_twins(KeySpec::EcP256));
static LEAF_KEYS: LazyLock<Vec<PrivateKey>> = LazyLock::new(|| SPECS.into_iter().map(|spec| PrivateKey::generate(spec).unwrap()).collect());

fn name() -> impl Strategy<Value = GeneralName> {
    prop_oneof![
        "[a-z]{1,20}(\\.[a-z]{1,20}){0,3}".prop_map(|host| GeneralName::parse(&format!("dns:{host}")).unwrap()),
        any::<IpAddr>().prop_map(GeneralName::Ip),
        "[a-z]{1,9}@[a-z]{1,9}\\.test".prop_map(|mailbox| GeneralName::parse(&mailbox).unwrap()),
        "https://[a-z]{1,9}\\.test/[a-z0-9]{0,9}".prop_map(|uri| GeneralName::parse(&uri).unwrap()),
        "[a-z]{1,9}@[a-z]{1,9}".prop_map(|principal| GeneralName::parse(&format!("upn:{principal}")).unwrap()),
    ]
}

fn oracle_name(name: &GeneralName) -> SanType {
    let ascii = || Ia5String::try_from(name.value()).unwrap();
    match name {
        GeneralName::Dns(_) => SanType::DnsName(ascii()),
        GeneralName::Ip(address) => SanType::IpAddress(*address),
        GeneralName::Email(_) => SanType::Rfc822Name(ascii()),
        GeneralName::Uri(_) => SanType::URI(ascii()),
        other => SanType::OtherName((vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3], rcgen::OtherNameValue::Utf8String(other.value()))),
    }
}

/// From today on through the years around the edge between UTCTime and GeneralizedTime.
fn end() -> impl Strategy<Value = OffsetDateTime> {
    prop_oneof![
        (0_i64..800_000_000).prop_map(|seconds| NOW + time::Duration::seconds(seconds)),
        (-2_i64..2).prop_map(|seconds| datetime!(2050-01-01 00:00:00 UTC) + time::Duration::seconds(seconds)),
        (0_i64..200_000_000_000).prop_map(|seconds| NOW + time::Duration::seconds(seconds)),
        Just(crate::validity::NO_EXPIRY),
    ]
}

proptest! {
    #[test]
    fn leaves(
        (common_name, organization, unit) in ("\\PC{1,64}", "[^\\x00]{1,20}", "[^\\x00]{1,20}"),
        names in prop::collection::vec(name(), 0..5),
        entropy: [u8; 20],
        end in end(),
        key in 0_usize..5,
        addresses: bool,
    ) {
        let (root, root_params) = &*ROOT;
        let key = LEAF_KEYS.get(key).unwrap();
        let profile = Profile::tls_client();
        let mut wish = request(&profile, key.public_key());
        let subject = [("O", &organization), ("OU", &unit), ("CN", &common_name)].map(|(label, value)| format!("/{label}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")));
        wish.subject = Some(DistinguishedName::parse(&subject.concat()).unwrap());
        wish.names = names;
        wish.serial = SerialNumber::from_entropy(entropy);
        wish.lifetime = Lifetime::Until(end);
        if addresses {
            wish.addresses.issuer_urls = vec!["http://crl.example.test/ca.crt".to_owned()];
        } else {
            wish.addresses = Addresses::default();
        }
        let prepared = prepare(&wish, root.side()).unwrap();

        let mut params = params(key, &wish.serial, (NOW, end));
        params.distinguished_name.push(DnType::OrganizationName, organization);
        params.distinguished_name.push(DnType::OrganizationalUnitName, unit);
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.subject_alt_names = wish.names.iter().map(oracle_name).collect();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        // rcgen writes neither this one in leaves nor the other at all: given as bytes, at the place where ours stand.
        let key_id = [&[4, 20], key.public_key().key_id().as_bytes()].concat();
        params.custom_extensions.push(CustomExtension::from_oid_content(SUBJECT_KEY_IDENTIFIER, key_id));
        if addresses {
            params.crl_distribution_points = vec![rcgen::CrlDistributionPoint { uris: wish.addresses.crl_urls.clone() }];
            let access = hex::decode("302e302c06082b060105050730028620").unwrap();
            let access = [access.as_slice(), b"http://crl.example.test/ca.crt".as_slice()].concat();
            let access = fixed_lengths(access);
            params.custom_extensions.push(CustomExtension::from_oid_content(AUTHORITY_INFO_ACCESS, access));
        }
        let oracle = params.signed_by(&pair(key), &rcgen::Issuer::from_params(root_params, pair(&root.key))).unwrap();
        prop_assert_eq!(hex::encode(prepared.tbs_der()), hex::encode(tbs(&oracle)));
    }
}

/// The three lengths in the hand-written `AuthorityInfoAccessSyntax` follow from the address.
fn fixed_lengths(mut access: Vec<u8>) -> Vec<u8> {
    let total = u8::try_from(access.len()).unwrap();
    for (position, taken) in [(1, 2), (3, 4), (15, 16)] {
        *access.get_mut(position).unwrap() = total - taken;
    }
    access
}
