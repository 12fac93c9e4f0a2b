// Generated from the command list of `api`. Do not edit.
import type { Asn1View } from "./Asn1View";
import type { AuditEntry } from "./AuditEntry";
import type { AuditExport } from "./AuditExport";
import type { AuditExported } from "./AuditExported";
import type { AuditFacets } from "./AuditFacets";
import type { AuditList } from "./AuditList";
import type { AuditNamed } from "./AuditNamed";
import type { AuditPage } from "./AuditPage";
import type { AuditVerified } from "./AuditVerified";
import type { AuthorityCreate } from "./AuthorityCreate";
import type { AuthorityCrossSign } from "./AuthorityCrossSign";
import type { AuthorityCsr } from "./AuthorityCsr";
import type { AuthorityCsrView } from "./AuthorityCsrView";
import type { AuthorityExport } from "./AuthorityExport";
import type { AuthorityInstall } from "./AuthorityInstall";
import type { AuthorityInstalledView } from "./AuthorityInstalledView";
import type { AuthorityList } from "./AuthorityList";
import type { AuthorityNamed } from "./AuthorityNamed";
import type { AuthorityRef } from "./AuthorityRef";
import type { AuthorityRenew } from "./AuthorityRenew";
import type { AuthorityRenewal } from "./AuthorityRenewal";
import type { AuthorityRenewalView } from "./AuthorityRenewalView";
import type { AuthorityRenewedView } from "./AuthorityRenewedView";
import type { AuthorityRequest } from "./AuthorityRequest";
import type { AuthorityRetire } from "./AuthorityRetire";
import type { AuthoritySet } from "./AuthoritySet";
import type { AuthorityView } from "./AuthorityView";
import type { BackupList } from "./BackupList";
import type { BackupView } from "./BackupView";
import type { CertificateAsn1 } from "./CertificateAsn1";
import type { CertificateCompare } from "./CertificateCompare";
import type { CertificateDetail } from "./CertificateDetail";
import type { CertificateDraft } from "./CertificateDraft";
import type { CertificateExport } from "./CertificateExport";
import type { CertificateInFile } from "./CertificateInFile";
import type { CertificateIssue } from "./CertificateIssue";
import type { CertificateList } from "./CertificateList";
import type { CertificateNamed } from "./CertificateNamed";
import type { CertificatePreview } from "./CertificatePreview";
import type { CertificateRelease } from "./CertificateRelease";
import type { CertificateRenewal } from "./CertificateRenewal";
import type { CertificateRevoke } from "./CertificateRevoke";
import type { CertificateVerify } from "./CertificateVerify";
import type { CertificateView } from "./CertificateView";
import type { CertificatesExport } from "./CertificatesExport";
import type { CertificatesFiled } from "./CertificatesFiled";
import type { CertificatesTagged } from "./CertificatesTagged";
import type { CheckView } from "./CheckView";
import type { ClipboardView } from "./ClipboardView";
import type { ComparisonView } from "./ComparisonView";
import type { CompromiseView } from "./CompromiseView";
import type { CrlBuild } from "./CrlBuild";
import type { CrlDecline } from "./CrlDecline";
import type { CrlDiff } from "./CrlDiff";
import type { CrlDifferenceView } from "./CrlDifferenceView";
import type { CrlEventList } from "./CrlEventList";
import type { CrlExport } from "./CrlExport";
import type { CrlInstall } from "./CrlInstall";
import type { CrlInstalled } from "./CrlInstalled";
import type { CrlList } from "./CrlList";
import type { CrlShow } from "./CrlShow";
import type { CrlView } from "./CrlView";
import type { CrlsOf } from "./CrlsOf";
import type { CrossSignedView } from "./CrossSignedView";
import type { CrossSigning } from "./CrossSigning";
import type { CrossSigningView } from "./CrossSigningView";
import type { DoctorView } from "./DoctorView";
import type { Done } from "./Done";
import type { DrillView } from "./DrillView";
import type { ExportView } from "./ExportView";
import type { FileShow } from "./FileShow";
import type { FolderExportView } from "./FolderExportView";
import type { GeneratedPassphrase } from "./GeneratedPassphrase";
import type { ImpactView } from "./ImpactView";
import type { ImportFiles } from "./ImportFiles";
import type { ImportItem } from "./ImportItem";
import type { ImportItems } from "./ImportItems";
import type { ImportKeep } from "./ImportKeep";
import type { ImportProgress } from "./ImportProgress";
import type { ImportReport } from "./ImportReport";
import type { IssueMany } from "./IssueMany";
import type { IssueManyResume } from "./IssueManyResume";
import type { IssuedView } from "./IssuedView";
import type { KeyCompromised } from "./KeyCompromised";
import type { KeyCopy } from "./KeyCopy";
import type { KeyExport } from "./KeyExport";
import type { KeyList } from "./KeyList";
import type { KeyListing } from "./KeyListing";
import type { KeyNamed } from "./KeyNamed";
import type { KeyRepair } from "./KeyRepair";
import type { KeyRepaired } from "./KeyRepaired";
import type { KeyStandingView } from "./KeyStandingView";
import type { KeysMoved } from "./KeysMoved";
import type { ListExportView } from "./ListExportView";
import type { LockView } from "./LockView";
import type { ManyDraft } from "./ManyDraft";
import type { ManyFailures } from "./ManyFailures";
import type { ManyReport } from "./ManyReport";
import type { ManyTable } from "./ManyTable";
import type { NamesRecognise } from "./NamesRecognise";
import type { Nothing } from "./Nothing";
import type { OpenedFile } from "./OpenedFile";
import type { Overview } from "./Overview";
import type { Page } from "./Page";
import type { PassphraseCopy } from "./PassphraseCopy";
import type { PassphraseGenerate } from "./PassphraseGenerate";
import type { PassphraseMeter } from "./PassphraseMeter";
import type { PolicySet } from "./PolicySet";
import type { PolicyView } from "./PolicyView";
import type { ProfileChecked } from "./ProfileChecked";
import type { ProfileDetail } from "./ProfileDetail";
import type { ProfileList } from "./ProfileList";
import type { ProfileNamed } from "./ProfileNamed";
import type { ProfileSet } from "./ProfileSet";
import type { RecognisedNames } from "./RecognisedNames";
import type { RecoveryCreate } from "./RecoveryCreate";
import type { RecoveryFile } from "./RecoveryFile";
import type { RecoveryRestore } from "./RecoveryRestore";
import type { RecoveryView } from "./RecoveryView";
import type { RegistryBackup } from "./RegistryBackup";
import type { RegistryCheck } from "./RegistryCheck";
import type { RegistryCreate } from "./RegistryCreate";
import type { RegistryDrill } from "./RegistryDrill";
import type { RegistryHistory } from "./RegistryHistory";
import type { RegistryMoveKeys } from "./RegistryMoveKeys";
import type { RegistryOpen } from "./RegistryOpen";
import type { RegistryPassphrase } from "./RegistryPassphrase";
import type { RegistryRestore } from "./RegistryRestore";
import type { RegistryStatus } from "./RegistryStatus";
import type { RegistryUnlock } from "./RegistryUnlock";
import type { RequestAdd } from "./RequestAdd";
import type { RequestDetail } from "./RequestDetail";
import type { RequestEntry } from "./RequestEntry";
import type { RequestList } from "./RequestList";
import type { RequestNamed } from "./RequestNamed";
import type { RequestRead } from "./RequestRead";
import type { RequestReject } from "./RequestReject";
import type { RequestShow } from "./RequestShow";
import type { RequestView } from "./RequestView";
import type { RequestsAdded } from "./RequestsAdded";
import type { RestoreView } from "./RestoreView";
import type { RevokedView } from "./RevokedView";
import type { SettingList } from "./SettingList";
import type { SettingsSet } from "./SettingsSet";
import type { SourceCertificate } from "./SourceCertificate";
import type { SourceCertificates } from "./SourceCertificates";
import type { SourceCreate } from "./SourceCreate";
import type { SourceCrl } from "./SourceCrl";
import type { SourceDetail } from "./SourceDetail";
import type { SourceDiff } from "./SourceDiff";
import type { SourceDifference } from "./SourceDifference";
import type { SourceEvent } from "./SourceEvent";
import type { SourceExport } from "./SourceExport";
import type { SourceList } from "./SourceList";
import type { SourceNamed } from "./SourceNamed";
import type { SourcePage } from "./SourcePage";
import type { SourceQuarantined } from "./SourceQuarantined";
import type { SourceRefresh } from "./SourceRefresh";
import type { SourceRefreshed } from "./SourceRefreshed";
import type { SourceRemove } from "./SourceRemove";
import type { SourceRevoked } from "./SourceRevoked";
import type { SourceRevokedEntry } from "./SourceRevokedEntry";
import type { StrengthView } from "./StrengthView";
import type { TagList } from "./TagList";
import type { TaskList } from "./TaskList";
import type { TaskNamed } from "./TaskNamed";
import type { TaskView } from "./TaskView";
import type { TrashList } from "./TrashList";
import type { TrashRestore } from "./TrashRestore";
import type { UndoDone } from "./UndoDone";
import type { UndoPlanned } from "./UndoPlanned";
import type { UndoView } from "./UndoView";
import type { VerifyView } from "./VerifyView";

/** Every command: what it takes and what it gives. */
export interface Commands {
  registry_create: { request: RegistryCreate; response: RegistryStatus };
  registry_open: { request: RegistryOpen; response: RegistryStatus };
  registry_close: { request: Nothing; response: Done };
  registry_status: { request: Nothing; response: RegistryStatus };
  registry_unlock: { request: RegistryUnlock; response: RegistryStatus };
  registry_lock: { request: Nothing; response: RegistryStatus };
  registry_passphrase: { request: RegistryPassphrase; response: RegistryStatus };
  registry_move_keys: { request: RegistryMoveKeys; response: KeysMoved };
  lock_show: { request: Nothing; response: LockView };
  lock_touch: { request: Nothing; response: LockView };
  keyring_cancel: { request: Nothing; response: Done };
  key_list: { request: KeyList; response: KeyListing };
  key_show: { request: KeyNamed; response: KeyStandingView };
  key_repair: { request: KeyRepair; response: KeyRepaired };
  key_export: { request: KeyExport; response: ExportView };
  key_copy: { request: KeyCopy; response: ClipboardView };
  passphrase_copy: { request: PassphraseCopy; response: ClipboardView };
  clipboard_show: { request: Nothing; response: ClipboardView };
  clipboard_clear: { request: Nothing; response: ClipboardView };
  passphrase_meter: { request: PassphraseMeter; response: StrengthView };
  passphrase_generate: { request: PassphraseGenerate; response: GeneratedPassphrase };
  registry_check: { request: RegistryCheck; response: CheckView };
  registry_history: { request: Nothing; response: RegistryHistory };
  registry_backup: { request: RegistryBackup; response: BackupView };
  registry_backups: { request: Nothing; response: BackupList };
  registry_undo_plan: { request: UndoPlanned; response: UndoView };
  registry_undo: { request: UndoDone; response: UndoView };
  trash_list: { request: Nothing; response: TrashList };
  trash_restore: { request: TrashRestore; response: TrashList };
  registry_drill: { request: RegistryDrill; response: DrillView };
  registry_restore: { request: RegistryRestore; response: RestoreView };
  settings_list: { request: Nothing; response: SettingList };
  settings_set: { request: SettingsSet; response: SettingList };
  recovery_file_create: { request: RecoveryCreate; response: RecoveryView };
  recovery_file_test: { request: RecoveryFile; response: RecoveryView };
  recovery_file_restore: { request: RecoveryRestore; response: RecoveryView };
  authority_create: { request: AuthorityCreate; response: AuthorityView };
  authority_list: { request: Nothing; response: AuthorityList };
  authority_show: { request: AuthorityNamed; response: AuthorityView };
  authority_set: { request: AuthoritySet; response: AuthorityView };
  authority_request: { request: AuthorityRequest; response: AuthorityCsrView };
  authority_csr: { request: AuthorityCsr; response: AuthorityCsrView };
  authority_install: { request: AuthorityInstall; response: AuthorityInstalledView };
  authority_cross_signing: { request: CrossSigning; response: CrossSigningView };
  authority_cross_sign: { request: AuthorityCrossSign; response: CrossSignedView };
  authority_retire: { request: AuthorityRetire; response: AuthorityRef };
  authority_impact: { request: AuthorityNamed; response: ImpactView };
  authority_renewal: { request: AuthorityRenewal; response: AuthorityRenewalView };
  authority_renew: { request: AuthorityRenew; response: AuthorityRenewedView };
  profile_list: { request: Nothing; response: ProfileList };
  profile_show: { request: ProfileNamed; response: ProfileDetail };
  profile_check: { request: ProfileSet; response: ProfileChecked };
  profile_set: { request: ProfileSet; response: ProfileDetail };
  profile_remove: { request: ProfileNamed; response: Done };
  policy_show: { request: AuthorityNamed; response: PolicyView };
  policy_set: { request: PolicySet; response: PolicyView };
  names_recognise: { request: NamesRecognise; response: RecognisedNames };
  request_read: { request: RequestRead; response: RequestView };
  request_add: { request: RequestAdd; response: RequestsAdded };
  request_list: { request: RequestList; response: Page<RequestEntry> };
  request_show: { request: RequestShow; response: RequestDetail };
  request_reject: { request: RequestReject; response: RequestEntry };
  request_reopen: { request: RequestNamed; response: RequestEntry };
  certificate_preview: { request: CertificateDraft; response: CertificatePreview };
  certificate_issue: { request: CertificateIssue; response: IssuedView };
  certificate_renewal: { request: CertificateRenewal; response: CertificateDraft };
  certificate_compare: { request: CertificateCompare; response: ComparisonView };
  issue_many_check: { request: ManyDraft; response: ManyTable };
  issue_many_failures: { request: ManyFailures; response: ExportView };
  issue_many_run: { request: IssueMany; response: ManyReport };
  issue_many_resume: { request: IssueManyResume; response: ManyReport };
  certificate_list: { request: CertificateList; response: Page<CertificateView> };
  certificate_show: { request: CertificateNamed; response: CertificateDetail };
  certificate_in_file: { request: CertificateInFile; response: CertificateDetail };
  file_show: { request: FileShow; response: OpenedFile };
  certificate_asn1: { request: CertificateAsn1; response: Asn1View };
  certificate_verify: { request: CertificateVerify; response: VerifyView };
  certificate_revoke: { request: CertificateRevoke; response: RevokedView };
  certificate_release: { request: CertificateRelease; response: RevokedView };
  key_compromised: { request: KeyCompromised; response: CompromiseView };
  certificate_archive: { request: CertificatesFiled; response: Done };
  certificate_tag: { request: CertificatesTagged; response: Done };
  certificate_tags: { request: Nothing; response: TagList };
  certificate_export: { request: CertificateExport; response: ExportView };
  certificates_export: { request: CertificatesExport; response: ListExportView };
  authority_export: { request: AuthorityExport; response: FolderExportView };
  crl_build: { request: CrlBuild; response: CrlView };
  crl_show: { request: CrlShow; response: CrlView };
  crl_list: { request: CrlsOf; response: CrlList };
  crl_events: { request: CrlsOf; response: CrlEventList };
  crl_diff: { request: CrlDiff; response: CrlDifferenceView };
  crl_export: { request: CrlExport; response: ExportView };
  crl_install: { request: CrlInstall; response: CrlInstalled };
  crl_decline: { request: CrlDecline; response: RegistryStatus };
  import_plan: { request: ImportFiles; response: ImportReport };
  import_progress: { request: Nothing; response: ImportProgress };
  import_stop: { request: Nothing; response: Done };
  import_run: { request: ImportFiles; response: ImportReport };
  import_items: { request: ImportItems; response: Page<ImportItem> };
  import_keep: { request: ImportKeep; response: ExportView };
  source_create: { request: SourceCreate; response: SourceRefreshed };
  source_refresh: { request: SourceRefresh; response: SourceRefreshed };
  source_diff: { request: SourceDiff; response: SourceDifference };
  source_list: { request: Nothing; response: SourceList };
  source_show: { request: SourceNamed; response: SourceDetail };
  source_certificates: { request: SourceCertificates; response: Page<SourceCertificate> };
  source_crls: { request: SourcePage; response: Page<SourceCrl> };
  source_revoked: { request: SourceRevoked; response: Page<SourceRevokedEntry> };
  source_quarantine: { request: SourcePage; response: Page<SourceQuarantined> };
  source_events: { request: SourcePage; response: Page<SourceEvent> };
  source_export: { request: SourceExport; response: ExportView };
  source_remove: { request: SourceRemove; response: Done };
  audit_list: { request: AuditList; response: AuditPage };
  audit_show: { request: AuditNamed; response: AuditEntry };
  audit_facets: { request: Nothing; response: AuditFacets };
  audit_verify: { request: Nothing; response: AuditVerified };
  audit_export: { request: AuditExport; response: AuditExported };
  overview: { request: Nothing; response: Overview };
  doctor: { request: Nothing; response: DoctorView };
  clock_confirm: { request: Nothing; response: DoctorView };
  task_list: { request: Nothing; response: TaskList };
  task_show: { request: TaskNamed; response: TaskView };
  task_cancel: { request: TaskNamed; response: Done };
  task_resume: { request: TaskNamed; response: TaskView };
}

export const COMMANDS = [
  "registry_create",
  "registry_open",
  "registry_close",
  "registry_status",
  "registry_unlock",
  "registry_lock",
  "registry_passphrase",
  "registry_move_keys",
  "lock_show",
  "lock_touch",
  "keyring_cancel",
  "key_list",
  "key_show",
  "key_repair",
  "key_export",
  "key_copy",
  "passphrase_copy",
  "clipboard_show",
  "clipboard_clear",
  "passphrase_meter",
  "passphrase_generate",
  "registry_check",
  "registry_history",
  "registry_backup",
  "registry_backups",
  "registry_undo_plan",
  "registry_undo",
  "trash_list",
  "trash_restore",
  "registry_drill",
  "registry_restore",
  "settings_list",
  "settings_set",
  "recovery_file_create",
  "recovery_file_test",
  "recovery_file_restore",
  "authority_create",
  "authority_list",
  "authority_show",
  "authority_set",
  "authority_request",
  "authority_csr",
  "authority_install",
  "authority_cross_signing",
  "authority_cross_sign",
  "authority_retire",
  "authority_impact",
  "authority_renewal",
  "authority_renew",
  "profile_list",
  "profile_show",
  "profile_check",
  "profile_set",
  "profile_remove",
  "policy_show",
  "policy_set",
  "names_recognise",
  "request_read",
  "request_add",
  "request_list",
  "request_show",
  "request_reject",
  "request_reopen",
  "certificate_preview",
  "certificate_issue",
  "certificate_renewal",
  "certificate_compare",
  "issue_many_check",
  "issue_many_failures",
  "issue_many_run",
  "issue_many_resume",
  "certificate_list",
  "certificate_show",
  "certificate_in_file",
  "file_show",
  "certificate_asn1",
  "certificate_verify",
  "certificate_revoke",
  "certificate_release",
  "key_compromised",
  "certificate_archive",
  "certificate_tag",
  "certificate_tags",
  "certificate_export",
  "certificates_export",
  "authority_export",
  "crl_build",
  "crl_show",
  "crl_list",
  "crl_events",
  "crl_diff",
  "crl_export",
  "crl_install",
  "crl_decline",
  "import_plan",
  "import_progress",
  "import_stop",
  "import_run",
  "import_items",
  "import_keep",
  "source_create",
  "source_refresh",
  "source_diff",
  "source_list",
  "source_show",
  "source_certificates",
  "source_crls",
  "source_revoked",
  "source_quarantine",
  "source_events",
  "source_export",
  "source_remove",
  "audit_list",
  "audit_show",
  "audit_facets",
  "audit_verify",
  "audit_export",
  "overview",
  "doctor",
  "clock_confirm",
  "task_list",
  "task_show",
  "task_cancel",
  "task_resume",
] as const satisfies readonly (keyof Commands)[];
