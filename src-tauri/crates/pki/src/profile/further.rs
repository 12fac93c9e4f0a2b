//! Extensions that a profile writes the same in every certificate, made from the fields of its document.

use super::document::{ExtensionsDocument, PolicyInformationDocument};
use super::problem::{ProblemKind, Problems};
use crate::alt_name::GeneralName;
use crate::extension::{
    AccessDescription, AlternativeNames, CertificatePolicies, DisplayText, DistributionPoint, Extension, ExtensionFault, ExtensionKind,
    ExtensionValue, FreshestCrl, InformationAccess, InhibitAnyPolicy, NoRevocationAvailable, OcspNoCheck, Place, PolicyConstraints,
    PolicyInformation, PolicyMapping, PolicyMappings, PolicyQualifier, Template, UserNotice,
};
use crate::oid;

/// Extensions that have fields of their own, or follow from subject, names, key and issuer: none of them may come as bytes.
const WRITTEN_ELSEWHERE: [&str; 20] = [
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::ISSUER_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::CERTIFICATE_POLICIES,
    oid::POLICY_MAPPINGS,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::POLICY_CONSTRAINTS,
    oid::EXTENDED_KEY_USAGE,
    oid::FRESHEST_CRL,
    oid::INHIBIT_ANY_POLICY,
    oid::AUTHORITY_INFO_ACCESS,
    oid::SUBJECT_INFO_ACCESS,
    oid::TLS_FEATURE,
    oid::OCSP_NO_CHECK,
    oid::NO_REV_AVAIL,
    oid::MICROSOFT_TEMPLATE,
];

/// Whether Chancery writes this extension itself, so that it is never copied from a profile's or a request's bytes.
pub(crate) fn is_written_elsewhere(oid: &str) -> bool {
    WRITTEN_ELSEWHERE.contains(&oid)
}

/// The extensions of a document, in the order of its fields.
pub(super) fn check(document: &ExtensionsDocument, authority: bool, problems: &mut Problems) -> Vec<Extension> {
    let mut written = Written { extensions: Vec::new(), authority, problems };
    if document.ocsp_no_check {
        written.push("ocspNoCheck", "", &ExtensionValue::OcspNoCheck(OcspNoCheck));
    }
    if document.no_revocation_available {
        written.push("noRevocationAvailable", "", &ExtensionValue::NoRevocationAvailable(NoRevocationAvailable));
    }
    written.policies(&document.policies);
    if !document.policy_mappings.is_empty() {
        let mappings = document.policy_mappings.iter();
        let mappings = mappings.map(|mapping| PolicyMapping { issuer: mapping.issuer.clone(), subject: mapping.subject.clone() }).collect();
        written.push("policyMappings", "", &ExtensionValue::PolicyMappings(PolicyMappings(mappings)));
    }
    let constraints = PolicyConstraints {
        require_explicit_policy: document.require_explicit_policy,
        inhibit_policy_mapping: document.inhibit_policy_mapping,
    };
    if document.require_explicit_policy.is_some() || document.inhibit_policy_mapping.is_some() {
        written.push("requireExplicitPolicy", "", &ExtensionValue::PolicyConstraints(constraints));
    }
    if let Some(certificates) = document.inhibit_any_policy {
        written.push("inhibitAnyPolicy", &certificates.to_string(), &ExtensionValue::InhibitAnyPolicy(InhibitAnyPolicy(certificates)));
    }
    let names = written.names("issuerAltNames", &document.issuer_alt_names);
    if !names.is_empty() {
        written.push("issuerAltNames", "", &ExtensionValue::IssuerAltName(AlternativeNames(names)));
    }
    if !document.freshest_crl.is_empty() {
        let points = document.freshest_crl.iter().map(|url| DistributionPoint::at(url)).collect();
        written.push("freshestCrl", &document.freshest_crl.join(" "), &ExtensionValue::FreshestCrl(FreshestCrl(points)));
    }
    written.subject_access(document);
    if let Some(template) = &document.microsoft_template {
        let value = Template { oid: template.oid.clone(), major: template.major, minor: template.minor };
        written.push("microsoftTemplate", &template.oid, &ExtensionValue::Template(value));
    }
    written.raw(document);
    written.extensions
}

struct Written<'a> {
    extensions: Vec<Extension>,
    authority: bool,
    problems: &'a mut Problems,
}

impl Written<'_> {
    /// Writes an extension, or says what is wrong with the field that it comes from.
    fn push(&mut self, field: &str, given: &str, value: &ExtensionValue) {
        let field = format!("extensions.{field}");
        match ExtensionKind::of(value.oid()).map(|kind| kind.place) {
            Some(Place::Authority) if !self.authority => self.problems.add(&field, ProblemKind::OnlyForAuthorities, given),
            Some(Place::Leaf) if self.authority => self.problems.add(&field, ProblemKind::OnlyForLeaves, given),
            _ => {}
        }
        match Extension::new(value) {
            Ok(extension) => self.extensions.push(extension),
            Err(fault) => self.problems.add(field, ProblemKind::Unfit, fault),
        }
    }

    fn names(&mut self, field: &str, texts: &[String]) -> Vec<GeneralName> {
        self.problems.each(&format!("extensions.{field}"), texts, ProblemKind::BadAltName, |text| GeneralName::parse(text).ok())
    }

    fn policies(&mut self, documents: &[PolicyInformationDocument]) {
        if documents.is_empty() {
            return;
        }
        let mut policies = Vec::new();
        for (index, document) in documents.iter().enumerate() {
            match policy(document) {
                Ok(policy) => policies.push(policy),
                Err(fault) => self.problems.add(format!("extensions.policies[{index}]"), ProblemKind::Unfit, fault),
            }
        }
        self.push("policies", "", &ExtensionValue::CertificatePolicies(CertificatePolicies(policies)));
    }

    fn subject_access(&mut self, document: &ExtensionsDocument) {
        let mut descriptions = Vec::new();
        for (index, access) in document.subject_access.iter().enumerate() {
            match GeneralName::parse(&access.location) {
                Ok(location) => descriptions.push(AccessDescription { method: access.method.clone(), location }),
                Err(_) => {
                    self.problems.add(format!("extensions.subjectAccess[{index}].location"), ProblemKind::BadAltName, &access.location);
                }
            }
        }
        if !descriptions.is_empty() {
            self.push("subjectAccess", "", &ExtensionValue::SubjectInfoAccess(InformationAccess(descriptions)));
        }
    }

    fn raw(&mut self, document: &ExtensionsDocument) {
        for (index, raw) in document.raw.iter().enumerate() {
            let field = |name: &str| format!("extensions.raw[{index}].{name}");
            if is_written_elsewhere(&raw.oid) {
                self.problems.add(field("oid"), ProblemKind::WrittenElsewhere, &raw.oid);
                continue;
            }
            if self.extensions.iter().any(|before| before.oid == raw.oid) {
                self.problems.add(field("oid"), ProblemKind::Duplicate, &raw.oid);
            }
            let Ok(der) = hex::decode(&raw.der) else {
                self.problems.add(field("der"), ProblemKind::BadDer, &raw.der);
                continue;
            };
            let extension = Extension { oid: raw.oid.clone(), critical: raw.critical, der };
            match extension.check() {
                Ok(()) => self.extensions.push(extension),
                Err(ExtensionFault::NotDer) => self.problems.add(field("der"), ProblemKind::BadDer, &raw.der),
                Err(fault) => self.problems.add(format!("extensions.raw[{index}]"), ProblemKind::Unfit, fault),
            }
        }
    }
}

fn policy(document: &PolicyInformationDocument) -> Result<PolicyInformation, ExtensionFault> {
    let mut qualifiers: Vec<_> = document.statements.iter().cloned().map(PolicyQualifier::PracticeStatement).collect();
    if let Some(text) = &document.notice {
        qualifiers.push(PolicyQualifier::UserNotice(UserNotice { reference: None, text: Some(DisplayText::new(text)?) }));
    }
    Ok(PolicyInformation { policy: document.oid.clone(), qualifiers })
}
