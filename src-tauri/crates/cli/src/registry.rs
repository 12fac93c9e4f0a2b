//! `chancery registry`: make, look at, check and back up the registry.

use std::path::PathBuf;

use api::ApiError;
use api::request::{
    KeysChoice, Nothing, RegistryBackup, RegistryCheck, RegistryCreate, RegistryDrill, RegistryMigrate, RegistryMoveKeys,
    RegistryPassphrase, RegistryRestore, RegistrySalvage, SettingChange, SettingsSet,
};
use api::text::FilePath;
use clap::{Args, Subcommand, ValueEnum};

use crate::invocation::{Invocation, usage};
use crate::output::Listing;
use crate::status::Status;
use crate::{last_registry, progress, questions, render};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Makes a registry
    #[command(
        after_help = "Example:\n  chancery registry create team.chancery --name \"Team CA\" --keys os --recovery-file /media/usb/team.recovery"
    )]
    Create(Create),
    /// Shows the registry in a few words
    #[command(after_help = "Example:\n  chancery registry status --registry team.chancery --json")]
    Status,
    /// Checks every row against the certificates it holds
    #[command(after_help = "Example:\n  chancery registry check || echo damaged")]
    Check(Check),
    /// Takes every row that can be read out of a damaged registry, into a new one
    #[command(after_help = "Example:\n  chancery registry salvage team.chancery --to rescued.chancery")]
    Salvage(Salvage),
    /// Brings the registry to another schema version, after copying it beside itself
    #[command(after_help = "Example:\n  chancery registry migrate --to 1 --registry team.chancery --yes")]
    Migrate(Migrate),
    /// Shows the schema versions this registry has had
    #[command(after_help = "Example:\n  chancery registry history")]
    History,
    /// Copies the registry, and its vault, into one new file
    #[command(after_help = "Example:\n  chancery registry backup --out /backup/team-$(date +%F).backup")]
    Backup(Backup),
    /// Lists the backups in the folder of daily ones, and says when one was last proved
    #[command(after_help = "Example:\n  chancery registry backups --json | jq -r '.items[0].name'")]
    Backups,
    /// Proves that a backup opens: restores it aside, checks it from end to end, finds its keys, throws the copy away
    #[command(after_help = "Example:\n  chancery registry drill /backup/team-2026-11-20.backup || echo 'this backup is no good'")]
    Drill(Drill),
    /// Makes a registry from a backup; it signs no CRL until the newest published ones are given or given up
    #[command(
        after_help = "Example:\n  chancery registry restore team-2026-11-20.backup --to team.chancery --crl root.crl --crl issuing.crl"
    )]
    Restore(Restore),
    /// Takes back the last act that can be taken back, or one by its number in the audit log
    #[command(after_help = "Example:\n  chancery registry undo\n  chancery registry undo --act 4711")]
    Undo(crate::trash::Undo),
    /// What is out of use and can come back: profiles, requests, archived certificates
    #[command(subcommand)]
    Trash(crate::trash::Verb),
    /// Lists everything that can be set, with what it means, its unit and its default
    #[command(after_help = "Example:\n  chancery registry show-settings --json | jq -r '.items[] | select(.changed) | .key'")]
    ShowSettings,
    /// Changes settings, all or none; an empty value goes back to the default
    #[command(
        after_help = "Example:\n  chancery registry set backup.keep=30 backup.folder=/mnt/safe/backups\n  chancery registry set backup.keep="
    )]
    Set(Set),
    /// Gives the vault another passphrase; the new one comes from --new-passphrase-file
    #[command(after_help = "Example:\n  chancery registry passphrase --passphrase-file old.txt --new-passphrase-file new.txt")]
    Passphrase,
    /// Moves all keys from the keyring into a vault, or back; a new vault's passphrase comes from --new-passphrase-file
    #[command(after_help = "Example:\n  chancery registry move-keys --to passphrase --new-passphrase-file new.txt --yes")]
    MoveKeys(MoveKeys),
    /// The recovery file of a registry that keeps its keys in the keyring
    #[command(subcommand)]
    RecoveryFile(crate::recovery_file::Verb),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The file to make; nothing may be there yet
    path: PathBuf,
    /// What the registry is called, for people
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// Where CA keys will live: in the keyring of the operating system, or in a vault beside the registry
    #[arg(long, value_enum, default_value_t = Keys::Os)]
    keys: Keys,
    /// Where to write the recovery file of a keyring registry; its passphrase comes from --new-passphrase-file
    #[arg(long, value_name = "FILE")]
    recovery_file: Option<PathBuf>,
    /// Declines the recovery file: a lost keyring then means lost CA keys
    #[arg(long, conflicts_with = "recovery_file")]
    without_recovery_file: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Keys {
    Os,
    Passphrase,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Rebuilds derived columns and counters from the certificates
    #[arg(long)]
    repair: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Salvage {
    /// The damaged registry; it is only read, with the WAL and the vault beside it
    file: PathBuf,
    /// The registry to make; nothing may be there yet
    #[arg(long, value_name = "PATH")]
    to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// The version to reach; the newest that this program knows if absent
    #[arg(long, value_name = "N")]
    to: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file to make; nothing may be there yet
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Drill {
    /// The backup; it is only read
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The backup; it is only read
    file: PathBuf,
    /// The registry to make; nothing may be there yet
    #[arg(long, value_name = "PATH")]
    to: PathBuf,
    /// The newest published CRL of an authority, PEM or DER
    #[arg(long = "crl", value_name = "FILE")]
    crls: Vec<PathBuf>,
    /// Goes on without the CRLs that are not given: revocations that only they know are lost
    #[arg(long)]
    accept_lost_crls: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The setting and its new value
    #[arg(value_name = "KEY=VALUE", required = true)]
    changes: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MoveKeys {
    /// Where to
    #[arg(long, value_enum)]
    to: Keys,
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::Create(create) => make(create, invocation),
        Verb::Status => {
            invocation.open_unlocked_if_given()?;
            let status = invocation.status()?;
            invocation.output.result(&status, render::registry::status)?;
            Ok(Status::Done)
        }
        Verb::Check(check) => {
            invocation.open()?;
            let view =
                progress::of_task(invocation, "rows", || invocation.surface().registry_check(RegistryCheck { repair: check.repair }))?;
            invocation.output.result(&view, render::registry::check)?;
            Ok(Status::when(view.ok, Status::Failed))
        }
        Verb::Salvage(wanted) => {
            let request = RegistrySalvage { file: FilePath::from(wanted.file), to: FilePath::from(wanted.to) };
            let view = invocation.surface().registry_salvage(&request)?;
            invocation.output.result(&view, render::registry::salvaged)?;
            Ok(Status::when(view.lost.is_empty(), Status::Failed))
        }
        Verb::Migrate(wanted) => migrate(&wanted, invocation),
        Verb::History => {
            invocation.open()?;
            let history = invocation.surface().registry_history(Nothing {})?;
            invocation.output.result(&Listing::whole(&history.items), |_| render::registry::history(&history))?;
            Ok(Status::Done)
        }
        Verb::Backup(backup) => {
            invocation.open_unlocked_if_given()?;
            let request = RegistryBackup { out: FilePath::from(backup.out) };
            let view = progress::of_task(invocation, "pages", || invocation.surface().registry_backup(request))?;
            invocation.output.result(&view, render::backup::made)?;
            Ok(Status::Done)
        }
        Verb::Backups => {
            invocation.open()?;
            let list = invocation.surface().registry_backups(Nothing {})?;
            invocation.output.result(&list, render::backup::list)?;
            Ok(Status::Done)
        }
        Verb::Drill(wanted) => drill(&wanted, invocation),
        Verb::Restore(wanted) => restore(wanted, invocation),
        Verb::Undo(undo) => crate::trash::undo(&undo, invocation),
        Verb::Trash(verb) => crate::trash::run(verb, invocation),
        Verb::ShowSettings => {
            invocation.open()?;
            let list = invocation.surface().settings_list(Nothing {})?;
            invocation.output.result(&Listing::whole(&list.items), |_| render::settings::list(&list))?;
            Ok(Status::Done)
        }
        Verb::Set(set) => {
            invocation.open_unlocked_if_given()?;
            let changes = set.changes.iter().map(|text| change(text, invocation)).collect::<Result<_, _>>()?;
            let list = invocation.surface().settings_set(SettingsSet { changes })?;
            invocation.output.result(&Listing::whole(&list.items), |_| render::settings::list(&list))?;
            Ok(Status::Done)
        }
        Verb::Passphrase => passphrase(invocation),
        Verb::MoveKeys(wish) => move_keys(&wish, invocation),
        Verb::RecoveryFile(verb) => crate::recovery_file::run(verb, invocation),
    }
}

/// A drill needs no open registry; with one it is on its record.
fn drill(wanted: &Drill, invocation: &Invocation) -> Result<Status, ApiError> {
    let opened = invocation.open_if_named()?;
    let given = invocation.passphrase_file().map(|file| crate::secrets::first_line(file, invocation)).transpose()?;
    let attempt = |passphrase| {
        let path = Some(FilePath::from(wanted.file.clone()));
        invocation.surface().registry_drill(RegistryDrill { path, name: None, passphrase })
    };
    let asked = given.is_none();
    let view = match attempt(given) {
        Err(error) if error.code == api::ErrorCode::PassphraseRequired && asked => {
            attempt(Some(crate::secrets::prompted("Passphrase of the vault in the backup", api::ErrorCode::PassphraseRequired)?))?
        }
        outcome => outcome?,
    };
    if !view.recorded {
        let why = if opened.is_some() { "the registry is open for reading only" } else { "no registry was named with --registry" };
        invocation.output.note(&format!("This drill is on no record: {why}."));
    }
    invocation.output.result(&view, render::backup::drill)?;
    Ok(Status::when(view.ok, Status::Failed))
}

fn migrate(wanted: &Migrate, invocation: &Invocation) -> Result<Status, ApiError> {
    let path = FilePath::from(invocation.registry_path()?);
    let (found, known) = invocation.surface().registry_schema(&path)?;
    if let Some(to) = wanted.to.filter(|to| *to < found)
        && found <= known
        && !invocation.global.yes
    {
        if !questions::can_ask() {
            return Err(usage("going down to an older schema leaves out what it has no place for: without a terminal it needs --yes"));
        }
        if !questions::agreed(&format!("Take the registry down from schema {found} to {to}? A copy is made first."))? {
            return Err(ApiError::new(api::ErrorCode::Cancelled));
        }
    }
    let view = invocation.surface().registry_migrate(&RegistryMigrate { path, to: wanted.to })?;
    invocation.output.result(&view, render::registry::migrated)?;
    Ok(Status::Done)
}

fn restore(wanted: Restore, invocation: &Invocation) -> Result<Status, ApiError> {
    if !invocation.global.yes {
        if !questions::can_ask() {
            return Err(usage("a restored registry takes the place of the one that was lost: without a terminal it needs --yes"));
        }
        let lost = if wanted.accept_lost_crls { " Revocations that only CRLs not given know are lost." } else { "" };
        if !questions::agreed(&format!("Restore {} to {}?{lost}", wanted.file.display(), wanted.to.display()))? {
            return Err(ApiError::new(api::ErrorCode::Cancelled));
        }
    }
    let view = invocation.surface().registry_restore(RegistryRestore {
        path: FilePath::from(wanted.file),
        to: FilePath::from(wanted.to.clone()),
        crls: wanted.crls.into_iter().map(FilePath::from).collect(),
        accept_lost_crls: wanted.accept_lost_crls,
    })?;
    if questions::can_ask() {
        last_registry::remember(&wanted.to);
    }
    invocation.output.result(&view, render::backup::restored)?;
    Ok(Status::Done)
}

/// `KEY=VALUE` as a change; a folder is a path from here.
fn change(text: &str, invocation: &Invocation) -> Result<SettingChange, ApiError> {
    let (key, value) = text.split_once('=').ok_or_else(|| usage(&format!("{text:?} is not KEY=VALUE")))?;
    let settings = invocation.surface().settings_list(Nothing {})?;
    let is_folder = settings.items.iter().any(|setting| setting.key == key && setting.kind == "folder");
    let path = match std::path::absolute(value) {
        Ok(path) if is_folder && !value.is_empty() => Some(FilePath::from(path)),
        _ => None,
    };
    let value = Some(value.to_owned()).filter(|_| path.is_none());
    Ok(SettingChange { key: key.to_owned(), value, path })
}

fn make(create: Create, invocation: &Invocation) -> Result<Status, ApiError> {
    let in_vault = create.keys == Keys::Passphrase;
    if in_vault && create.recovery_file.is_some() {
        return Err(usage("a vault is its own recovery file: --recovery-file belongs to --keys os"));
    }
    let passphrase =
        if in_vault { Some(invocation.chosen_passphrase(invocation.passphrase_file(), "passphrase of the vault")?) } else { None };
    let recovery_passphrase = match &create.recovery_file {
        Some(_) => Some(invocation.chosen_passphrase(invocation.recovery_passphrase_file(), "passphrase of the recovery file")?),
        None => None,
    };
    let status = invocation.surface().registry_create(RegistryCreate {
        path: FilePath::from(create.path.clone()),
        name: create.name,
        keys: if in_vault { KeysChoice::Passphrase } else { KeysChoice::Os },
        passphrase,
        recovery_file: create.recovery_file.map(FilePath::from),
        recovery_passphrase,
        without_recovery_file: create.without_recovery_file,
    })?;
    if questions::can_ask() {
        last_registry::remember(&create.path);
    }
    invocation.output.result(&status, render::registry::status)?;
    Ok(Status::Done)
}

fn passphrase(invocation: &Invocation) -> Result<Status, ApiError> {
    let status = invocation.open()?;
    if status.keys != "passphrase" {
        return Err(usage("this registry keeps its keys in the keyring, whose password is not Chancery's to change"));
    }
    let present = invocation.passphrase("Passphrase of the vault")?;
    let new = invocation.chosen_passphrase(invocation.new_passphrase_file(), "passphrase of the vault")?;
    let status = invocation.surface().registry_passphrase(RegistryPassphrase { passphrase: present, new_passphrase: new })?;
    invocation.output.note("Copies of the vault in older backups still open with the old passphrase.");
    invocation.output.result(&status, render::registry::status)?;
    Ok(Status::Done)
}

fn move_keys(wish: &MoveKeys, invocation: &Invocation) -> Result<Status, ApiError> {
    let to_vault = wish.to == Keys::Passphrase;
    if !invocation.global.yes {
        if !questions::can_ask() {
            return Err(usage("without a terminal the keys are moved only with --yes"));
        }
        let place = if to_vault { "into a vault beside the registry" } else { "into the keyring of this machine" };
        if !questions::agreed(&format!("Move every key of this registry {place}?"))? {
            return Err(ApiError::new(api::ErrorCode::Cancelled));
        }
    }
    let status = invocation.open()?;
    let (passphrase, new_passphrase) = if to_vault {
        // A keyring registry has no other passphrase, so either option names the new one.
        invocation.unlock(&status)?;
        (None, Some(invocation.chosen_passphrase(invocation.recovery_passphrase_file(), "passphrase of the vault")?))
    } else if status.keys == "passphrase" {
        (Some(invocation.passphrase("Passphrase of the vault")?), None)
    } else {
        (None, None)
    };
    let to = if to_vault { KeysChoice::Passphrase } else { KeysChoice::Os };
    let moved = invocation.surface().registry_move_keys(RegistryMoveKeys { to, passphrase, new_passphrase })?;
    if !moved.old_removed {
        invocation.output.note("The old copies could not be removed yet; the next unlocking does it.");
    }
    if moved.status.recovery == "missing" {
        invocation
            .output
            .note("Make a recovery file now: without it a lost keyring is a lost authority (chancery registry recovery-file create FILE).");
    }
    invocation.output.result(&moved, render::key::moved)?;
    Ok(Status::Done)
}
