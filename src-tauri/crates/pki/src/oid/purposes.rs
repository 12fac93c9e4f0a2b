//! Purposes of keys (RFC 5280 4.2.1.12), by the names in use.

/// Name and object identifier.
pub(crate) const PURPOSES: &[(&str, &str)] = &[
    // RFC 5280 4.2.1.12.
    ("anyExtendedKeyUsage", "2.5.29.37.0"),
    ("serverAuth", "1.3.6.1.5.5.7.3.1"),
    ("clientAuth", "1.3.6.1.5.5.7.3.2"),
    ("codeSigning", "1.3.6.1.5.5.7.3.3"),
    ("emailProtection", "1.3.6.1.5.5.7.3.4"),
    // RFC 2459 4.2.1.13; RFC 4945 5.1.3.12 put ipsecIKE in their place.
    ("ipsecEndSystem", "1.3.6.1.5.5.7.3.5"),
    ("ipsecTunnel", "1.3.6.1.5.5.7.3.6"),
    ("ipsecUser", "1.3.6.1.5.5.7.3.7"),
    ("timeStamping", "1.3.6.1.5.5.7.3.8"),
    ("OCSPSigning", "1.3.6.1.5.5.7.3.9"),
    // RFC 4334 2.
    ("eapOverPPP", "1.3.6.1.5.5.7.3.13"),
    ("eapOverLAN", "1.3.6.1.5.5.7.3.14"),
    // RFC 5055 3.
    ("scvpServer", "1.3.6.1.5.5.7.3.15"),
    ("scvpClient", "1.3.6.1.5.5.7.3.16"),
    ("ipsecIKE", "1.3.6.1.5.5.7.3.17"),
    // RFC 5415 12.8.
    ("capwapAC", "1.3.6.1.5.5.7.3.18"),
    ("capwapWTP", "1.3.6.1.5.5.7.3.19"),
    // RFC 5924 4.
    ("sipDomain", "1.3.6.1.5.5.7.3.20"),
    // RFC 6187 2.2.2.
    ("secureShellClient", "1.3.6.1.5.5.7.3.21"),
    ("secureShellServer", "1.3.6.1.5.5.7.3.22"),
    // RFC 6494 4.2.
    ("sendRouter", "1.3.6.1.5.5.7.3.23"),
    ("sendProxiedRouter", "1.3.6.1.5.5.7.3.24"),
    ("sendOwner", "1.3.6.1.5.5.7.3.25"),
    ("sendProxiedOwner", "1.3.6.1.5.5.7.3.26"),
    // RFC 6402 2.10.
    ("cmcCA", "1.3.6.1.5.5.7.3.27"),
    ("cmcRA", "1.3.6.1.5.5.7.3.28"),
    ("cmcArchive", "1.3.6.1.5.5.7.3.29"),
    // RFC 8209 3.1.3.2.
    ("bgpsecRouter", "1.3.6.1.5.5.7.3.30"),
    ("brandIndicator", "1.3.6.1.5.5.7.3.31"),
    // RFC 9480 2.2.
    ("cmKGA", "1.3.6.1.5.5.7.3.32"),
    // RFC 9289 5.2.
    ("rpcTLSClient", "1.3.6.1.5.5.7.3.33"),
    ("rpcTLSServer", "1.3.6.1.5.5.7.3.34"),
    // RFC 9174 4.4.2.
    ("bundleSecurity", "1.3.6.1.5.5.7.3.35"),
    // RFC 9336 3.
    ("documentSigning", "1.3.6.1.5.5.7.3.36"),
    // RFC 9509 3.
    ("jwt", "1.3.6.1.5.5.7.3.37"),
    ("httpContentEncrypt", "1.3.6.1.5.5.7.3.38"),
    ("oauthAccessTokenSigning", "1.3.6.1.5.5.7.3.39"),
    // RFC 9734 3.
    ("imUri", "1.3.6.1.5.5.7.3.40"),
    // RFC 4556 3.1.1 and 3.2.4.
    ("pkinitClientAuth", "1.3.6.1.5.2.3.4"),
    ("kdc", "1.3.6.1.5.2.3.5"),
    // Microsoft.
    ("msIndividualCodeSigning", "1.3.6.1.4.1.311.2.1.21"),
    ("msCommercialCodeSigning", "1.3.6.1.4.1.311.2.1.22"),
    ("msTrustListSigning", "1.3.6.1.4.1.311.10.3.1"),
    ("msSGC", "1.3.6.1.4.1.311.10.3.3"),
    ("msEFS", "1.3.6.1.4.1.311.10.3.4"),
    ("msEFSRecovery", "1.3.6.1.4.1.311.10.3.4.1"),
    ("msDriverVerification", "1.3.6.1.4.1.311.10.3.5"),
    ("msKeyRecovery", "1.3.6.1.4.1.311.10.3.11"),
    ("msDocumentSigning", "1.3.6.1.4.1.311.10.3.12"),
    ("msLifetimeSigning", "1.3.6.1.4.1.311.10.3.13"),
    ("msAnyApplicationPolicy", "1.3.6.1.4.1.311.10.12.1"),
    ("msEnrollmentAgent", "1.3.6.1.4.1.311.20.2.1"),
    ("smartcardLogon", "1.3.6.1.4.1.311.20.2.2"),
    ("msCaExchange", "1.3.6.1.4.1.311.21.5"),
    ("msKeyRecoveryAgent", "1.3.6.1.4.1.311.21.6"),
    ("msDirectoryServiceReplication", "1.3.6.1.4.1.311.21.19"),
    ("msRemoteDesktop", "1.3.6.1.4.1.311.54.1.2"),
    ("msBitLocker", "1.3.6.1.4.1.311.67.1.1"),
    ("msBitLockerRecovery", "1.3.6.1.4.1.311.67.1.2"),
    // Others.
    ("nsSGC", "2.16.840.1.113730.4.1"),
    ("adobeDocumentSigning", "1.2.840.113583.1.1.5"),
    ("icaoMasterListSigning", "2.23.136.1.1.3"),
    ("tcgEndorsementKey", "2.23.133.8.1"),
    ("tcgAttestationKey", "2.23.133.8.3"),
    ("mobileDrivingLicence", "1.0.18013.5.1.2"),
    ("precertificateSigning", "1.3.6.1.4.1.11129.2.4.4"),
];
