//! Object identifiers, dotted, by the names their documents give them.

mod known;
mod purposes;

pub use known::name;
pub(crate) use purposes::PURPOSES;

/// `id-ecPublicKey` (RFC 5480 2.1.1).
pub const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
/// `rsaEncryption` (RFC 8017 A.1).
pub const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
/// `id-RSASSA-PSS` (RFC 8017 A.2.3).
pub const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
/// `id-dsa` (RFC 3279 2.3.2).
pub const DSA: &str = "1.2.840.10040.4.1";
/// `id-Ed25519` (RFC 8410 3).
pub const ED25519: &str = "1.3.101.112";
/// `id-Ed448` (RFC 8410 3).
pub const ED448: &str = "1.3.101.113";
/// `secp256r1` (RFC 5480 2.1.1.1).
pub const SECP256R1: &str = "1.2.840.10045.3.1.7";
/// `secp384r1` (RFC 5480 2.1.1.1).
pub const SECP384R1: &str = "1.3.132.0.34";
/// `secp521r1` (RFC 5480 2.1.1.1).
pub const SECP521R1: &str = "1.3.132.0.35";
/// `secp256k1` (SEC 2).
pub const SECP256K1: &str = "1.3.132.0.10";

/// `subjectKeyIdentifier` (RFC 5280 4.2.1.2).
pub const SUBJECT_KEY_IDENTIFIER: &str = "2.5.29.14";
/// `keyUsage` (RFC 5280 4.2.1.3).
pub const KEY_USAGE: &str = "2.5.29.15";
/// `subjectAltName` (RFC 5280 4.2.1.6).
pub const SUBJECT_ALT_NAME: &str = "2.5.29.17";
/// `issuerAltName` (RFC 5280 4.2.1.7).
pub const ISSUER_ALT_NAME: &str = "2.5.29.18";
/// `basicConstraints` (RFC 5280 4.2.1.9).
pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
/// `nameConstraints` (RFC 5280 4.2.1.10).
pub const NAME_CONSTRAINTS: &str = "2.5.29.30";
/// `cRLDistributionPoints` (RFC 5280 4.2.1.13).
pub const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
/// `certificatePolicies` (RFC 5280 4.2.1.4).
pub const CERTIFICATE_POLICIES: &str = "2.5.29.32";
/// `policyMappings` (RFC 5280 4.2.1.5).
pub const POLICY_MAPPINGS: &str = "2.5.29.33";
/// `authorityKeyIdentifier` (RFC 5280 4.2.1.1).
pub const AUTHORITY_KEY_IDENTIFIER: &str = "2.5.29.35";
/// `policyConstraints` (RFC 5280 4.2.1.11).
pub const POLICY_CONSTRAINTS: &str = "2.5.29.36";
/// `extKeyUsage` (RFC 5280 4.2.1.12).
pub const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
/// `freshestCRL` (RFC 5280 4.2.1.15).
pub const FRESHEST_CRL: &str = "2.5.29.46";
/// `inhibitAnyPolicy` (RFC 5280 4.2.1.14).
pub const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
/// `authorityInfoAccess` (RFC 5280 4.2.2.1).
pub const AUTHORITY_INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";
/// `subjectInfoAccess` (RFC 5280 4.2.2.2).
pub const SUBJECT_INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.11";
/// TLS feature, "must staple" (RFC 7633).
pub const TLS_FEATURE: &str = "1.3.6.1.5.5.7.1.24";
/// `id-ad-ocsp` (RFC 5280 4.2.2.1).
pub const AD_OCSP: &str = "1.3.6.1.5.5.7.48.1";
/// `id-ad-caIssuers` (RFC 5280 4.2.2.1).
pub const AD_CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
/// Microsoft user principal name, an `otherName` (MS-WCCE 2.2.2.7.7.4).
pub const USER_PRINCIPAL_NAME: &str = "1.3.6.1.4.1.311.20.2.3";

/// `extensionRequest`, an attribute of requests (RFC 2985 5.4.2).
pub const EXTENSION_REQUEST: &str = "1.2.840.113549.1.9.14";
/// The same as Microsoft wrote it before (MS-WCCE 2.2.2.7.7).
pub const MICROSOFT_EXTENSION_REQUEST: &str = "1.3.6.1.4.1.311.2.1.14";
/// `privateKeyUsagePeriod` (RFC 3280 4.2.1.4).
pub const PRIVATE_KEY_USAGE_PERIOD: &str = "2.5.29.16";
/// `id-pkix-ocsp-nocheck` (RFC 6960 4.2.2.2.1).
pub const OCSP_NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
/// `noRevAvail` (RFC 9608 2).
pub const NO_REV_AVAIL: &str = "2.5.29.56";
/// `anyPolicy` (RFC 5280 4.2.1.4).
pub const ANY_POLICY: &str = "2.5.29.32.0";
/// `id-qt-cps`, where a practice statement is (RFC 5280 4.2.1.4).
pub const QT_CPS: &str = "1.3.6.1.5.5.7.2.1";
/// `id-qt-unotice`, a notice to the user (RFC 5280 4.2.1.4).
pub const QT_UNOTICE: &str = "1.3.6.1.5.5.7.2.2";
/// `id-ad-timeStamping` (RFC 5280 4.2.2.2).
pub const AD_TIME_STAMPING: &str = "1.3.6.1.5.5.7.48.3";
/// `id-ad-caRepository` (RFC 5280 4.2.2.2).
pub const AD_CA_REPOSITORY: &str = "1.3.6.1.5.5.7.48.5";
/// `id-on-SmtpUTF8Mailbox`, an `otherName` (RFC 9598 3).
pub const SMTP_UTF8_MAILBOX: &str = "1.3.6.1.5.5.7.8.9";
/// Microsoft's template of version 1 (szOID_ENROLL_CERTTYPE_EXTENSION).
pub const MICROSOFT_TEMPLATE_NAME: &str = "1.3.6.1.4.1.311.20.2";
/// Microsoft's template of version 2 or later (szOID_CERTIFICATE_TEMPLATE).
pub const MICROSOFT_TEMPLATE: &str = "1.3.6.1.4.1.311.21.7";
/// How often a Microsoft authority was renewed (szOID_CERTSRV_CA_VERSION).
pub const MICROSOFT_CA_VERSION: &str = "1.3.6.1.4.1.311.21.1";
/// Microsoft's application policies (szOID_APPLICATION_CERT_POLICIES).
pub const MICROSOFT_APPLICATION_POLICIES: &str = "1.3.6.1.4.1.311.21.10";
/// For which account a certificate is (szOID_NTDS_CA_SECURITY_EXT, KB5014754).
pub const NTDS_CA_SECURITY: &str = "1.3.6.1.4.1.311.25.2";
/// The account's security identifier in it, an `otherName` (szOID_NTDS_OBJECTSID).
pub const NTDS_OBJECT_SID: &str = "1.3.6.1.4.1.311.25.2.1";
/// Netscape's certificate type.
pub const NETSCAPE_CERT_TYPE: &str = "2.16.840.1.113730.1.1";
/// Netscape's comment.
pub const NETSCAPE_COMMENT: &str = "2.16.840.1.113730.1.13";
/// `cRLNumber` (RFC 5280 5.2.3).
pub const CRL_NUMBER: &str = "2.5.29.20";
/// `reasonCode` of a revoked entry (RFC 5280 5.3.1).
pub const CRL_REASON: &str = "2.5.29.21";
/// `invalidityDate` of a revoked entry (RFC 5280 5.3.2).
pub const INVALIDITY_DATE: &str = "2.5.29.24";
/// `deltaCRLIndicator` (RFC 5280 5.2.4).
pub const DELTA_CRL_INDICATOR: &str = "2.5.29.27";
/// `issuingDistributionPoint` (RFC 5280 5.2.5).
pub const ISSUING_DISTRIBUTION_POINT: &str = "2.5.29.28";
