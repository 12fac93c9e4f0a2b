//! The core as this program calls it.

use api::request::*;
use api::view::*;
use api::{ApiError, ErrorCode};

/// Stands in until the surface of the core is there.
pub(crate) struct Surface;

pub(crate) fn surface() -> Surface {
    Surface
}

macro_rules! calls {
    ($($name:ident($request:ty) -> $response:ty;)*) => {
        impl Surface {
            $(pub(crate) fn $name(&self, _request: $request) -> Result<$response, ApiError> {
                Err(ApiError::new(ErrorCode::Internal))
            })*
            pub(crate) fn certificate_issue_to(&self, _request: CertificateIssue, _out: &mut dyn std::io::Write) -> Result<IssuedView, ApiError> {
                Err(ApiError::new(ErrorCode::Internal))
            }
        }
    };
}

calls! {
    registry_create(RegistryCreate) -> RegistryStatus;
    registry_open(RegistryOpen) -> RegistryStatus;
    registry_status(Nothing) -> RegistryStatus;
    registry_unlock(RegistryUnlock) -> RegistryStatus;
    registry_check(RegistryCheck) -> CheckView;
    registry_history(Nothing) -> RegistryHistory;
    registry_backup(RegistryBackup) -> BackupView;
    recovery_file_create(RecoveryFile) -> RecoveryView;
    recovery_file_test(RecoveryFile) -> RecoveryView;
    recovery_file_restore(RecoveryFile) -> RecoveryView;
    authority_create(AuthorityCreate) -> AuthorityView;
    authority_list(Nothing) -> AuthorityList;
    authority_show(AuthorityNamed) -> AuthorityView;
    profile_list(Nothing) -> ProfileList;
    request_read(RequestRead) -> RequestView;
    certificate_preview(CertificateDraft) -> CertificatePreview;
    certificate_issue(CertificateIssue) -> IssuedView;
    certificate_list(CertificateList) -> Page<CertificateView>;
    certificate_show(CertificateNamed) -> CertificateDetail;
    certificate_in_file(CertificateInFile) -> CertificateDetail;
    certificate_verify(CertificateVerify) -> VerifyView;
    certificate_revoke(CertificateRevoke) -> RevokedView;
    certificate_export(CertificateExport) -> ExportView;
    crl_build(CrlBuild) -> CrlView;
    crl_show(CrlShow) -> CrlView;
    crl_list(AuthorityNamed) -> CrlList;
    crl_export(CrlExport) -> ExportView;
    crl_install(CrlInstall) -> CrlInstalled;
    import_plan(ImportFiles) -> ImportReport;
    import_run(ImportFiles) -> ImportReport;
    audit_list(AuditList) -> Page<AuditEntry>;
    audit_verify(Nothing) -> AuditVerified;
    doctor(Nothing) -> DoctorView;
}
