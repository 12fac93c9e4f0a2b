//! The list of commands, once: name, request, response. Shell, permissions, page and command line are compared with it.

use crate::request::*;
use crate::view::*;

macro_rules! commands {
    ($($name:ident ($request:ident) -> $response:ident $(<$item:ident>)?;)*) => {
        /// The names of all commands that cross IPC.
        pub const COMMANDS: &[&str] = &[$(stringify!($name)),*];

        /// The commands as TypeScript: name, request type, response type.
        pub fn typescript_signatures() -> Vec<(&'static str, String, String)> {
            let config = ts_rs::Config::new();
            vec![$((
                stringify!($name),
                <$request as ts_rs::TS>::name(&config),
                <$response$(<$item>)? as ts_rs::TS>::name(&config),
            )),*]
        }

        /// Writes every type that crosses as TypeScript into `folder`.
        ///
        /// # Errors
        /// When a file cannot be written.
        pub fn export_typescript(folder: &std::path::Path) -> Result<(), ts_rs::ExportError> {
            let config = ts_rs::Config::new().with_out_dir(folder);
            $(<$request as ts_rs::TS>::export_all(&config)?;
            <$response$(<$item>)? as ts_rs::TS>::export_all(&config)?;)*
            <crate::ApiError as ts_rs::TS>::export_all(&config)
        }
    };
}

commands! {
    registry_create(RegistryCreate) -> RegistryStatus;
    registry_open(RegistryOpen) -> RegistryStatus;
    registry_close(Nothing) -> Done;
    registry_status(Nothing) -> RegistryStatus;
    registry_unlock(RegistryUnlock) -> RegistryStatus;
    registry_lock(Nothing) -> RegistryStatus;
    registry_passphrase(RegistryPassphrase) -> RegistryStatus;
    registry_move_keys(RegistryMoveKeys) -> KeysMoved;
    lock_show(Nothing) -> LockView;
    lock_touch(Nothing) -> LockView;
    keyring_cancel(Nothing) -> Done;
    key_list(KeyList) -> KeyListing;
    key_show(KeyNamed) -> KeyStandingView;
    key_repair(KeyRepair) -> KeyRepaired;
    key_export(KeyExport) -> ExportView;
    key_copy(KeyCopy) -> ClipboardView;
    passphrase_copy(PassphraseCopy) -> ClipboardView;
    clipboard_show(Nothing) -> ClipboardView;
    clipboard_clear(Nothing) -> ClipboardView;
    passphrase_meter(PassphraseMeter) -> StrengthView;
    passphrase_generate(PassphraseGenerate) -> GeneratedPassphrase;
    registry_check(RegistryCheck) -> CheckView;
    registry_history(Nothing) -> RegistryHistory;
    registry_backup(RegistryBackup) -> BackupView;
    registry_backups(Nothing) -> BackupList;
    registry_undo_plan(UndoPlanned) -> UndoView;
    registry_undo(UndoDone) -> UndoView;
    trash_list(Nothing) -> TrashList;
    trash_restore(TrashRestore) -> TrashList;
    registry_drill(RegistryDrill) -> DrillView;
    registry_restore(RegistryRestore) -> RestoreView;
    settings_list(Nothing) -> SettingList;
    settings_set(SettingsSet) -> SettingList;
    recovery_file_create(RecoveryCreate) -> RecoveryView;
    recovery_file_test(RecoveryFile) -> RecoveryView;
    recovery_file_restore(RecoveryRestore) -> RecoveryView;
    authority_create(AuthorityCreate) -> AuthorityView;
    authority_list(Nothing) -> AuthorityList;
    authority_show(AuthorityNamed) -> AuthorityView;
    authority_set(AuthoritySet) -> AuthorityView;
    authority_request(AuthorityRequest) -> AuthorityCsrView;
    authority_csr(AuthorityCsr) -> AuthorityCsrView;
    authority_install(AuthorityInstall) -> AuthorityInstalledView;
    authority_cross_signing(CrossSigning) -> CrossSigningView;
    authority_cross_sign(AuthorityCrossSign) -> CrossSignedView;
    authority_retire(AuthorityRetire) -> AuthorityRef;
    authority_impact(AuthorityNamed) -> ImpactView;
    authority_renewal(AuthorityRenewal) -> AuthorityRenewalView;
    authority_renew(AuthorityRenew) -> AuthorityRenewedView;
    profile_list(Nothing) -> ProfileList;
    profile_show(ProfileNamed) -> ProfileDetail;
    profile_check(ProfileSet) -> ProfileChecked;
    profile_set(ProfileSet) -> ProfileDetail;
    profile_remove(ProfileNamed) -> Done;
    policy_show(AuthorityNamed) -> PolicyView;
    policy_set(PolicySet) -> PolicyView;
    names_recognise(NamesRecognise) -> RecognisedNames;
    request_read(RequestRead) -> RequestView;
    request_add(RequestAdd) -> RequestsAdded;
    request_list(RequestList) -> Page<RequestEntry>;
    request_show(RequestShow) -> RequestDetail;
    request_reject(RequestReject) -> RequestEntry;
    request_reopen(RequestNamed) -> RequestEntry;
    certificate_preview(CertificateDraft) -> CertificatePreview;
    certificate_issue(CertificateIssue) -> IssuedView;
    certificate_renewal(CertificateRenewal) -> CertificateDraft;
    certificate_compare(CertificateCompare) -> ComparisonView;
    issue_many_check(ManyDraft) -> ManyTable;
    issue_many_failures(ManyFailures) -> ExportView;
    issue_many_run(IssueMany) -> ManyReport;
    issue_many_resume(IssueManyResume) -> ManyReport;
    certificate_list(CertificateList) -> Page<CertificateView>;
    certificate_show(CertificateNamed) -> CertificateDetail;
    certificate_in_file(CertificateInFile) -> CertificateDetail;
    file_show(FileShow) -> OpenedFile;
    certificate_asn1(CertificateAsn1) -> Asn1View;
    certificate_verify(CertificateVerify) -> VerifyView;
    certificate_revoke(CertificateRevoke) -> RevokedView;
    certificate_release(CertificateRelease) -> RevokedView;
    key_compromised(KeyCompromised) -> CompromiseView;
    certificate_archive(CertificatesFiled) -> Done;
    certificate_tag(CertificatesTagged) -> Done;
    certificate_tags(Nothing) -> TagList;
    certificate_export(CertificateExport) -> ExportView;
    certificates_export(CertificatesExport) -> ListExportView;
    authority_export(AuthorityExport) -> FolderExportView;
    crl_build(CrlBuild) -> CrlView;
    crl_show(CrlShow) -> CrlView;
    crl_list(CrlsOf) -> CrlList;
    crl_events(CrlsOf) -> CrlEventList;
    crl_diff(CrlDiff) -> CrlDifferenceView;
    crl_export(CrlExport) -> ExportView;
    crl_install(CrlInstall) -> CrlInstalled;
    crl_decline(CrlDecline) -> RegistryStatus;
    import_plan(ImportFiles) -> ImportReport;
    import_progress(Nothing) -> ImportProgress;
    import_stop(Nothing) -> Done;
    import_run(ImportFiles) -> ImportReport;
    import_items(ImportItems) -> Page<ImportItem>;
    import_keep(ImportKeep) -> ExportView;
    source_create(SourceCreate) -> SourceRefreshed;
    source_refresh(SourceRefresh) -> SourceRefreshed;
    source_diff(SourceDiff) -> SourceDifference;
    source_list(Nothing) -> SourceList;
    source_show(SourceNamed) -> SourceDetail;
    source_certificates(SourceCertificates) -> Page<SourceCertificate>;
    source_crls(SourcePage) -> Page<SourceCrl>;
    source_revoked(SourceRevoked) -> Page<SourceRevokedEntry>;
    source_quarantine(SourcePage) -> Page<SourceQuarantined>;
    source_events(SourcePage) -> Page<SourceEvent>;
    source_export(SourceExport) -> ExportView;
    source_remove(SourceRemove) -> Done;
    audit_list(AuditList) -> AuditPage;
    audit_show(AuditNamed) -> AuditEntry;
    audit_facets(Nothing) -> AuditFacets;
    audit_verify(Nothing) -> AuditVerified;
    audit_export(AuditExport) -> AuditExported;
    overview(Nothing) -> Overview;
    doctor(Nothing) -> DoctorView;
    clock_confirm(Nothing) -> DoctorView;
    task_list(Nothing) -> TaskList;
    task_show(TaskNamed) -> TaskView;
    task_cancel(TaskNamed) -> Done;
    task_resume(TaskNamed) -> TaskView;
}
