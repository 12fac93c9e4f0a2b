//! Which fields of a request are files: the shell exchanges the page's handles for paths before a request goes on.

use super::*;
use crate::text::FilePath;

/// A request, by the files in it.
pub trait WithPaths {
    /// Every file or folder that the request names.
    fn paths_mut(&mut self) -> Vec<&mut FilePath> {
        Vec::new()
    }
}

macro_rules! without_paths {
    ($($name:ident),* $(,)?) => { $(impl WithPaths for $name {})* };
}

macro_rules! with_paths {
    ($($name:ident: $($field:ident),*;)*) => {$(
        impl WithPaths for $name {
            fn paths_mut(&mut self) -> Vec<&mut FilePath> {
                let mut paths = Vec::new();
                $(paths.extend(&mut self.$field);)*
                paths
            }
        }
    )*};
}

without_paths! {
    UndoPlanned, UndoDone, TrashRestore, AuthoritySet, CertificatesFiled, CertificatesTagged,
    Nothing, KeyList, KeyNamed, KeyRepair, KeyCopy, RegistryPassphrase, RegistryMoveKeys, PassphraseMeter, PassphraseCopy, PassphraseGenerate, RegistryUnlock, RegistryCheck, TaskNamed, AuthorityCreate, AuthorityNamed, CertificateDraft, CertificateList, CertificateNamed,
    CertificateRevoke, NamesRecognise, RequestList, RequestShow, RequestNamed, RequestReject, IssueManyResume, CrlBuild, CrlDecline, AuditList, AuditNamed, ProfileNamed, ProfileSet, PolicySet,
    CertificateRenewal, AuthorityRenewal, AuthorityRenew, AuthorityRetire, AuthorityRequest, CrlsOf, CertificateRelease, ImportItems,
    SourceNamed, SourceRefresh, SourceCertificates, SourcePage, SourceRevoked, SourceRemove,
}

with_paths! {
    CertificateVerify: path, trust, untrusted, crls;
    RequestRead: path;
    RegistryDrill: path;
    CertificateAsn1: path;
    CertificateCompare: one_path, other_path;
    CrlShow: path;
    CrlDiff: path, other_path;
    KeyCompromised: path;
    CrossSigning: path;
    AuthorityInstall: path;
    ImportFiles: paths;
    RequestAdd: paths;
    ManyDraft: csv, csr_folder;
    SourceCreate: path, signers;
    SourceDiff: path;
    FileShow: path;
}

macro_rules! with_one_path {
    ($($name:ident.$field:ident),* $(,)?) => {$(
        impl WithPaths for $name {
            fn paths_mut(&mut self) -> Vec<&mut FilePath> {
                vec![&mut self.$field]
            }
        }
    )*};
}

with_one_path! {
    RegistryOpen.path, RegistryBackup.out, RecoveryCreate.path, RecoveryFile.path, RecoveryRestore.path, CertificateInFile.path, CertificateExport.out, CrlExport.out, CrlInstall.path,
    AuditExport.out, KeyExport.out, AuthorityExport.out, CertificatesExport.out, ImportKeep.out, SourceExport.out,
}

impl WithPaths for SettingsSet {
    fn paths_mut(&mut self) -> Vec<&mut FilePath> {
        self.changes.iter_mut().filter_map(|change| change.path.as_mut()).collect()
    }
}

impl WithPaths for RegistryRestore {
    fn paths_mut(&mut self) -> Vec<&mut FilePath> {
        [&mut self.path, &mut self.to].into_iter().chain(&mut self.crls).collect()
    }
}

impl WithPaths for RegistryCreate {
    fn paths_mut(&mut self) -> Vec<&mut FilePath> {
        std::iter::once(&mut self.path).chain(&mut self.recovery_file).collect()
    }
}

impl WithPaths for AuthorityCsr {
    fn paths_mut(&mut self) -> Vec<&mut FilePath> {
        self.out.iter_mut().collect()
    }
}

impl WithPaths for AuthorityCrossSign {
    fn paths_mut(&mut self) -> Vec<&mut FilePath> {
        self.signing.path.iter_mut().chain(std::iter::once(&mut self.out)).collect()
    }
}

impl WithPaths for ManyFailures {
    fn paths_mut(&mut self) -> Vec<&mut FilePath> {
        let mut paths = self.draft.paths_mut();
        paths.push(&mut self.out);
        paths
    }
}

impl WithPaths for IssueMany {
    fn paths_mut(&mut self) -> Vec<&mut FilePath> {
        let mut paths = self.draft.paths_mut();
        paths.push(&mut self.out);
        paths
    }
}

impl WithPaths for CertificateIssue {
    fn paths_mut(&mut self) -> Vec<&mut FilePath> {
        self.hand_over.iter_mut().map(|hand_over| &mut hand_over.out).collect()
    }
}
