//! What an import found, and what became of it: every object of the input is accounted for.

use std::sync::Arc;

use pki::Fingerprint;

/// What kind of place objects came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    /// The folder of a CA that `openssl ca` keeps: index, serial numbers, certificates.
    OpensslCa,
    /// The `pki` folder of easy-rsa 3.
    EasyRsa,
    /// A database of XCA.
    Xca,
    /// A registry of `tiny_ca` with its folders.
    TinyCa,
    /// A folder of files.
    Folder,
    /// A file.
    File,
    /// Pasted text.
    Text,
}

impl SourceKind {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpensslCa => "openssl-ca",
            Self::EasyRsa => "easy-rsa",
            Self::Xca => "xca",
            Self::TinyCa => "tiny-ca",
            Self::Folder => "folder",
            Self::File => "file",
            Self::Text => "text",
        }
    }
}

/// Where objects came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What it is.
    pub kind: SourceKind,
    /// The file or folder.
    pub path: String,
}

impl Source {
    /// The last part of its path.
    pub fn name(&self) -> &str {
        let trimmed = self.path.trim_end_matches(['/', '\\']);
        trimmed.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(&self.path)
    }
}

/// What kind of thing an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectKind {
    /// A certificate.
    Certificate,
    /// A private key.
    Key,
    /// A certificate signing request.
    Request,
    /// A certificate revocation list.
    Crl,
    /// A revocation that stands in an index or a database, not on a list.
    Revocation,
    /// A template.
    Profile,
    /// Something that could not be read far enough to say.
    Unknown,
}

impl ObjectKind {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Key => "key",
            Self::Request => "request",
            Self::Crl => "crl",
            Self::Revocation => "revocation",
            Self::Profile => "profile",
            Self::Unknown => "unknown",
        }
    }
}

/// Why an object cannot be taken, what two sources say of it, or why it stays behind. The words stand in the catalogue under the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A stable code.
    pub code: &'static str,
    /// The values that the words use.
    pub fields: Vec<(&'static str, String)>,
}

impl Refusal {
    /// One without values.
    pub(crate) fn plain(code: &'static str) -> Self {
        Self { code, fields: Vec::new() }
    }
}

/// What becomes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Not in the registry: it would be, or was, taken.
    New,
    /// In the registry already, or twice in the input.
    Known,
    /// Two sources say different things of it; the words say what was decided.
    Conflicting(Refusal),
    /// It holds nothing that an authority needs.
    Skipped(Refusal),
    /// Left out on request.
    LeftOut,
    /// It cannot be taken.
    Refused(Refusal),
}

/// What is remarkable about an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// A CA certificate whose key comes with it: an authority that can issue.
    AuthorityWithKey,
    /// A CA certificate without key that issued something here: an authority whose key is elsewhere.
    AuthorityWithoutKey,
    /// A certificate whose issuer is not known here.
    IssuerUnknown,
    /// A private key that goes with a certificate.
    KeyOfCertificate,
    /// A private key of an authority.
    KeyOfAuthority,
    /// A private key without certificate; it is kept sealed.
    KeyAlone,
    /// A revocation list of an authority.
    CrlOfAuthority,
    /// A revocation of a serial number whose certificate is not at hand.
    SerialOnly,
    /// A template that a profile expresses in part only.
    ProfileInPart,
    /// Nothing.
    None,
}

impl Remark {
    /// Its code in the catalogue; empty for nothing.
    pub fn code(self) -> &'static str {
        match self {
            Self::AuthorityWithKey => "authority-with-key",
            Self::AuthorityWithoutKey => "authority-without-key",
            Self::IssuerUnknown => "issuer-unknown",
            Self::KeyOfCertificate => "key-of-certificate",
            Self::KeyOfAuthority => "key-of-authority",
            Self::KeyAlone => "key-alone",
            Self::CrlOfAuthority => "crl-of-authority",
            Self::SerialOnly => "serial-only",
            Self::ProfileInPart => "profile-in-part",
            Self::None => "",
        }
    }
}

/// One object of the input and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportItem {
    /// The file; many objects may share one.
    pub path: Arc<str>,
    /// The place of its source in [`Report::sources`].
    pub source: usize,
    /// Which object in it, and what it is called.
    pub object: String,
    /// What it is.
    pub kind: ObjectKind,
    /// What becomes of it.
    pub outcome: Outcome,
    /// What is remarkable about it.
    pub remark: Remark,
    /// Its id in the registry.
    pub id: Option<String>,
}

/// A locked object that no password opened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Locked {
    /// The file.
    pub path: String,
    /// Which object in it; empty for the whole file.
    pub object: String,
    /// Whether passwords were tried on it.
    pub tried: bool,
}

/// An authority that comes without its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMissing {
    /// What its certificate calls it.
    pub name: String,
    /// The key.
    pub key: Fingerprint,
    /// The file with its certificate; empty if only the registry has it.
    pub path: String,
}

/// A template of another program that became a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenProfile {
    /// The profile's name here.
    pub name: String,
    /// What the template was called.
    pub template: String,
    /// The file.
    pub path: String,
    /// What the template says that a profile cannot.
    pub left_behind: Vec<String>,
}

/// Something that was understood and has no place here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotCarried {
    /// The file.
    pub path: String,
    /// What it is called there.
    pub object: String,
    /// Why.
    pub why: Refusal,
}

/// What an import found, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Where the objects came from.
    pub sources: Vec<Source>,
    /// Every object.
    pub items: Vec<ReportItem>,
    /// Files that hold nothing known.
    pub skipped: Vec<String>,
    /// Revocations that were, or would be, taken: from lists, indexes and databases.
    pub revocations: u32,
    /// Revocations in the input that are known already.
    pub revocations_known: u32,
    /// Revocations of those taken whose certificate is not at hand.
    pub revocations_without_certificate: u32,
    /// Locked objects that no password opened.
    pub locked: Vec<Locked>,
    /// Authorities that come without their keys.
    pub keys_missing: Vec<KeyMissing>,
    /// Templates that became profiles.
    pub profiles: Vec<TakenProfile>,
    /// What was understood and stays behind.
    pub not_carried: Vec<NotCarried>,
}

impl Report {
    /// How many objects of a kind had an outcome.
    pub fn count(&self, kind: ObjectKind, outcome: &Outcome) -> usize {
        self.items.iter().filter(|item| item.kind == kind && item.outcome == *outcome).count()
    }

    /// Whether anything was refused.
    pub fn any_refused(&self) -> bool {
        self.items.iter().any(|item| matches!(item.outcome, Outcome::Refused(_)))
    }

    /// The files with locked objects, each once.
    pub fn locked_paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = Vec::new();
        for locked in &self.locked {
            if !paths.contains(&locked.path) {
                paths.push(locked.path.clone());
            }
        }
        paths
    }
}
