//! Extensions: what OpenSSL writes we write too, octet for octet; what we write it reads; and where name constraints bite, both say so.

use std::collections::BTreeSet;

use pki::extension::{
    AccessDescription, AlternativeNames, ApplicationPolicies, AuthorityKeyIdentifier, BasicConstraints, CaVersion, CertificatePolicies,
    CrlDistributionPoints, DisplayText, DistributionPoint, DistributionPointName, ExtendedKeyUsages, Extension, ExtensionValue,
    FreshestCrl, InformationAccess, InhibitAnyPolicy, KINDS, NetscapeComment, NetscapeTypes, NoRevocationAvailable, OcspNoCheck,
    PolicyConstraints, PolicyInformation, PolicyMapping, PolicyMappings, PolicyQualifier, PrivateKeyUsagePeriod, ReasonFlags,
    STATUS_REQUEST, STATUS_REQUEST_V2, SecurityIdentifier, SubjectKeyIdentifier, Template, TemplateName, TlsFeatures, UserNotice,
};
use pki::issuance::{Addresses, IssuanceRequest, IssuerSide, prepare};
use pki::{
    Certificate, DistinguishedName, GeneralName, KeySigner, KeySpec, KeyUsage, KeyUsages, Lifetime, NameConstraints, PrivateKey, Profile,
    PublicKey, RevocationReason, SerialNumber, SignatureAlgorithm, oid,
};
use suite::judges::openssl;
use suite::{NOW, Sandbox, pem};
use time::macros::datetime;

fn names(texts: &[&str]) -> Vec<GeneralName> {
    texts.iter().map(|text| GeneralName::parse(text).expect("a name")).collect()
}

fn subject(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).expect("a name")
}

fn points(urls: &[&str]) -> Vec<DistributionPoint> {
    urls.iter().map(|url| DistributionPoint::at(url)).collect()
}

/// Sections that the lines below refer to.
const SECTIONS: &str = "
[acme]
C=DE
O=Acme
[policy]
policyIdentifier=1.3.5.8
CPS.1=http://cps.example.test/
userNotice.1=@notice
[notice]
explicitText=UTF8:For those who rely on it
[point1]
fullname=URI:http://crl.example.test/a.crl,URI:ldap:///CN=a
CRLissuer=dirName:acme
reasons=keyCompromise,CACompromise,AACompromise
[point2]
relativename=entry
[entry]
CN=part 1
[period]
from=IMPLICIT:0,GENTIME:20260101000000Z
until=IMPLICIT:1,GENTIME:20270101000000Z
[template]
oid=OID:1.3.6.1.4.1.311.21.8.1.2.3
major=INTEGER:100
minor=INTEGER:4
[purposes]
one=SEQUENCE:purpose
[purpose]
oid=OID:1.3.6.1.5.5.7.3.2
[account]
name=IMPLICIT:0C,SEQUENCE:accountName
[accountName]
type=OID:1.3.6.1.4.1.311.25.2.1
value=EXPLICIT:0,FORMAT:ASCII,OCT:S-1-5-21-1111-2222-3333-1104
";

/// Extensions as OpenSSL's configuration says them, and as we do.
fn table() -> Vec<(&'static str, ExtensionValue)> {
    use ExtensionValue as Value;
    let notice = UserNotice { reference: None, text: Some(DisplayText::new("For those who rely on it").expect("a text")) };
    let qualifiers = vec![PolicyQualifier::PracticeStatement("http://cps.example.test/".to_owned()), PolicyQualifier::UserNotice(notice)];
    let qualified = PolicyInformation { policy: "1.3.5.8".to_owned(), qualifiers };
    let first = DistributionPoint {
        name: Some(DistributionPointName::Full(names(&["http://crl.example.test/a.crl", "ldap:///CN=a"]))),
        reasons: Some(ReasonFlags::of(&[RevocationReason::KeyCompromise, RevocationReason::CaCompromise, RevocationReason::AaCompromise])),
        crl_issuer: names(&["dir:/C=DE/O=Acme"]),
    };
    let second = DistributionPoint { name: Some(DistributionPointName::Relative(subject("CN=part 1"))), ..DistributionPoint::default() };
    let permitted = ["dns:example.test", "ip:10.0.0.0/8", "ip:2001:db8::/32", "email:.example.test", "dir:/C=DE/O=Acme"];
    let excluded = ["uri:bad.test", "rid:1.2.3", "upn:corp.test"];
    let constraints = NameConstraints::parse(&permitted[..], &excluded[..]).expect("constraints");
    let mapping = |issuer: &str, subject: &str| PolicyMapping { issuer: issuer.to_owned(), subject: subject.to_owned() };
    let every_name = [
        "dns:*.example.test",
        "ip:192.0.2.1",
        "ip:2001:db8::1",
        "email:ann@example.test",
        "uri:https://example.test/a",
        "dir:/C=DE/O=Acme",
        "rid:1.2.3.4",
        "upn:ann@corp.test",
    ];
    let usages = ["serverAuth", "OCSPSigning", "smartcardLogon", "1.2.3.4"].map(|text| text.parse().expect("a purpose"));
    vec![
        ("basicConstraints=CA:TRUE,pathlen:3", Value::BasicConstraints(BasicConstraints { authority: true, path_length: Some(3) })),
        (
            "keyUsage=digitalSignature,keyAgreement,decipherOnly",
            Value::KeyUsages(KeyUsages::of(&[KeyUsage::DigitalSignature, KeyUsage::KeyAgreement, KeyUsage::DecipherOnly])),
        ),
        (
            "extendedKeyUsage=serverAuth,OCSPSigning,1.3.6.1.4.1.311.20.2.2,1.2.3.4",
            Value::ExtendedKeyUsages(ExtendedKeyUsages(usages.to_vec())),
        ),
        (
            "subjectAltName=DNS:*.example.test,IP:192.0.2.1,IP:2001:db8::1,email:ann@example.test,URI:https://example.test/a,dirName:acme,RID:1.2.3.4,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:ann@corp.test",
            Value::SubjectAltName(AlternativeNames(names(&every_name))),
        ),
        ("issuerAltName=URI:http://ca.example.test", Value::IssuerAltName(AlternativeNames(names(&["http://ca.example.test"])))),
        (
            "nameConstraints=permitted;DNS:example.test,permitted;IP:10.0.0.0/255.0.0.0,permitted;IP:2001:db8::/ffff:ffff::,permitted;email:.example.test,permitted;dirName:acme,excluded;URI:bad.test,excluded;RID:1.2.3,excluded;otherName:1.3.6.1.4.1.311.20.2.3;UTF8:corp.test",
            Value::NameConstraints(constraints),
        ),
        (
            "certificatePolicies=1.2.3.4,2.23.140.1.2.1,@policy",
            Value::CertificatePolicies(CertificatePolicies(vec![
                PolicyInformation::of("1.2.3.4"),
                PolicyInformation::of("2.23.140.1.2.1"),
                qualified,
            ])),
        ),
        (
            "policyMappings=1.2.3.4:1.2.3.5,1.2.3.6:1.2.3.7",
            Value::PolicyMappings(PolicyMappings(vec![mapping("1.2.3.4", "1.2.3.5"), mapping("1.2.3.6", "1.2.3.7")])),
        ),
        (
            "policyConstraints=requireExplicitPolicy:0,inhibitPolicyMapping:200",
            Value::PolicyConstraints(PolicyConstraints { require_explicit_policy: Some(0), inhibit_policy_mapping: Some(200) }),
        ),
        ("inhibitAnyPolicy=2", Value::InhibitAnyPolicy(InhibitAnyPolicy(2))),
        ("crlDistributionPoints=point1,point2", Value::CrlDistributionPoints(CrlDistributionPoints(vec![first, second]))),
        (
            "freshestCRL=URI:http://crl.example.test/delta.crl",
            Value::FreshestCrl(FreshestCrl(points(&["http://crl.example.test/delta.crl"]))),
        ),
        (
            "authorityInfoAccess=OCSP;URI:http://ocsp.example.test,caIssuers;URI:http://crl.example.test/ca.crt",
            Value::AuthorityInfoAccess(InformationAccess(vec![
                AccessDescription::at(oid::AD_OCSP, "http://ocsp.example.test"),
                AccessDescription::at(oid::AD_CA_ISSUERS, "http://crl.example.test/ca.crt"),
            ])),
        ),
        (
            "subjectInfoAccess=1.3.6.1.5.5.7.48.5;URI:http://repository.example.test,1.3.6.1.5.5.7.48.3;URI:http://tsa.example.test",
            Value::SubjectInfoAccess(InformationAccess(vec![
                AccessDescription::at(oid::AD_CA_REPOSITORY, "http://repository.example.test"),
                AccessDescription::at(oid::AD_TIME_STAMPING, "http://tsa.example.test"),
            ])),
        ),
        ("tlsfeature=status_request,status_request_v2", Value::TlsFeatures(TlsFeatures(vec![STATUS_REQUEST, STATUS_REQUEST_V2]))),
        ("noCheck=yes", Value::OcspNoCheck(OcspNoCheck)),
        ("2.5.29.56=ASN1:NULL", Value::NoRevocationAvailable(NoRevocationAvailable)),
        ("nsComment=hello", Value::NetscapeComment(NetscapeComment("hello".to_owned()))),
        ("nsCertType=client,email,objCA", Value::NetscapeTypes(NetscapeTypes::of(&["sslClient", "smime", "objectSigningCA"]))),
        (
            "2.5.29.16=ASN1:SEQUENCE:period",
            Value::PrivateKeyUsagePeriod(PrivateKeyUsagePeriod {
                not_before: Some(datetime!(2026-01-01 0:00 UTC)),
                not_after: Some(datetime!(2027-01-01 0:00 UTC)),
            }),
        ),
        ("1.3.6.1.4.1.311.20.2=ASN1:BMP:User", Value::TemplateName(TemplateName::of("User"))),
        (
            "1.3.6.1.4.1.311.21.7=ASN1:SEQUENCE:template",
            Value::Template(Template { oid: "1.3.6.1.4.1.311.21.8.1.2.3".to_owned(), major: Some(100), minor: Some(4) }),
        ),
        ("1.3.6.1.4.1.311.21.1=ASN1:INTEGER:0x20001", Value::CaVersion(CaVersion { certificate: 1, key: 2 })),
        (
            "1.3.6.1.4.1.311.21.10=ASN1:SEQUENCE:purposes",
            Value::ApplicationPolicies(ApplicationPolicies(CertificatePolicies(vec![PolicyInformation::of("1.3.6.1.5.5.7.3.2")]))),
        ),
        (
            "1.3.6.1.4.1.311.25.2=ASN1:SEQUENCE:account",
            Value::SecurityIdentifier(SecurityIdentifier::parse("S-1-5-21-1111-2222-3333-1104").expect("a SID")),
        ),
    ]
}

#[test]
fn what_openssl_writes_we_write_too() {
    let sandbox = Sandbox::empty();
    let table = table();
    let lines: Vec<&str> = table.iter().map(|(line, _)| *line).collect();
    let head = "[req]\ndistinguished_name=name\nprompt=no\nx509_extensions=all\n[name]\nCN=x\n[all]\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=issuer:always\n";
    let config = sandbox.write("openssl.cnf", format!("{head}{}\n{SECTIONS}", lines.join("\n")));
    let (key, made) = (sandbox.text("key.pem"), sandbox.text("made.pem"));
    let arguments = ["req", "-x509", "-config", &config, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", &key];
    openssl::openssl(&[&arguments[..], &["-out", &made, "-set_serial", "0x5a"]].concat()).assert_accepted();
    let certificate = Certificate::from_der(&pem::only(&made, "CERTIFICATE")).expect("a certificate");

    let key_id = certificate.public_key().key_id();
    let serial = Some(SerialNumber::from_hex("5a").expect("a serial"));
    let issuer = AuthorityKeyIdentifier { key_id: None, issuer: names(&["dir:CN=x"]), serial };
    let ours = [ExtensionValue::SubjectKeyIdentifier(SubjectKeyIdentifier(key_id)), ExtensionValue::AuthorityKeyIdentifier(issuer)];
    let all: Vec<&ExtensionValue> = ours.iter().chain(table.iter().map(|(_, value)| value)).collect();
    for value in &all {
        let found = certificate.extension(value.oid()).unwrap_or_else(|| panic!("OpenSSL wrote no {}", value.oid()));
        assert_eq!(hex::encode(value.encoded()), hex::encode(&found.der), "{}", found.name());
        assert_eq!(found.value(), **value);
    }
    let known: BTreeSet<&str> = all.iter().map(|value| value.oid()).collect();
    assert_eq!(known, KINDS.iter().map(|kind| kind.oid).collect(), "every kind is compared");
}

fn make(spec: KeySpec) -> (PrivateKey, KeySigner) {
    let key = PrivateKey::generate(spec).expect("a key");
    let signer = KeySigner::new(PrivateKey::from_pkcs8_der(&key.expose_pkcs8_der()).expect("its copy")).expect("a signer");
    (key, signer)
}

fn wish<'a>(profile: &'a Profile, public_key: &'a PublicKey, serial: u8) -> IssuanceRequest<'a> {
    IssuanceRequest {
        profile,
        subject: None,
        names: Vec::new(),
        public_key,
        serial: SerialNumber::from_entropy([serial; 20]),
        now: NOW,
        lifetime: Lifetime::ProfileDefault,
        path_length: None,
        name_constraints: NameConstraints::default(),
        addresses: Addresses::default(),
        must_staple: false,
        requested: &[],
        policy: None,
        subject_key_id: None,
        extensions: Vec::new(),
    }
}

/// A root and what it issues.
struct Issuer {
    certificate: Certificate,
    signer: KeySigner,
}

impl Issuer {
    fn root() -> Self {
        let (key, signer) = make(KeySpec::EcP256);
        let profile = Profile::root();
        let wish = IssuanceRequest { subject: Some(subject("CN=Root,O=Acme,C=DE")), ..wish(&profile, key.public_key(), 1) };
        let prepared = prepare(&wish, IssuerSide::SelfSigned(SignatureAlgorithm::for_key(KeySpec::EcP256))).expect("prepared");
        Self { certificate: prepared.sign(&signer).expect("signed"), signer }
    }

    fn issue(&self, wish: &IssuanceRequest<'_>) -> Certificate {
        let side = IssuerSide::Authority { certificate: &self.certificate, algorithm: SignatureAlgorithm::for_key(KeySpec::EcP256) };
        prepare(wish, side).expect("prepared").sign(&self.signer).expect("signed")
    }
}

/// A client's profile that takes names of every form.
fn every_form() -> Profile {
    let mut document = Profile::tls_client().document();
    document.names.allowed = ["dns", "ip", "email", "uri", "upn", "dir", "rid", "other"].map(str::to_owned).to_vec();
    Profile::check(&document, 1).expect("a profile")
}

fn wished(kinds: &[&str]) -> Vec<Extension> {
    let value = |oid: &&str| table().into_iter().map(|(_, value)| value).find(|value| value.oid() == *oid).expect("a kind");
    kinds.iter().map(value).map(|value| Extension::new(&value).unwrap_or_else(|fault| panic!("{value:?}: {fault}"))).collect()
}

/// The lines after the heading of an extension, as `openssl x509 -ext` prints them.
fn printed(path: &str, name: &str) -> String {
    let said = openssl::openssl(&["x509", "-in", path, "-noout", "-ext", name]).assert_accepted();
    let lines = said.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" | ")
}

#[test]
fn what_we_write_openssl_reads() {
    let sandbox = Sandbox::empty();
    let (root, profile, (key, _)) = (Issuer::root(), every_form(), make(KeySpec::EcP256));
    let all = [
        "dns:*.bücher.example",
        "ip:192.0.2.1",
        "ip:2001:db8::1",
        "email:ann@example.test",
        "email:änn@bücher.example",
        "uri:urn:uuid:1",
        "upn:ann@corp.test",
        "dir:/C=DE/O=Acme",
        "rid:1.2.3.4",
        "other:1.2.3:#0101ff",
    ];
    let kinds = [
        oid::CERTIFICATE_POLICIES,
        oid::CRL_DISTRIBUTION_POINTS,
        oid::FRESHEST_CRL,
        oid::AUTHORITY_INFO_ACCESS,
        oid::SUBJECT_INFO_ACCESS,
        oid::TLS_FEATURE,
        oid::OCSP_NO_CHECK,
        oid::ISSUER_ALT_NAME,
        oid::NETSCAPE_COMMENT,
        oid::NETSCAPE_CERT_TYPE,
        oid::PRIVATE_KEY_USAGE_PERIOD,
        oid::NTDS_CA_SECURITY,
        oid::MICROSOFT_TEMPLATE_NAME,
    ];
    let leaf = root.issue(&IssuanceRequest {
        subject: Some(subject("CN=ann")),
        names: names(&all),
        extensions: wished(&kinds),
        ..wish(&profile, key.public_key(), 2)
    });
    let path = sandbox.write("leaf.pem", leaf.pem());
    for (name, expected) in [
        (
            "subjectAltName",
            "DNS:*.xn--bcher-kva.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, email:ann@example.test, \
             othername: SmtpUTF8Mailbox::änn@xn--bcher-kva.example, URI:urn:uuid:1, othername: UPN::ann@corp.test, \
             DirName:/C=DE/O=Acme, Registered ID:1.2.3.4, othername: 1.2.3::<unsupported>",
        ),
        (
            "certificatePolicies",
            "Policy: 1.2.3.4 | Policy: 2.23.140.1.2.1 | Policy: 1.3.5.8 | CPS: http://cps.example.test/ | User Notice: | \
             Explicit Text: For those who rely on it",
        ),
        (
            "crlDistributionPoints",
            "Full Name: | URI:http://crl.example.test/a.crl | URI:ldap:///CN=a Reasons: | \
             Key Compromise, CA Compromise, AA Compromise | CRL Issuer: | DirName:C = DE, O = Acme | Relative Name: | CN = part 1",
        ),
        ("freshestCRL", "Full Name: | URI:http://crl.example.test/delta.crl"),
        ("authorityInfoAccess", "OCSP - URI:http://ocsp.example.test | CA Issuers - URI:http://crl.example.test/ca.crt"),
        ("subjectInfoAccess", "CA Repository - URI:http://repository.example.test | AD Time Stamping - URI:http://tsa.example.test"),
        ("tlsfeature", "status_request, status_request_v2"),
        ("issuerAltName", "URI:http://ca.example.test"),
        ("nsComment", "hello"),
        ("nsCertType", "SSL Client, S/MIME, Object Signing CA"),
        ("privateKeyUsagePeriod", "Not Before: Jan 1 00:00:00 2026 GMT, Not After: Jan 1 00:00:00 2027 GMT"),
    ] {
        assert_eq!(printed(&path, name), expected, "{name}");
    }

    let authority = root.issue(&IssuanceRequest {
        subject: Some(subject("CN=Issuing")),
        name_constraints: NameConstraints::parse(&["dns:example.test", "email:.example.test"], &["ip:10.0.0.0/8", "rid:1.2.3"])
            .expect("constraints"),
        extensions: wished(&[oid::POLICY_MAPPINGS, oid::POLICY_CONSTRAINTS, oid::INHIBIT_ANY_POLICY, oid::MICROSOFT_CA_VERSION]),
        ..wish(&Profile::intermediate(), key.public_key(), 3)
    });
    let path = sandbox.write("authority.pem", authority.pem());
    for (name, expected) in [
        ("policyMappings", "1.2.3.4:1.2.3.5, 1.2.3.6:1.2.3.7"),
        ("policyConstraints", "Require Explicit Policy:0, Inhibit Policy Mapping:200"),
        ("inhibitAnyPolicy", "2"),
        (
            "nameConstraints",
            "Permitted: | DNS:example.test | email:.example.test | Excluded: | IP:10.0.0.0/255.0.0.0 | Registered ID:1.2.3",
        ),
    ] {
        assert_eq!(printed(&path, name), expected, "{name}");
    }
    for (certificate, critical) in [
        (&leaf, vec!["keyUsage"]),
        (&authority, vec!["keyUsage", "nameConstraints", "basicConstraints", "policyMappings", "policyConstraints", "inhibitAnyPolicy"]),
    ] {
        let found: Vec<&str> = certificate.extensions().iter().filter(|extension| extension.critical).map(Extension::name).collect();
        assert_eq!(found, critical);
        let der = sandbox.write("one.der", certificate.der());
        openssl::openssl(&["asn1parse", "-inform", "DER", "-in", &der]).assert_accepted();
    }
}

/// A leaf that an authority without constraints issued, judged under one of the same name and key with constraints. Left out is what OpenSSL
/// 3.0 refuses against RFC 9598 6: a mailbox beyond ASCII below a constraint with a leading dot.
#[test]
fn name_constraints_bite_here_as_there() {
    let sandbox = Sandbox::empty();
    let (root, profile, (key, signer)) = (Issuer::root(), every_form(), make(KeySpec::EcP256));
    let intermediate = |constraints: NameConstraints, serial: u8| {
        root.issue(&IssuanceRequest {
            subject: Some(subject("CN=Issuing,O=Acme,C=DE")),
            name_constraints: constraints,
            ..wish(&Profile::intermediate(), key.public_key(), serial)
        })
    };
    let free = Issuer { certificate: intermediate(NameConstraints::default(), 2), signer };
    let (leaf_key, _) = make(KeySpec::EcP256);
    let mut refused = 0;
    for (permitted, excluded, name) in [
        ("dns:example.test", "", "dns:a.example.test"),
        ("dns:example.test", "", "dns:badexample.test"),
        ("", "dns:bad.test", "dns:a.bad.test"),
        ("", "dns:bad.test", "dns:abad.test"),
        ("ip:10.0.0.0/8", "", "ip:10.255.0.1"),
        ("ip:10.0.0.0/8", "", "ip:11.0.0.1"),
        ("ip:2001:db8::/33", "", "ip:2001:db8:7fff::1"),
        ("ip:2001:db8::/33", "", "ip:2001:db8:8000::1"),
        ("ip:10.0.0.0/8", "", "dns:a.test"),
        ("email:example.test", "", "email:ann@example.test"),
        ("email:example.test", "", "email:ann@a.example.test"),
        ("email:.example.test", "", "email:ann@a.example.test"),
        ("email:.example.test", "", "email:ann@example.test"),
        ("email:ann@example.test", "", "email:bob@example.test"),
        ("email:example.test", "", "email:änn@example.test"),
        ("email:example.test", "", "email:änn@other.test"),
        ("", "email:bad.test", "email:änn@bad.test"),
        ("", "email:bad.test", "email:änn@good.test"),
        ("uri:example.test", "", "uri:https://example.test/a"),
        ("uri:example.test", "", "uri:https://a.example.test/a"),
        ("uri:.example.test", "", "uri:https://a.example.test/a"),
        ("", "uri:.bad.test", "uri:https://a.bad.test/"),
        ("dir:/C=DE/O=Acme", "", "dir:/C=DE/O=Acme/OU=x"),
        ("dir:/C=DE/O=Acme", "", "dir:/C=DE/O=Other"),
        ("", "dir:/C=DE/O=Bad", "dir:/C=DE/O=BAD/CN=x"),
        ("rid:1.2.3", "", "rid:1.2.3"),
        ("rid:1.2.3", "", "dns:a.test"),
    ] {
        let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        let constraints = NameConstraints::parse(some(permitted).as_slice(), some(excluded).as_slice()).expect("constraints");
        let named = names(&[name]);
        let leaf = free.issue(&IssuanceRequest {
            subject: Some(subject("/C=DE/O=Acme/CN=ann")),
            names: named.clone(),
            ..wish(&profile, leaf_key.public_key(), 4)
        });
        let ours = constraints.permits_all(leaf.subject(), &named).is_ok();
        let bundle = sandbox.write("bundle.pem", [root.certificate.pem(), intermediate(constraints, 3).pem()].concat());
        let theirs = openssl::verify(&bundle, &[], &sandbox.write("leaf.pem", leaf.pem()));
        assert_eq!(ours, theirs.accepted, "permitted {permitted:?}, excluded {excluded:?}, name {name}: {}", theirs.said);
        refused += u32::from(!ours);
    }
    assert_eq!(refused, 14);
}
