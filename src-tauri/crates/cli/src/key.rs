//! `chancery key`: how private keys stand, and how they leave.

mod compromised;

use std::path::PathBuf;

use api::request::{AuthorityNamed, CertificateNamed, KeyExport, KeyList, KeyNamed, KeyRepair, KeyRepairAction, RegistryUnlock};
use api::text::{FilePath, Secret};
use api::{ApiError, ErrorCode};
use clap::{Args, Subcommand, ValueEnum};

use crate::invocation::{Invocation, usage};
use crate::status::Status;
use crate::{questions, render, secrets};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Lists every key: where it lives, how it stands, and what stands in the key store that no key knows
    #[command(after_help = "Example:\n  chancery key list --json | jq '.items[] | select(.state != \"ready\")'")]
    List,
    /// Shows how one key stands and what to do about it
    #[command(after_help = "Example:\n  chancery key show \"Acme Root CA\"")]
    Show(Show),
    /// Proves a key: reads it afresh, signs with it, verifies the signature
    #[command(after_help = "Example:\n  chancery key prove \"Acme Root CA\"")]
    Prove(Show),
    /// Mends what stands between a key and its entry; makes, overwrites and destroys nothing
    #[command(
        after_help = "Example:\n  chancery key repair set-aside \"Acme Root CA\" && chancery registry recovery-file restore /media/usb/team.recovery"
    )]
    Repair(Repair),
    /// Lets a key leave, into a file; the audit log says why
    #[command(
        after_help = "Example:\n  chancery key export www.example.com --out www.key --password-file password.txt --reason \"new load balancer\""
    )]
    Export(Export),
    /// Revokes every certificate of a key that is in other hands, under all authorities, in one act; shown before it is done
    #[command(
        after_help = "Example:\n  chancery key compromised www.example.com --dry-run\n  chancery key compromised ./leaked.key --note \"found on a share\" --yes"
    )]
    Compromised(compromised::Compromised),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Id of the key, or an authority, or a certificate
    #[arg(value_name = "KEY")]
    key: String,
}

#[derive(Debug, Args)]
pub(crate) struct Repair {
    /// `adopt` takes a stray entry for the key that it fits; `set-aside` moves something else out of a key's way; `forget` ends what was only staged
    #[arg(value_enum)]
    action: Action,
    /// Id of the key, or an authority, or a certificate; for `adopt` the stray entry
    #[arg(value_name = "KEY")]
    key: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Action {
    Adopt,
    SetAside,
    Forget,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The certificate whose key it is, or an authority
    #[arg(value_name = "C")]
    certificate: String,
    /// The file to write, 0600; PKCS#12 when it ends in .p12 or .pfx, else PEM
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Its first line seals the key
    #[arg(long, value_name = "FILE", conflicts_with = "plain_key")]
    password_file: Option<PathBuf>,
    /// Lets the key leave without protection
    #[arg(long)]
    plain_key: bool,
    /// Why, for the audit log
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// What is wanted of a key that leaves, from the command line: shared by `key export` and `cert export`.
pub(crate) struct Departure {
    pub(crate) certificate: String,
    pub(crate) out: PathBuf,
    pub(crate) format: Option<String>,
    pub(crate) password_file: Option<PathBuf>,
    pub(crate) plain_key: bool,
    pub(crate) reason: String,
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::List => list(invocation),
        Verb::Show(show) => {
            invocation.open_unlocked_if_given()?;
            let view = invocation.surface().key_show(KeyNamed { key: show.key })?;
            invocation.output.result(&view, render::key::one)?;
            Ok(Status::Done)
        }
        Verb::Prove(show) => repair(show.key, KeyRepairAction::Prove, invocation),
        Verb::Repair(Repair { action, key }) => {
            let action = match action {
                Action::Adopt => KeyRepairAction::Adopt,
                Action::SetAside => KeyRepairAction::SetAside,
                Action::Forget => KeyRepairAction::Forget,
            };
            repair(key, action, invocation)
        }
        Verb::Compromised(compromised) => compromised::run(compromised, invocation),
        Verb::Export(Export { certificate, out, password_file, plain_key, reason }) => {
            depart(Departure { certificate, out, format: None, password_file, plain_key, reason }, invocation)
        }
    }
}

fn list(invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open_unlocked_if_given()?;
    let mut listing = invocation.surface().key_list(KeyList::default())?;
    while let Some(after) = listing.next.take() {
        let page = invocation.surface().key_list(KeyList { after: Some(after), ..KeyList::default() })?;
        listing.items.extend(page.items);
        listing.next = page.next;
    }
    invocation.output.result(&listing, render::key::list)?;
    if !listing.strays_known {
        invocation.output.note("The key store could not be asked for stray entries; there may be some.");
    }
    Ok(Status::Done)
}

fn repair(key: String, action: KeyRepairAction, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open_unlocked()?;
    let repaired = invocation.surface().key_repair(KeyRepair { key, action })?;
    invocation.output.result(&repaired, render::key::repaired)?;
    Ok(Status::Done)
}

/// Lets a key leave, after asking for what the registry wants first.
pub(crate) fn depart(departure: Departure, invocation: &Invocation) -> Result<Status, ApiError> {
    let Guarded { password, passphrase, confirmation } =
        guarded(KeyOf::Certificate(&departure.certificate), departure.password_file.as_ref(), departure.plain_key, invocation)?;
    let view = invocation.surface().key_export(KeyExport {
        certificate: departure.certificate,
        out: FilePath::from(departure.out),
        format: departure.format,
        password,
        plain_key: departure.plain_key,
        reason: departure.reason,
        passphrase,
        confirmation: Some(confirmation),
        overwrite: invocation.global.overwrite,
    })?;
    invocation.output.result(&view, render::exported)?;
    view.warnings.iter().for_each(|warning| invocation.output.note(&format!("warning: {warning}")));
    Ok(Status::Done)
}

/// What was given before a key leaves.
pub(crate) struct Guarded {
    /// Seals the key; none for a plain one.
    pub(crate) password: Option<Secret>,
    /// What the registry's guard wants.
    pub(crate) passphrase: Option<Secret>,
    /// The name, typed.
    pub(crate) confirmation: String,
}

/// Whose key leaves.
pub(crate) enum KeyOf<'a> {
    /// A certificate's; an authority's name will do.
    Certificate(&'a str),
    /// An authority's.
    Authority(&'a str),
}

/// Opens and unlocks the registry, and asks for what is wanted before a key leaves.
pub(crate) fn guarded(
    of: KeyOf<'_>,
    password_file: Option<&PathBuf>,
    plain_key: bool,
    invocation: &Invocation,
) -> Result<Guarded, ApiError> {
    if !invocation.global.yes && !questions::can_ask() {
        return Err(usage("a key that has left cannot be called back: without a terminal it needs --yes"));
    }
    let status = invocation.open()?;
    let name = match of {
        KeyOf::Certificate(certificate) => name_of(certificate, invocation)?,
        KeyOf::Authority(authority) => {
            invocation.surface().authority_show(AuthorityNamed { authority: authority.to_owned() })?.certificate.name
        }
    };
    let password = match (password_file, plain_key) {
        (Some(file), _) => Some(secrets::first_line(file, invocation)?),
        (None, true) => None,
        (None, false) => Some(secrets::prompted_twice("Password for the key", ErrorCode::PasswordRequired, invocation)?),
    };
    let passphrase = match status.key_guard.as_str() {
        "vault-passphrase" => Some(invocation.passphrase("Passphrase of the vault")?),
        "recovery-passphrase" => Some(match invocation.recovery_passphrase_file() {
            Some(file) => secrets::first_line(file, invocation)?,
            None => secrets::prompted("Passphrase of the recovery file", ErrorCode::PassphraseRequired)?,
        }),
        _ => None,
    };
    if !status.unlocked {
        let of_vault = passphrase.as_ref().filter(|_| status.keys == "passphrase");
        let again = of_vault.map(|secret| Secret::new(secret.expose().to_owned()));
        invocation.surface().registry_unlock(RegistryUnlock { passphrase: again })?;
    }
    let confirmation = if invocation.global.yes { name } else { questions::ask(&format!("Type {name} to let its private key leave:"))? };
    Ok(Guarded { password, passphrase, confirmation })
}

/// The name of the certificate, or of an authority's current one.
fn name_of(certificate: &str, invocation: &Invocation) -> Result<String, ApiError> {
    match invocation.surface().certificate_show(CertificateNamed { certificate: certificate.to_owned() }) {
        Ok(found) => Ok(found.certificate.name),
        Err(error) if error.code == ErrorCode::CertificateNotFound => {
            let authority = invocation.surface().authority_show(AuthorityNamed { authority: certificate.to_owned() });
            authority.map_or(Err(error), |found| Ok(found.certificate.name))
        }
        Err(error) => Err(error),
    }
}
