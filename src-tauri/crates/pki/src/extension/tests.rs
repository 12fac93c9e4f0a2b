#![expect(clippy::unwrap_used, reason = "tests fail loudly")]

mod generated;
mod rules;
mod samples;

use super::*;
use std::collections::BTreeSet;

/// `code field=value`, terms as `kind:code`.
fn text(statement: &Statement) -> String {
    let value = |value: &StatementValue| match value {
        StatementValue::Text(text) => text.clone(),
        StatementValue::Terms(terms) => {
            terms.iter().map(|term| format!("{}:{}", term.kind.as_str(), term.name)).collect::<Vec<_>>().join("+")
        }
    };
    let fields = statement.fields.iter().map(|(name, of)| format!(" {name}={}", value(of)));
    std::iter::once(statement.code.to_owned()).chain(fields).collect()
}

#[test]
fn every_kind_is_written_and_read_as_openssl_does() {
    let samples = samples::all();
    for (value, expected) in &samples {
        let der = hex::decode(expected).unwrap();
        assert_eq!(hex::encode(value.encoded()), *expected, "{value:?}");
        assert_eq!(ExtensionValue::from_der(value.oid(), &der), *value);
        assert_ne!(oid::name(value.oid()), None, "{value:?}");
    }
    let covered: BTreeSet<&str> = samples.iter().map(|(value, _)| value.oid()).collect();
    assert_eq!(covered, KINDS.iter().map(|kind| kind.oid).collect());
}

#[test]
fn every_kind_says_what_it_says() {
    let said: Vec<String> = samples::all()
        .iter()
        .flat_map(|(value, _)| {
            let lines = value.describe().iter().map(|statement| format!("  {}", text(statement))).collect::<Vec<_>>();
            std::iter::once(oid::name(value.oid()).unwrap().to_owned()).chain(lines)
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    authorityKeyIdentifier
      issuer-certificate-issuer name=dir:CN=x
      issuer-certificate-serial serial=79a24495d9dbb096f11973b1997c561ec15f3c5e
    subjectKeyIdentifier
      key-identifier identifier=9f3d2664f95621e1de3a892bb0578d18a17dca77
    keyUsage
      usage usage=usage:digitalSignature
      usage usage=usage:keyAgreement
      usage usage=usage:decipherOnly
    privateKeyUsagePeriod
      private-key-from time=2026-01-01T00:00:00Z
      private-key-until time=2027-01-01T00:00:00Z
    certificatePolicies
      policy policy=policy:1.2.3.4
      policy policy=policy:2.23.140.1.2.1
      policy policy=policy:1.3.5.8
      policy-statement address=http://cps.example.test/
      policy-notice-reference organization=Acme numbers=1, 300
      policy-notice text=Für Prüfer
    policyMappings
      policy-mapped issuer=policy:1.2.3.4 subject=policy:1.2.3.5
      policy-mapped issuer=policy:1.2.3.6 subject=policy:1.2.3.7
    subjectAltName
      name name=dns:*.example.test
      name name=ip:192.0.2.1
      name name=ip:2001:db8::1
      name name=email:ann@example.test
      name name=uri:https://example.test/a
      name name=dir:O=Acme,C=DE
      name name=rid:1.2.3.4
      name name=upn:ann@corp.test
      name name=other:1.2.3:#0101ff
      name name=email:änn@example.test
    issuerAltName
      name name=uri:http://ca.example.test
    basicConstraints
      authority-with-levels-below levels=3
    nameConstraints
      name-permitted subtree=dns:example.test
      name-permitted subtree=ip:10.0.0.0/8
      name-permitted subtree=email:.example.test
      name-permitted subtree=dir:O=Acme,C=DE
      name-excluded subtree=uri:bad.test
      name-excluded subtree=rid:1.2.3
      name-excluded subtree=upn:corp.test
    policyConstraints
      policy-required
      policy-mapping-inhibited-after certificates=200
    extKeyUsage
      purpose purpose=purpose:serverAuth
      purpose purpose=purpose:OCSPSigning
      purpose purpose=purpose:smartcardLogon
      purpose purpose=purpose:1.2.3.4
    cRLDistributionPoints
      crl-at location=http://crl.example.test/a.crl
      crl-at location=ldap:///CN=a
      crl-reasons reasons=reason:keyCompromise+reason:cACompromise+reason:aACompromise
      crl-issuer name=O=Acme,C=DE
      crl-at-entry entry=CN=part 1
    inhibitAnyPolicy
      any-policy-inhibited-after certificates=2
    freshestCRL
      delta-crl-at location=http://crl.example.test/delta.crl
    authorityInfoAccess
      access method=access:ocsp location=http://ocsp.example.test
      access method=access:caIssuers location=http://crl.example.test/ca.crt
    subjectInfoAccess
      access method=access:caRepository location=http://repo.example.test
      access method=access:timeStampingService location=http://tsa.example.test
    tlsfeature
      tls-feature-status-request
      tls-feature-status-request-v2
    noRevAvail
      no-revocation-information
    ocspNoCheck
      responder-not-checked
    netscapeComment
      comment text=hello
    netscapeCertType
      netscape-type type=netscape-type:sslClient
      netscape-type type=netscape-type:smime
      netscape-type type=netscape-type:objectSigningCA
    msCertificateTemplateName
      template-name name=User
    msCertificateTemplate
      template template=1.3.6.1.4.1.311.21.8.1.2.3
      template-version major=100 minor=4
    msCaVersion
      ca-version certificate=1 key=2
    msApplicationPolicies
      purpose purpose=purpose:clientAuth
    msSecurityIdentifier
      security-identifier identifier=S-1-5-21-1111-2222-3333-1104
    ");
}

/// The catalogue is made after [`STATEMENTS`], so what is said must stand there, and nothing else.
#[test]
fn every_statement_is_listed_and_every_listed_one_is_said() {
    let mut said = BTreeSet::new();
    for statement in samples::all().iter().map(|(value, _)| value).chain(&rules::odd()).flat_map(ExtensionValue::describe) {
        let listed = STATEMENTS.iter().find(|(code, _)| *code == statement.code);
        let fields: Vec<&str> = statement.fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed.map(|(_, fields)| *fields), Some(fields.as_slice()), "{}", statement.code);
        said.insert(statement.code);
    }
    assert_eq!(said, STATEMENTS.iter().map(|(code, _)| *code).collect());
}
