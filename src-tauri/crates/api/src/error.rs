//! What goes wrong, as codes and typed fields. The words stand in `words/en/errors.json`.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use ts_rs::TS;

macro_rules! codes {
    ($($variant:ident $text:literal $exit:literal $doc:literal;)*) => {
        /// A stable name for what went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TS)]
        #[ts(rename_all = "kebab-case")]
        pub enum ErrorCode {
            $(#[doc = $doc] #[ts(rename = $text)] $variant,)*
        }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The exit status of the command line: 1 failed, 2 wrong usage, 3 not found, 4 refused, 5 locked, 6 registry cannot be used.
            pub fn exit_status(self) -> u8 {
                match self { $(Self::$variant => $exit,)* }
            }
        }
    };
}

codes! {
    Internal "internal" 1 "Something that should not happen; the log has the cause.";
    Io "io" 1 "A file could not be read or written.";
    DiskFull "disk-full" 1 "There is no room left.";
    BatchPartlyFailed "batch-partly-failed" 1 "Part of a batch failed; the report says which.";
    KeyStoreFailed "key-store-failed" 1 "The keyring or vault gave an answer that makes no sense.";
    ClipboardFailed "clipboard-failed" 1 "The clipboard refused, or there is none.";
    Cancelled "cancelled" 1 "The user stopped it.";
    TaskAbandoned "task-abandoned" 1 "The program that ran a task ended before the task did.";
    SourceFetchFailed "source-fetch-failed" 1 "A source could not be fetched.";
    SourceUnreadable "source-unreadable" 1 "What came is not what the kind of the source says.";
    SourceOvertaken "source-overtaken" 1 "Another refresh of the same source was faster.";
    TimerUnavailable "timer-unavailable" 1 "There is no systemd of this user that could run a timer.";

    BadUsage "bad-usage" 2 "The request contradicts itself or lacks something.";
    BadSubject "bad-subject" 2 "The subject cannot be read.";
    BadName "bad-name" 2 "An alternative name cannot be read.";
    BadKeySpec "bad-key-spec" 2 "There is no such key specification.";
    BadTime "bad-time" 2 "A time cannot be read.";
    BadSerial "bad-serial" 2 "A serial cannot be read.";
    BadUrl "bad-url" 2 "An address cannot be read.";
    BadReason "bad-reason" 2 "There is no such revocation reason.";
    BadFormat "bad-format" 2 "There is no such format.";
    BadSetting "bad-setting" 2 "A setting cannot have this value.";
    ReasonRequired "reason-required" 2 "A key leaves only with a reason.";
    BadCursor "bad-cursor" 2 "A cursor does not belong to this list.";
    ConfirmationWrong "confirmation-wrong" 2 "What was typed to confirm is not what was asked for.";
    FileExists "file-exists" 2 "A file is there already and was not to be replaced.";
    FolderNotEmpty "folder-not-empty" 2 "A folder is there already and is not empty.";
    FormatPlainOnly "format-plain-only" 2 "The format knows no protection for a key.";
    FormatNeedsKey "format-needs-key" 2 "The format makes no sense without the key.";
    PasswordRequired "password-required" 2 "A key would leave without protection and without being asked for that way.";
    NoRegistryOpen "no-registry-open" 2 "No registry is open.";
    RecoveryFileMade "recovery-file-made" 2 "The registry has a recovery file already, and it was not to be replaced.";
    RecoveryChoiceRequired "recovery-choice-required" 2 "A keyring registry wants a recovery file, or a refusal by name.";
    FileUnknown "file-unknown" 2 "The file was not chosen through a dialog of this program.";

    SourceSignerRequired "source-signer-required" 2 "A signed list needs the certificate that vouches for it.";
    SystemTrustUnknown "system-trust-unknown" 3 "This machine keeps its trust store in no file that is known.";
    SourcePartNotFound "source-part-not-found" 3 "A source has no such certificate, CRL or thing in quarantine.";
    SourceNotFound "source-not-found" 3 "There is no such source.";

    FileNotFound "file-not-found" 3 "The file does not exist.";
    VaultMissing "vault-missing" 3 "The copy of a registry has no vault inside or beside it.";
    RegistryNotFound "registry-not-found" 3 "There is no registry at this path.";
    AuthorityNotFound "authority-not-found" 3 "There is no such authority.";
    CertificateNotFound "certificate-not-found" 3 "There is no such certificate.";
    RequestNotFound "request-not-found" 3 "There is no such request in the inbox.";
    ProfileNotFound "profile-not-found" 3 "There is no such profile.";
    SettingNotFound "setting-not-found" 3 "There is no such setting.";
    KeyNotFound "key-not-found" 3 "There is no such key.";
    NothingToUndo "nothing-to-undo" 3 "There is nothing that could be undone.";
    GenerationNotFound "generation-not-found" 3 "The authority has no such key.";
    CrlNotFound "crl-not-found" 3 "There is no such CRL.";
    TaskNotFound "task-not-found" 3 "There is no such task.";
    ReportGone "report-gone" 3 "The report of an import is not the latest any more.";
    AuditEntryNotFound "audit-entry-not-found" 3 "The audit log has no such entry.";
    NameAmbiguous "name-ambiguous" 3 "More than one matches; the candidates are listed.";

    RefusedByLint "refused-by-lint" 4 "The preflight found errors.";
    RefusedByProfile "refused-by-profile" 4 "The profile does not allow it.";
    RefusedByPolicy "refused-by-policy" 4 "The authority's policy does not allow it.";
    ProfileUnsound "profile-unsound" 4 "The profile or policy is not sound; every problem is listed.";
    ProfileBuiltIn "profile-built-in" 4 "The profile is built in and can only be copied.";
    OutlivesIssuer "outlives-issuer" 4 "It would outlive its issuer.";
    PathLengthExceeded "path-length-exceeded" 4 "The issuer allows no further authority below it.";
    NameNotPermitted "name-not-permitted" 4 "The issuer's name constraints do not permit a name.";
    AuthorityUnusable "authority-unusable" 4 "The authority cannot issue: expired, revoked, retired, or its certificate does not allow it.";
    KeyElsewhere "key-elsewhere" 4 "The authority's key is not held here.";
    KeyNotHeld "key-not-held" 4 "The key of this certificate is not held here.";
    FormatUnfit "format-unfit" 4 "The format has no way to say this kind of key.";
    KeyRepairUnfit "key-repair-unfit" 4 "The repair does not fit the state of the key.";
    RecoveryFileUntested "recovery-file-untested" 4 "The registry cannot tell whether a passphrase is the recovery file's.";
    NameTaken "name-taken" 4 "The display name is in use.";
    SubjectTaken "subject-taken" 4 "Another authority signs under this subject.";
    KeyCompromised "key-compromised" 4 "The key was revoked as compromised.";
    AlreadyRenewed "already-renewed" 4 "The certificate has a successor already.";
    IssuedOutside "issued-outside" 4 "The certificate was issued outside, and so is the next one.";
    AwaitsCertificate "awaits-certificate" 4 "The authority waits for its certificate.";
    CrlUrlTaken "crl-url-taken" 4 "The CRL of another key is found at this address.";
    RenewsAuthority "renews-authority" 4 "The certificate is an authority's, which is renewed as such.";
    ProfileUnclear "profile-unclear" 2 "Nothing tells which profile the successor has.";
    SubjectMismatch "subject-mismatch" 4 "The certificate has another subject than the authority.";
    AnswerOfAnotherKey "answer-of-another-key" 4 "The certificate is for another key than the authority's.";
    AlreadyInstalled "already-installed" 4 "The certificate is installed already.";
    NotValidNow "not-valid-now" 4 "The certificate has ended, or has not begun.";
    UsageMissing "usage-missing" 4 "The certificate does not allow what an authority does.";
    NotAnAuthority "not-an-authority" 4 "The certificate is none of another authority.";
    WiderThanCertificate "wider-than-certificate" 4 "A bound is wider than that of the certificate.";
    AlreadyRetired "already-retired" 4 "The authority is retired already.";
    AlreadyRevoked "already-revoked" 4 "The certificate is revoked already.";
    NotHeld "not-held" 4 "The certificate is not on hold.";
    NotOurs "not-ours" 4 "The certificate was not issued by an authority of this registry.";
    ReasonNotAllowed "reason-not-allowed" 4 "The reason cannot be used here.";
    NotTrusted "not-trusted" 4 "The certificate does not verify.";
    RequestSignatureInvalid "request-signature-invalid" 4 "The request's own signature is wrong.";
    BadRows "bad-rows" 4 "Rows of a table are bad; nothing was signed.";
    TaskNotResumable "task-not-resumable" 4 "The task runs, or is done.";
    InputChanged "input-changed" 4 "The input of a task has changed since it began.";
    RequestRejected "request-rejected" 4 "The request was turned down.";
    RequestSettled "request-settled" 4 "The request is not in the state that this needs.";
    KeyMismatch "key-mismatch" 4 "Key and certificate do not belong together.";
    CrlSignatureInvalid "crl-signature-invalid" 4 "The CRL was not signed by this authority.";
    CrlNotNewer "crl-not-newer" 4 "A newer CRL is known.";
    BackupOfAnother "backup-of-another" 4 "The backup is one of another registry.";
    UndoImpossible "undo-impossible" 4 "The act cannot be undone.";
    ChangedSince "changed-since" 4 "What the act changed was changed since, or it is undone already.";
    CrlAwaited "crl-awaited" 4 "The registry was restored, and the newest published CRL of the authority is awaited.";
    ClockWentBack "clock-went-back" 4 "The clock is behind the last time seen.";
    RecoveryFileMissing "recovery-file-missing" 4 "The registry wants its recovery file, or a refusal, first.";
    RecoveryFileWrong "recovery-file-wrong" 4 "The recovery file belongs to another registry.";
    RecoveryFileReplaced "recovery-file-replaced" 4 "The recovery file was replaced by a newer one.";
    TaskEnded "task-ended" 4 "The task has ended.";
    SourceNameTaken "source-name-taken" 4 "A source has this name.";
    SourceSignatureInvalid "source-signature-invalid" 4 "The signature of a list is wrong.";
    SourceSignerUnknown "source-signer-unknown" 4 "A list is signed by somebody who was not named.";
    SourceSignerUnfit "source-signer-unfit" 4 "Who signed a list may not: ended, not yet valid, or not for lists.";
    SourceEmpty "source-empty" 4 "A list came without a certificate or CRL in it.";
    SourceShrinks "source-shrinks" 4 "A list came that is smaller by more than a fifth.";
    LimitExceeded "limit-exceeded" 4 "The input asks for more than is allowed.";

    Locked "locked" 5 "The keys are locked.";
    PassphraseRequired "passphrase-required" 5 "A passphrase is needed.";
    PassphraseWrong "passphrase-wrong" 5 "The passphrase is wrong.";
    PasswordWanted "password-wanted" 5 "Something is locked and no password given opens it.";
    VaultUnreadable "vault-unreadable" 5 "The vault is missing or damaged.";
    KeyringUnreachable "keyring-unreachable" 5 "The keyring cannot be reached.";
    KeyringTimedOut "keyring-timed-out" 5 "The keyring did not answer.";
    KeyMissing "key-missing" 5 "The keyring has no entry for this key.";
    KeyWrong "key-wrong" 5 "The keyring holds another key under this name.";

    NotAnObject "not-an-object" 1 "The file holds nothing that can be read here.";
    NotATable "not-a-table" 1 "The input is no table that can be issued.";
    FileEmpty "file-empty" 1 "The file is empty.";
    FileTruncated "file-truncated" 1 "The file ends too early.";
    FileDamaged "file-damaged" 1 "The file is damaged.";

    RegistryBusy "registry-busy" 6 "Another program is writing to the registry.";
    VaultInTheWay "vault-in-the-way" 6 "A vault lies where keys are to be moved to.";
    KeyUnsettled "key-unsettled" 6 "A key is being made, or its making was interrupted.";
    RegistryReadOnly "registry-read-only" 6 "The registry cannot be written.";
    RegistryOnShare "registry-on-share" 6 "The registry lies on a network share.";
    RegistryNewer "registry-newer" 6 "The registry was written by a newer version.";
    RegistryDamaged "registry-damaged" 6 "The registry is damaged.";
    RegistryIsFolder "registry-is-folder" 6 "The path is a folder.";
    NotARegistry "not-a-registry" 6 "The file is not a registry.";
    RegistryExists "registry-exists" 6 "A file is there already.";
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An error as it crosses: a code and typed fields. The cause is for the log alone.
#[derive(Debug, Serialize, TS, thiserror::Error)]
#[error("{}", .code.as_str())]
#[serde(rename_all = "camelCase")]
pub struct ApiError {
    /// What went wrong.
    pub code: ErrorCode,
    /// The values concerned, by the names that the words use.
    pub fields: BTreeMap<String, String>,
    /// What lies behind it, for the log.
    #[serde(skip)]
    #[ts(skip)]
    pub cause: Option<String>,
}

impl ApiError {
    /// An error without fields.
    pub fn new(code: ErrorCode) -> Self {
        Self { code, fields: BTreeMap::new(), cause: None }
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.fields.insert(name.to_owned(), value.to_string());
        self
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn because(mut self, cause: impl ToString) -> Self {
        self.cause = Some(cause.to_string());
        self
    }
}
