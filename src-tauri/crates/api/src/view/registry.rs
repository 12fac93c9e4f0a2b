//! Views of the registry as a whole.

use serde::Serialize;
use ts_rs::TS;

use super::{AuthorityRef, CrlEntryView, CrlNumberText};

/// The open registry in a few words.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegistryStatus {
    /// The file.
    pub path: String,
    /// What it is called.
    pub name: String,
    /// Schema version.
    pub schema: u32,
    /// `os` or `passphrase`.
    pub keys: String,
    /// Certificates held, CA ones too.
    pub certificates: u32,
    /// Authorities held.
    pub authorities: u32,
    /// Whether CA keys can be used now.
    pub unlocked: bool,
    /// `ready`, `locked` or `unreachable`.
    pub key_store: String,
    /// Whether nothing can be written.
    pub read_only: bool,
    /// The share that the file lies on: `nfs`, `smb`, `fuse`, `other`; absent on a disk of this machine.
    #[ts(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// Whether it was made by `dev seed`.
    pub is_test: bool,
    /// `made`, `refused`, `missing` or `not-needed` (a vault is its own recovery file, unless its keys were in a keyring once, for which one was made).
    pub recovery: String,
    /// What is asked before a key leaves: `vault-passphrase`, `recovery-passphrase` or `confirmation` (the name, typed).
    pub key_guard: String,
    /// Entries of the audit log that had been written while the keys were locked and that this unlock sealed.
    pub sealed_at_unlock: u32,
    /// When it was made.
    pub created_at: String,
    /// The newest published CRLs that a restored registry waits for; none of these authorities signs a CRL until then.
    pub awaited_crls: Vec<AwaitedCrl>,
}

/// A newest published CRL that a restored registry waits for.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AwaitedCrl {
    /// The authority.
    pub authority: AuthorityRef,
    /// Which of its keys, 1 for the first.
    pub generation: u32,
    /// The highest CRL number that the registry knows of.
    #[ts(type = "number | string | null")]
    pub known: Option<CrlNumberText>,
}

/// A registry that was made from a backup, and is open now.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RestoreView {
    /// The registry.
    pub status: RegistryStatus,
    /// The time of the last thing on record in the backup: what happened later is not in it.
    pub made_at: Option<String>,
    /// How often this registry was restored, this time counted.
    pub epoch: u32,
    /// What the given CRLs brought.
    pub crls: Vec<RestoredCrl>,
}

/// What one of the given CRLs brought to a restored registry.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RestoredCrl {
    /// The authority's name.
    pub authority: String,
    /// The next CRL's number will be above this one.
    #[ts(type = "number | string")]
    pub continues_above: CrlNumberText,
    /// Revocations that the backup did not know; they are entered again with their date and reason.
    pub revocations: Vec<CrlEntryView>,
}

/// One thing that a check found.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckFinding {
    /// Table and row, or file.
    #[serde(rename = "where")]
    pub location: String,
    /// A stable code.
    pub code: String,
    /// What is wrong, in words.
    pub message: String,
    /// What to do, in words.
    pub fix: String,
}

/// What a repair has made anew.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RepairView {
    /// Certificates whose columns were made anew from their DER.
    pub certificates: u32,
    /// Whether totals, places, names and words were.
    pub derived: bool,
    /// Whether the file's indexes were.
    pub indexes: bool,
}

/// The result of a check.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckView {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// What is wrong, at most a thousand of it.
    pub findings: Vec<CheckFinding>,
    /// How many findings are not listed.
    pub left_out: u32,
    /// Certificates looked at.
    pub certificates: u32,
    /// Rows of the audit log looked at.
    pub audit_rows: u32,
    /// What the repair did that was asked for; the findings are those that are left.
    pub repaired: Option<RepairView>,
}

/// A row that a salvage could not take over.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LostRow {
    /// Its table.
    pub table: String,
    /// Its key, as far as it can be read.
    pub row: String,
    /// What is wrong with it.
    pub problem: String,
}

/// A registry that was made of what could be read of a damaged one.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SalvageView {
    /// The new registry.
    pub path: String,
    /// The copy of the vault beside it.
    pub vault: Option<String>,
    /// Certificates in it.
    pub certificates: u32,
    /// How many of them had lost their row and got it back from their bytes.
    pub rows_made_anew: u32,
    /// Rows taken over, by table.
    pub kept: std::collections::BTreeMap<String, u32>,
    /// Rows that were not.
    pub lost: Vec<LostRow>,
    /// Serials whose certificate is lost; they stay burnt and can be revoked.
    pub lost_serials: Vec<String>,
    /// Pages of the damaged file that could not be read.
    pub damaged_pages: Vec<u32>,
    /// Places where the audit log is broken; the new log names them.
    pub audit_breaks: u32,
    /// Revocations that only a CRL still knew.
    pub revocations_from_crls: u32,
}

/// A change of schema.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MigratedView {
    /// The registry.
    pub path: String,
    /// The schema before.
    pub from: u32,
    /// The schema now.
    pub to: u32,
    /// The copy that was made before.
    pub copy: Option<String>,
}

/// One step in the schema's history.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SchemaStep {
    /// Schema version reached.
    pub version: u32,
    /// The migration's name.
    pub name: String,
    /// When it was applied to this registry.
    pub applied_at: String,
    /// The program that applied it.
    pub program: String,
}

/// The schema's history.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RegistryHistory {
    /// Oldest first.
    pub items: Vec<SchemaStep>,
}

/// A backup that was written and opened to prove it.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BackupView {
    /// The file.
    pub path: String,
    /// Its size in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Certificates counted in the copy.
    pub certificates: u32,
    /// Authorities counted in the copy.
    pub authorities: u32,
}

/// How the backups of the open registry stand.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BackupList {
    /// Where daily backups go.
    pub folder: String,
    /// When the newest backup of any kind was made.
    pub last: Option<String>,
    /// When a drill last went well.
    pub last_drill: Option<String>,
    /// The last failure since a daily backup succeeded.
    pub failed: Option<BackupFailure>,
    /// What lies in the folder, newest first.
    pub items: Vec<BackupFileView>,
}

/// A daily backup that failed.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BackupFailure {
    /// When.
    pub at: String,
    /// Why.
    pub problem: String,
}

/// A backup in the folder of backups.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BackupFileView {
    /// Its name in the folder.
    pub name: String,
    /// When it was written.
    pub at: Option<String>,
    /// Its size in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Whether it is a daily one, which is removed when enough newer ones are there.
    pub daily: bool,
}

/// What a drill has found.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DrillView {
    /// The backup.
    pub path: String,
    /// Whether a registry made from it would lack nothing.
    pub ok: bool,
    /// The registry that it is of.
    pub name: String,
    /// The time of the last thing on record in it.
    pub made_at: Option<String>,
    /// Certificates, each compared with its SHA-256.
    pub certificates: u32,
    /// Authorities.
    pub authorities: u32,
    /// Audit rows, the chain followed from the first to the last.
    pub audit_rows: u32,
    /// Whether the head of the log was compared with its MAC.
    pub sealed: bool,
    /// Keys that are where the backup says and fit their certificates.
    pub keys_found: u32,
    /// Labels of keys that are not.
    pub keys_missing: Vec<String>,
    /// Everything that is not as it should be.
    pub findings: Vec<CheckFinding>,
    /// Whether the drill is on record: a registry was open.
    pub recorded: bool,
}

/// What a recovery file can do for this registry.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryView {
    /// The file.
    pub path: String,
    /// Keys of the registry that are sealed to it.
    pub keys_sealed: u32,
    /// Keys put back into keyring or vault (restore only).
    pub keys_restored: u32,
    /// Labels of the keys, and names of the secrets, whose sealed copy does not come out as it went in: the others are not held up by them.
    pub keys_failed: Vec<String>,
    /// The same, each with the reason and the next step.
    pub failures: Vec<RecoveryFailure>,
    /// Where the vault that was there is kept, if a new one took its place.
    pub old_vault: Option<String>,
}

/// A key or a secret that the recovery file does not bring back.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryFailure {
    /// The key's label, or the secret's name.
    pub name: String,
    /// `copy-damaged`, `copy-missing`, `wrong-key`, `unreadable`, `ambiguous`.
    pub state: String,
    /// The reason in a few words.
    pub title: String,
    /// The reason.
    pub message: String,
    /// What to do next.
    pub next: String,
}

/// One observation of the doctor.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DoctorFinding {
    /// A stable code such as `keyring`, `keys`, `strays`, `clock`, `disk`, `locks`, `modes`.
    pub code: String,
    /// How the keyring stands (`locked`, `unreachable`), a key (`missing`, `wrong-key`, `unreadable`, `ambiguous`, `staged`, `leaving`), or an entry that no
    /// key knows (`stray`, `stray-fits`); `null` where it is as it should be, and where the code says all.
    pub state: Option<String>,
    /// Whether it is as it should be.
    pub ok: bool,
    /// In words.
    pub message: String,
    /// What to do, in words; empty when it is well.
    pub fix: String,
}

/// What is wrong with keyring, clock, disk and locks.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DoctorView {
    /// Whether everything is well.
    pub ok: bool,
    /// Each observation.
    pub findings: Vec<DoctorFinding>,
}

/// A long piece of work.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TaskView {
    /// Id.
    pub id: String,
    /// `import`, `seed`, `crl-build`, `backup`, `check`, `repair`.
    pub kind: String,
    /// `running`, `done`, `failed`, `cancelled`, `abandoned`.
    pub state: String,
    /// How far it is.
    pub progress: TaskProgress,
    /// In words.
    pub message: String,
    /// What it is about: a file, an authority; empty where nothing says.
    pub about: String,
    /// Whether it runs in this program.
    pub here: bool,
    /// Whether `task resume` can do it again.
    pub resumable: bool,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TaskProgress {
    /// Steps done.
    pub done: u32,
    /// Steps in all; 0 while unknown.
    pub total: u32,
}

/// Long pieces of work, newest first.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TaskList {
    /// Newest first.
    pub items: Vec<TaskView>,
}
