// The words that the form offers. The core knows more of some of them: those can be typed.

/** Attribute types of subjects. */
export const ATTRIBUTES = ["CN", "O", "OU", "C", "L", "ST", "STREET", "postalCode", "serialNumber", "GN", "SN", "title", "UID", "DC", "emailAddress", "organizationIdentifier"];

/** Forms of alternative names. */
export const NAME_KINDS = ["dns", "ip", "email", "uri", "upn", "dir", "rid", "other"];

/** Kinds of keys that can be made. */
export const KEYS = ["ec-p256", "ec-p384", "ec-p521", "rsa-2048", "rsa-3072", "rsa-4096", "rsa-pss-3072", "ed25519"];

/** Key usages of leaves; those of authorities are added where a profile makes authorities. */
export const USAGES = ["digitalSignature", "contentCommitment", "keyEncipherment", "dataEncipherment", "keyAgreement", "encipherOnly", "decipherOnly"];
export const AUTHORITY_USAGES = ["keyCertSign", "cRLSign"];

/** Extended key usages that most people come for. */
export const PURPOSES = ["serverAuth", "clientAuth", "codeSigning", "emailProtection", "timeStamping", "OCSPSigning", "ipsecIKE", "documentSigning", "smartcardLogon", "eapOverLAN"];

/** Further ones that have names. */
export const MORE_PURPOSES = ["anyExtendedKeyUsage", "ipsecEndSystem", "ipsecTunnel", "ipsecUser", "eapOverPPP", "scvpServer", "scvpClient", "secureShellClient", "secureShellServer", "sipDomain", "rpcTLSClient", "rpcTLSServer", "pkinitClientAuth", "kdc"];

/** Extensions of requests that are understood by name. */
export const HONOURED = ["keyUsage", "extKeyUsage", "tlsfeature"];
