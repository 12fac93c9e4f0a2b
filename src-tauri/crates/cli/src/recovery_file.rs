//! `chancery registry recovery-file`: make it, test it, restore keys from it.

use std::path::PathBuf;

use api::ApiError;
use api::request::{RecoveryCreate, RecoveryFile, RecoveryRestore};
use api::text::FilePath;
use clap::{Args, Subcommand};

use crate::invocation::{Invocation, usage};
use crate::status::Status;
use crate::{questions, render};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Makes the recovery file and opens it to prove it
    #[command(after_help = "Example:\n  chancery registry recovery-file create /media/usb/team.recovery")]
    Create(Creating),
    /// Opens the recovery file and says what it could restore
    #[command(after_help = "Example:\n  chancery registry recovery-file test /media/usb/team.recovery")]
    Test(Place),
    /// Puts CA keys back that keyring or vault have lost, or all of them into a new vault
    #[command(
        after_help = "Examples:\n  chancery registry recovery-file restore /media/usb/team.recovery\n  chancery registry recovery-file restore team.recovery --new-vault --passphrase-file vault.txt --new-passphrase-file recovery.txt"
    )]
    Restore(Restoring),
}

#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The recovery file
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Creating {
    /// The file to make; nothing may be there yet
    file: PathBuf,
    /// Takes the place of the recovery file that was made before: it is lost, or its passphrase is
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Restoring {
    /// The recovery file
    file: PathBuf,
    /// Makes a new vault beside the registry and puts every key into it: where there is no keyring, or the vault is lost or its passphrase is. The new
    /// vault's passphrase comes from --passphrase-file, the recovery file's from --new-passphrase-file
    #[arg(long)]
    new_vault: bool,
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    let status = invocation.open()?;
    let given = invocation.recovery_passphrase_file();
    let read = |file| match file {
        Some(file) => crate::secrets::first_line(file, invocation),
        None => crate::secrets::prompted("Passphrase of the recovery file", api::ErrorCode::PassphraseRequired),
    };
    let typed = || read(given);
    // Where a vault has a passphrase too, each has its own option.
    let apart = || read(invocation.new_passphrase_file());
    let view = match verb {
        Verb::Create(wish) => {
            let passphrase = invocation.chosen_passphrase(given, "passphrase of the recovery file")?;
            if status.keys == "os" {
                invocation.unlock(&status)?;
            }
            let view = invocation.surface().recovery_file_create(RecoveryCreate {
                path: FilePath::from(wish.file),
                passphrase,
                replace: wish.replace,
            })?;
            if wish.replace {
                invocation.output.note("A recovery file made before opens older backups still, and nothing that is made from now on.");
            }
            view
        }
        Verb::Test(Place { file }) => {
            invocation.surface().recovery_file_test(RecoveryFile { path: FilePath::from(file), passphrase: typed()? })?
        }
        Verb::Restore(wish) => {
            let (new_vault_passphrase, passphrase) = if wish.new_vault {
                agree_to_new_vault(invocation)?;
                (Some(invocation.chosen_passphrase(invocation.passphrase_file(), "passphrase of the new vault")?), apart()?)
            } else if status.keys == "passphrase" {
                invocation.unlock(&status)?;
                (None, apart()?)
            } else {
                (None, typed()?)
            };
            let request = RecoveryRestore { path: FilePath::from(wish.file), passphrase, new_vault_passphrase };
            invocation.surface().recovery_file_restore(request)?
        }
    };
    let whole = view.keys_failed.is_empty();
    invocation.output.result(&view, render::registry::recovery)?;
    Ok(Status::when(whole, Status::Failed))
}

fn agree_to_new_vault(invocation: &Invocation) -> Result<(), ApiError> {
    if invocation.global.yes {
        return Ok(());
    }
    if !questions::can_ask() {
        return Err(usage("without a terminal a new vault takes the place of the old, or of the keyring, only with --yes"));
    }
    if !questions::agreed("Put every key of this registry into a new vault beside it?")? {
        return Err(ApiError::new(api::ErrorCode::Cancelled));
    }
    Ok(())
}
