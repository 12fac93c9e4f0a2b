//! `chancery crl`: certificate revocation lists.

mod difference;
mod round;
mod timer;

use std::path::PathBuf;

use api::ApiError;
use api::request::{AuthorityNamed, CrlBuild, CrlDecline, CrlExport, CrlInstall, CrlShow, CrlsOf};
use api::text::FilePath;
use clap::{Args, Subcommand};

use crate::certificate::{Named, named_or_file};
use crate::invocation::{Invocation, usage};
use crate::status::Status;
use crate::{questions, render};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Issues a new CRL; of earlier keys too, while their certificates have not all ended
    #[command(after_help = "Example:\n  chancery crl build issuing")]
    Build(Build),
    /// Shows the current CRL of an authority, or one in a file
    #[command(after_help = "Example:\n  chancery crl show issuing --entries\n  chancery crl show ./issuing.crl --serial 3fa8")]
    Show(Show),
    /// Lists the CRLs of an authority, newest first
    #[command(after_help = "Example:\n  chancery crl list issuing")]
    List(List),
    /// Says where two CRLs differ: the current one and the next before it is signed, two by their numbers, or two files
    #[command(
        after_help = "Example:\n  chancery crl diff issuing\n  chancery crl diff issuing --from 4097 --to 4099\n  chancery crl diff ./old.crl ./new.crl"
    )]
    Diff(difference::Difference),
    /// Writes the current CRL into a file; builds it first where none is current
    ///
    /// Where the authority has had several keys, each has a file while its certificates have not all ended: issuing.crl for the first, issuing-2.crl for
    /// the second, as their addresses are. CRLs of partitions are written beside it, each with the file name of its address.
    #[command(after_help = "Example:\n  chancery crl export issuing --out /srv/www/issuing.crl --overwrite")]
    Export(Export),
    /// Takes in a CRL that an authority issued elsewhere, or that a restored registry waits for
    #[command(after_help = "Example:\n  chancery crl install issuing ./old.crl\n  chancery crl install issuing --accept-lost-crl --yes")]
    Install(Install),
    /// Builds every CRL that is due; for a timer
    ///
    /// Due is a CRL that lacks a revocation, has reached two thirds of its life, or has none before it. One authority's failure does not stop the others; an
    /// authority whose key is elsewhere is passed over. Keys are asked for only when something is due.
    #[command(after_help = "Example:\n  chancery crl run --registry team.chancery --passphrase-file team.pass")]
    Run,
    /// Shows when CRLs of an authority were built, and why not
    #[command(after_help = "Example:\n  chancery crl events issuing")]
    Events(List),
    /// Runs `crl run` by a systemd timer of this user
    #[command(subcommand)]
    Timer(timer::Verb),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// The authority
    #[arg(value_name = "A")]
    authority: String,
    #[command(flatten)]
    of: OfKey,
}

#[derive(Debug, Args)]
pub(crate) struct OfKey {
    /// Which of its keys, 1 for the first; without it the one that issues
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    generation: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The authority
    #[arg(value_name = "A")]
    authority: String,
    /// When the next one is due at the latest, RFC 3339 or a date (UTC)
    #[arg(long, value_name = "TIME")]
    next_update: Option<String>,
    /// Only what has changed since the newest CRL: a delta, for programs that look for one
    #[arg(long)]
    delta: bool,
    /// Only that of one of its keys, 1 for the first
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    generation: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The authority, or a file
    #[arg(value_name = "A-OR-FILE")]
    authority: String,
    /// Lists its entries
    #[arg(long)]
    entries: bool,
    /// Only the entry of this serial
    #[arg(long, value_name = "SERIAL", allow_hyphen_values = true)]
    serial: Option<String>,
    /// Most entries to show, 1 to 1000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: Option<u32>,
    /// Goes on after this cursor
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    #[command(flatten)]
    of: OfKey,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The authority
    #[arg(value_name = "A")]
    authority: String,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How it is written
    #[arg(long, value_parser = ["der", "pem"], default_value = "der")]
    format: String,
    /// A past CRL by its number
    #[arg(long, value_name = "N")]
    number: Option<String>,
    /// The delta instead; builds it first where none is current
    #[arg(long)]
    delta: bool,
    /// Only that of one of its keys, 1 for the first, into just this file
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    generation: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct Install {
    /// The authority
    #[arg(value_name = "A")]
    authority: String,
    /// The CRL, PEM or DER
    #[arg(value_name = "FILE", required_unless_present = "accept_lost_crl")]
    file: Option<PathBuf>,
    /// After a restore: goes on without the newest published CRL. Revocations that only it knows are lost
    #[arg(long, conflicts_with = "file")]
    accept_lost_crl: bool,
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::Build(build) => {
            invocation.open_unlocked()?;
            let crl = invocation.surface().crl_build(CrlBuild {
                authority: build.authority,
                generation: build.generation,
                next_update: build.next_update,
                delta: build.delta,
            })?;
            invocation.output.result(&crl, render::crl::one)?;
        }
        Verb::Show(show) => self::show(show, invocation)?,
        Verb::List(List { authority, of }) => {
            invocation.open()?;
            let list = invocation.surface().crl_list(CrlsOf { authority, generation: of.generation })?;
            invocation.output.result(&list, render::crl::list)?;
        }
        Verb::Export(export) => {
            let out = FilePath::from(export.out);
            let view = invocation.with_keys_if_needed(|surface| {
                surface.crl_export(CrlExport {
                    authority: export.authority.clone(),
                    generation: export.generation,
                    format: Some(export.format.clone()),
                    number: export.number.clone(),
                    delta: export.delta,
                    out: out.clone(),
                    overwrite: invocation.global.overwrite,
                })
            })?;
            invocation.output.result(&view, render::exported)?;
        }
        Verb::Install(install) => {
            let Some(file) = install.file else { return decline(&install.authority, invocation) };
            invocation.open_unlocked_if_given()?;
            let installed = invocation.surface().crl_install(CrlInstall { authority: install.authority, path: FilePath::from(file) })?;
            invocation.output.result(&installed, render::crl::installed)?;
        }
        Verb::Diff(difference) => return difference::run(difference, invocation),
        Verb::Run => return round::run(invocation),
        Verb::Events(List { authority, of }) => {
            invocation.open()?;
            let events = invocation.surface().crl_events(CrlsOf { authority, generation: of.generation })?;
            invocation.output.result(&events, render::crl_round::events)?;
        }
        Verb::Timer(verb) => return timer::run(&verb, invocation),
    }
    Ok(Status::Done)
}

/// Gives the newest published CRL of an authority up.
fn decline(authority: &str, invocation: &Invocation) -> Result<Status, ApiError> {
    if !invocation.global.yes && !questions::can_ask() {
        return Err(usage("revocations that only the lost CRL knows do not come back: without a terminal this needs --yes"));
    }
    invocation.open_unlocked_if_given()?;
    let name = invocation.surface().authority_show(AuthorityNamed { authority: authority.to_owned() })?.name;
    let confirmation = if invocation.global.yes {
        name.clone()
    } else {
        questions::ask(&format!("Revocations that only the lost CRL knows do not come back. Type {name} to go on:"))?
    };
    let status = invocation.surface().crl_decline(CrlDecline { authority: name, confirmation })?;
    invocation.output.result(&status, render::registry::status)?;
    Ok(Status::Done)
}

fn show(show: Show, invocation: &Invocation) -> Result<(), ApiError> {
    let (authority, path) = match named_or_file(&show.authority) {
        Named::InRegistry(authority) => {
            invocation.open()?;
            (Some(authority), None)
        }
        Named::InFile(path) => {
            // With a registry at hand the signature of a CRL in a file can be checked.
            invocation.open_if_named()?;
            (None, Some(FilePath::from(path)))
        }
    };
    let crl = invocation.surface().crl_show(CrlShow {
        authority,
        generation: show.of.generation,
        path,
        entries: show.entries || show.serial.is_some(),
        serial: show.serial,
        limit: show.limit,
        after: show.after,
    })?;
    invocation.output.result(&crl, render::crl::one)?;
    if let Some(next) = crl.next.as_ref().filter(|_| !invocation.output.is_json()) {
        invocation.output.note(&format!("{} of {} entries; the next page: --after {next}", crl.items.len(), crl.entries));
    }
    Ok(())
}
