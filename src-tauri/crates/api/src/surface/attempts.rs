//! Every command that changes, exports or takes a secret, under the name that its refusal has in the log: who tried, what, and why not.
//!
//! What succeeds writes its row in the transaction of the change itself; what is refused changed nothing, and its row is all that it leaves. Not in
//! the log: what names nothing that is there, what the command line's own grammar refuses, and what the registry file itself cannot take in.

use std::io::Write;

use authority::refusal::Refusal;
use authority::registry::RegistryError;
use authority::session::Session;

use super::{Surface, named};
use crate::request::*;
use crate::view::*;
use crate::words;
use crate::{ApiError, ErrorCode};

/// What an attempt is made on, as the request names it.
enum Subject<'a> {
    /// The registry as a whole.
    Registry,
    /// An authority.
    Authority(&'a str),
    /// A certificate.
    Certificate(&'a str),
    /// Anything else, by its name.
    Named(&'a str),
}

/// A subject as it stands in the log.
struct Known {
    id: String,
    name: Option<String>,
}

impl Subject<'_> {
    /// Read before the attempt is made. What cannot be found stands there as it was given.
    fn known(&self, session: &Session) -> Known {
        let found = match self {
            Self::Registry => Some((session.id().to_string(), None)),
            Self::Authority(text) => {
                session.registry().read(|tx| named::authority(tx, text)).ok().map(|row| (row.id.to_string(), Some(row.name)))
            }
            Self::Certificate(text) => session
                .registry()
                .read(|tx| named::certificate(tx, text))
                .ok()
                .map(|row| (row.id.to_string(), Some(row.facts.display_name))),
            Self::Named(_) => None,
        };
        match (found, self) {
            (Some((id, name)), _) => Known { id, name },
            (None, Self::Authority(text) | Self::Certificate(text) | Self::Named(text)) => Known { id: (*text).to_owned(), name: None },
            (None, Self::Registry) => Known { id: String::new(), name: None },
        }
    }
}

/// Whether an error says no to what was attempted: a rule, a lint, a policy, a lock, a wrong secret, a key that is not there, an input that cannot
/// be what it claims to be.
pub fn is_refusal(code: ErrorCode) -> bool {
    matches!(code.exit_status(), 4 | 5)
        || matches!(
            code,
            ErrorCode::ConfirmationWrong
                | ErrorCode::PasswordRequired
                | ErrorCode::BadSubject
                | ErrorCode::BadName
                | ErrorCode::BadSerial
                | ErrorCode::BadUrl
                | ErrorCode::KeyStoreFailed
                | ErrorCode::NotAnObject
                | ErrorCode::FileEmpty
                | ErrorCode::FileTruncated
                | ErrorCode::FileDamaged
        )
}

macro_rules! attempts {
    ($($(#[doc = $doc:literal])* $name:ident as $attempt:literal on $of:expr => $inner:ident($request:ident) -> $response:ty;)*) => {
        /// The commands whose refusals are in the log, and what they are called there.
        pub const ATTEMPTS: &[(&str, &str)] = &[$((stringify!($name), $attempt)),*];

        impl Surface {
            $(
                $(#[doc = $doc])*
                pub fn $name(&self, request: $request) -> Result<$response, ApiError> {
                    let subject: fn(&$request) -> Subject<'_> = $of;
                    let known = self.known(&subject(&request));
                    self.noting($attempt, known, || self.$inner(request))
                }
            )*
        }
    };
}

attempts! {
    /// Makes the keys usable.
    ///
    /// # Errors
    /// A wrong passphrase, or a keyring that is locked or cannot be reached.
    registry_unlock as "registry.unlock" on |_| Subject::Registry => try_registry_unlock(RegistryUnlock) -> RegistryStatus;
    /// Checks the file, and every row against the certificate it holds.
    ///
    /// # Errors
    /// When the registry cannot be read at all, or repair was asked for where nothing can be written.
    registry_check as "registry.check" on |_| Subject::Registry => try_registry_check(RegistryCheck) -> CheckView;
    /// Makes a backup.
    ///
    /// # Errors
    /// When a file is in the way, the disk is full, or the copy does not open.
    registry_backup as "registry.back-up" on |_| Subject::Registry => try_registry_backup(RegistryBackup) -> BackupView;
    /// Makes the recovery file.
    ///
    /// # Errors
    /// When one was made before, or a file is in the way.
    recovery_file_create as "recovery-file.create" on |_| Subject::Registry => try_recovery_file_create(RecoveryCreate) -> RecoveryView;
    /// Opens the recovery file and every key sealed to it, and forgets them again.
    ///
    /// # Errors
    /// A wrong passphrase, or a file of another registry.
    recovery_file_test as "recovery-file.test" on |_| Subject::Registry => try_recovery_file_test(RecoveryFile) -> RecoveryView;
    /// Puts keys back that keyring or vault have lost, or all of them into a new vault.
    ///
    /// # Errors
    /// As for the test, or the key store's refusal.
    recovery_file_restore as "recovery-file.restore" on |_| Subject::Registry => try_recovery_file_restore(RecoveryRestore) -> RecoveryView;
    /// Creates an authority and its certificate.
    ///
    /// # Errors
    /// When the wish is refused or the key cannot be made.
    authority_create as "authority.create" on |request| Subject::Named(&request.name) => try_authority_create(AuthorityCreate) -> AuthorityView;
    /// Renews an authority: a new certificate for its key, or a new key under its name.
    ///
    /// # Errors
    /// When what was typed to confirm is not what was asked for, the wish is refused, or a key is not at hand.
    authority_renew as "authority.renew" on |request| Subject::Authority(&request.renewal.authority) => try_authority_renew(AuthorityRenew) -> AuthorityRenewedView;
    /// Makes an authority that waits for its certificate from elsewhere, and the request for it.
    ///
    /// # Errors
    /// When the wish is refused or the key cannot be made.
    authority_request as "authority.request" on |request| Subject::Named(&request.name) => try_authority_request(AuthorityRequest) -> AuthorityCsrView;
    /// Gives the request of an authority's key, made if there is none, and writes it.
    ///
    /// # Errors
    /// When the key is not at hand, a new one cannot be made, or the file cannot be written.
    authority_csr as "authority.csr" on |request| Subject::Authority(&request.authority) => try_authority_csr(AuthorityCsr) -> AuthorityCsrView;
    /// Installs the certificate that answers an authority's request.
    ///
    /// # Errors
    /// When it is not what was asked for, or its issuers do not vouch for it.
    authority_install as "authority.install" on |request| Subject::Authority(&request.authority) => try_authority_install(AuthorityInstall) -> AuthorityInstalledView;
    /// Signs the key of another authority.
    ///
    /// # Errors
    /// When what was typed to confirm is not what was asked for, the wish is refused, or the file cannot be written.
    authority_cross_sign as "authority.cross-sign" on |request| Subject::Authority(&request.signing.authority) => try_authority_cross_sign(AuthorityCrossSign) -> CrossSignedView;
    /// Retires an authority: it issues nothing more, and its CRLs go on.
    ///
    /// # Errors
    /// When its name was not typed to confirm, or it is retired already.
    authority_retire as "authority.retire" on |request| Subject::Authority(&request.authority) => try_authority_retire(AuthorityRetire) -> AuthorityRef;
    /// Puts an own profile into use, as a new version.
    ///
    /// # Errors
    /// When it is not sound, or has the name of a built-in one.
    profile_set as "profile.set" on |_| Subject::Named("") => try_profile_set(ProfileSet) -> ProfileDetail;
    /// Takes an own profile out of use. Certificates issued under it keep it on record.
    ///
    /// # Errors
    /// When there is none of this name, or it is built in.
    profile_remove as "profile.remove" on |request| Subject::Named(&request.profile) => try_profile_remove(ProfileNamed) -> Done;
    /// Puts a policy into force for an authority, as a new version.
    ///
    /// # Errors
    /// When it is not sound.
    policy_set as "policy.set" on |request| Subject::Authority(&request.authority) => try_policy_set(PolicySet) -> PolicyView;
    /// Issues a certificate, and hands it over with its key.
    ///
    /// # Errors
    /// When the wish is refused, the key is not at hand, or a file is in the way.
    certificate_issue as "certificate.issue" on |request| Subject::Authority(&request.draft.authority) => try_certificate_issue(CertificateIssue) -> IssuedView;
    /// Revokes certificates, all or none.
    ///
    /// # Errors
    /// When the confirmation is not what was asked for, or one of them cannot be revoked.
    certificate_revoke as "certificate.revoke" on |request| Subject::Certificate(request.certificates.first().map_or("", String::as_str)) => try_certificate_revoke(CertificateRevoke) -> RevokedView;
    /// Lifts the holds of certificates, all or none.
    ///
    /// # Errors
    /// When one of them is not held.
    certificate_release as "certificate.release" on |request| Subject::Certificate(request.certificates.first().map_or("", String::as_str)) => try_certificate_release(CertificateRelease) -> RevokedView;
    /// Revokes every certificate of a key that is in other hands, all or none; or only says which.
    ///
    /// # Errors
    /// When no certificate of it is known, the confirmation is not what was asked for, or one of them cannot be revoked.
    key_compromised as "key.compromise" on |request| Subject::Named(request.key.as_deref().unwrap_or("")) => try_key_compromised(KeyCompromised) -> CompromiseView;
    /// Writes a certificate or its chain into a file.
    ///
    /// # Errors
    /// When there is no such form, or the file cannot be written.
    certificate_export as "certificate.export" on |request| Subject::Certificate(&request.certificate) => try_certificate_export(CertificateExport) -> ExportView;
    /// Issues a new CRL.
    ///
    /// # Errors
    /// When the authority cannot sign one now. The one before stays current.
    crl_build as "crl.build" on |request| Subject::Authority(&request.authority) => try_crl_build(CrlBuild) -> CrlView;
    /// Writes a CRL into a file; builds it first where none is current.
    ///
    /// # Errors
    /// When it must be built and cannot, or the file cannot be written.
    crl_export as "crl.export" on |request| Subject::Authority(&request.authority) => try_crl_export(CrlExport) -> ExportView;
    /// Takes in a CRL that an authority issued elsewhere.
    ///
    /// # Errors
    /// When the authority did not sign it.
    crl_install as "crl.install" on |request| Subject::Authority(&request.authority) => try_crl_install(CrlInstall) -> CrlInstalled;
    /// Takes everything that can be taken, in one transaction.
    ///
    /// # Errors
    /// As for the plan; when something is locked and no password opens it; when the keystore refuses a CA key. Nothing was taken then.
    import_run as "import.run" on |_| Subject::Registry => try_import_run(ImportFiles) -> ImportReport;
    /// Makes a source and takes in what is there.
    ///
    /// # Errors
    /// When it cannot be fetched, believed or read: no source was made then.
    source_create as "source.create" on |request| Subject::Named(&request.name) => try_source_create(SourceCreate) -> SourceRefreshed;
    /// Fetches, verifies, and replaces the content of a source as one.
    ///
    /// # Errors
    /// When it cannot be fetched, believed or read, is empty, or shrinks; the source has what it had then.
    source_refresh as "source.refresh" on |request| Subject::Named(&request.source) => try_source_refresh(SourceRefresh) -> SourceRefreshed;
    /// Writes what a source holds into a file.
    ///
    /// # Errors
    /// When there is no such source, or the file cannot be written.
    source_export as "source.export" on |request| Subject::Named(&request.source) => try_source_export(SourceExport) -> ExportView;
    /// Removes a source with everything that only it holds.
    ///
    /// # Errors
    /// When its name was not typed to confirm, or there is no such source.
    source_remove as "source.remove" on |request| Subject::Named(&request.source) => try_source_remove(SourceRemove) -> Done;
    /// Asks a task to stop, in whichever program it runs; what it did so far is undone.
    ///
    /// # Errors
    /// When there is no such task, or it has ended.
    task_cancel as "task.cancel" on |request| Subject::Named(&request.task) => try_task_cancel(TaskNamed) -> Done;
    /// Does a task again that came to no end.
    ///
    /// # Errors
    /// When there is no such task, it cannot be done again by itself, or it fails again.
    task_resume as "task.resume" on |request| Subject::Named(&request.task) => try_task_resume(TaskNamed) -> TaskView;
    /// Changes settings: all that are named, or none.
    ///
    /// # Errors
    /// When a name is unknown, or a value is none that the setting can have.
    settings_set as "setting.set" on |_| Subject::Registry => try_settings_set(SettingsSet) -> SettingList;
    /// Takes requests into the inbox.
    ///
    /// # Errors
    /// When a path cannot be read, or the registry cannot be written; what cannot be taken is said with each.
    request_add as "request.add" on |_| Subject::Registry => try_request_add(RequestAdd) -> RequestsAdded;
    /// Turns an open request down.
    ///
    /// # Errors
    /// When there is no such request, or it is not open.
    request_reject as "request.reject" on |request| Subject::Named(&request.request) => try_request_reject(RequestReject) -> RequestEntry;
    /// Puts a request that was turned down back among the open ones.
    ///
    /// # Errors
    /// When there is no such request, or it was not turned down.
    request_reopen as "request.reopen" on |request| Subject::Named(&request.request) => try_request_reopen(RequestNamed) -> RequestEntry;
    /// Goes on without the newest published CRL of an authority that a restored registry waits for.
    ///
    /// # Errors
    /// When the authority's name was not typed to confirm, or nothing can be written.
    crl_decline as "crl.decline" on |request| Subject::Authority(&request.authority) => try_crl_decline(CrlDecline) -> RegistryStatus;
    /// Repairs a key that is not as it should be.
    ///
    /// # Errors
    /// When there is no such key, or the repair does not fit its state.
    key_repair as "key.repair" on |request| Subject::Named(&request.key) => try_key_repair(KeyRepair) -> KeyRepaired;
    /// Writes a private key into a file. The row of the log comes first.
    ///
    /// # Errors
    /// When what guards it was not given, or the file is in the way or cannot be written.
    key_export as "key.export" on |request| Subject::Certificate(&request.certificate) => try_key_export(KeyExport) -> ExportView;
    /// Puts a private key on the clipboard; its text never reaches the page. The row of the log comes first.
    ///
    /// # Errors
    /// As [`Surface::key_export`], or when the clipboard refuses.
    key_copy as "key.export" on |request| Subject::Certificate(&request.certificate) => try_key_copy(KeyCopy) -> ClipboardView;
    /// Changes the passphrase of the vault.
    ///
    /// # Errors
    /// When the present one is wrong, or the vault cannot be written.
    registry_passphrase as "registry.passphrase" on |_| Subject::Registry => try_registry_passphrase(RegistryPassphrase) -> RegistryStatus;
    /// Moves all keys to the other kind of store.
    ///
    /// # Errors
    /// When a key cannot be read, written or proved; the keys stay where they were then.
    registry_move_keys as "registry.move-keys" on |_| Subject::Registry => try_registry_move_keys(RegistryMoveKeys) -> KeysMoved;
    /// Writes the whole log into a file, JSON lines that a stranger can verify (SECURITY.md shows how).
    ///
    /// # Errors
    /// When the log cannot be read, or the file is in the way or cannot be written.
    audit_export as "audit.export" on |_| Subject::Registry => try_audit_export(AuditExport) -> AuditExported;
}

impl Surface {
    /// Issues a certificate and writes it, and its key, to a stream: nothing touches a file.
    ///
    /// # Errors
    /// As [`Surface::certificate_issue`].
    pub fn certificate_issue_to(&self, request: CertificateIssue, out: &mut dyn Write) -> Result<IssuedView, ApiError> {
        let known = self.known(&Subject::Authority(&request.draft.authority));
        self.noting("certificate.issue", known, || self.try_certificate_issue_to(request, out))
    }

    /// As [`Surface::issue_many_run`]; `progress` hears how many of how many rows are done.
    ///
    /// # Errors
    /// As there.
    pub fn issue_many(&self, request: IssueMany, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<ManyReport, ApiError> {
        let known = self.known(&Subject::Registry);
        self.noting("certificate.issue-many", known, || self.try_issue_many(request, progress))
    }

    /// As [`Surface::issue_many_resume`]; `progress` hears how many of how many rows are done.
    ///
    /// # Errors
    /// As there.
    pub fn issue_many_go_on(&self, request: IssueManyResume, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<ManyReport, ApiError> {
        let known = self.known(&Subject::Named(&request.task));
        self.noting("certificate.issue-many", known, || self.try_issue_many_go_on(request, progress))
    }

    fn known(&self, subject: &Subject<'_>) -> Option<Known> {
        self.current().map(|session| subject.known(&session))
    }

    /// Makes an attempt. A refusal leaves a row; who holds the registry is said with an error of its being busy.
    fn noting<T>(&self, attempt: &str, subject: Option<Known>, work: impl FnOnce() -> Result<T, ApiError>) -> Result<T, ApiError> {
        let outcome = work().map_err(|error| match (error.code, self.current()) {
            (ErrorCode::RegistryBusy, Some(session)) if !error.fields.contains_key("holder") => match session.registry().lock_holder() {
                Some(holder) => error.with("holder", holder),
                None => error,
            },
            _ => error,
        });
        if let (Err(error), Some(session), Some(subject)) = (&outcome, self.current(), subject)
            && is_refusal(error.code)
            && !session.registry().read_only()
            && let Err(unsaid) = note(&session, attempt, &subject, error)
        {
            // What was refused stays refused; that it could not be written down is for the log of the program.
            tracing::warn!(%unsaid, attempt, code = error.code.as_str(), "a refusal could not be put into the audit log");
        }
        outcome
    }
}

fn note(session: &Session, attempt: &str, subject: &Known, error: &ApiError) -> Result<u64, RegistryError> {
    let fields: Vec<_> = error.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    session.note_refusal(&Refusal {
        attempt,
        subject: &subject.id,
        name: subject.name.as_deref(),
        code: error.code.as_str(),
        fields: &fields,
        why: &words::error(error).title,
    })
}
