//! `chancery source`: other people's trust lists and CRLs.

use std::path::PathBuf;

use api::ApiError;
use api::request::{
    Nothing, SourceCertificates, SourceCreate, SourceDiff, SourceExport, SourceNamed, SourcePage, SourceRefresh, SourceRemove,
    SourceRevoked,
};
use api::text::FilePath;
use clap::{Args, Subcommand};

use crate::invocation::{Invocation, usage};
use crate::layout::Text;
use crate::output::Listing;
use crate::status::Status;
use crate::{progress, questions, render};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Makes a source and takes in what is there; where that cannot be taken, no source is made
    #[command(
        after_help = "Examples:\n  chancery source create \"German master list\" --kind icao-master-list https://example.org/DE.ml --signer csca.pem\n  chancery source create machine --kind pem --system"
    )]
    Create(Create),
    /// Fetches, verifies, and replaces what a source holds as one, or leaves it as it was
    #[command(after_help = "Examples:\n  chancery source refresh \"German master list\"\n  chancery source refresh --due")]
    Refresh(Refresh),
    /// Lists the sources
    #[command(after_help = "Example:\n  chancery source list")]
    List,
    /// Shows a source: its countries and history; or its certificates, CRLs or quarantine
    #[command(after_help = "Examples:\n  chancery source show machine\n  chancery source show machine --certificates --country DE")]
    Show(Show),
    /// Compares a source with a file, or with what is now where the source is; changes nothing
    #[command(after_help = "Example:\n  chancery source diff \"German master list\" new.ml")]
    Diff(Diff),
    /// Writes the certificates of a source into a PEM file, or one thing of its quarantine as it came
    #[command(after_help = "Example:\n  chancery source export machine --out trust.pem")]
    Export(Export),
    /// Removes a source with everything that only it holds
    #[command(after_help = "Example:\n  chancery source remove \"German master list\"")]
    Remove(Named),
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The source, by name or id
    #[arg(value_name = "NAME")]
    source: String,
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// What it is called
    #[arg(value_name = "NAME")]
    name: String,
    /// What it holds
    #[arg(long, value_parser = ["pem", "icao-master-list", "ldif", "crl"])]
    kind: String,
    /// A file, or an address that begins with http:// or https://
    #[arg(value_name = "PATH-OR-URL", required_unless_present = "system")]
    place: Option<String>,
    /// The trust store of this machine
    #[arg(long, conflicts_with = "place")]
    system: bool,
    /// Certificates of who signs it, or of the CSCA above
    #[arg(long, value_name = "FILE")]
    signer: Vec<PathBuf>,
    /// Hours from one refresh to the next, 0 for by hand only
    #[arg(long, value_name = "N", default_value_t = 24)]
    refresh_hours: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Refresh {
    /// The source, by name or id
    #[arg(value_name = "NAME", required_unless_present = "due")]
    source: Option<String>,
    /// Takes it also when it is smaller by more than a fifth
    #[arg(long, conflicts_with = "due")]
    accept_shrink: bool,
    /// Every source that is due, as a timer does it
    #[arg(long, conflicts_with = "source")]
    due: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The source, by name or id
    #[arg(value_name = "NAME")]
    source: String,
    /// Lists its certificates
    #[arg(long, group = "part")]
    certificates: bool,
    /// Lists its CRLs
    #[arg(long, group = "part")]
    crls: bool,
    /// Lists the entries of one of its CRLs, by its id
    #[arg(long, value_name = "CRL", group = "part")]
    revoked: Option<String>,
    /// Lists what could not be read
    #[arg(long, group = "part")]
    quarantine: bool,
    /// Lists its refreshes
    #[arg(long, group = "part")]
    events: bool,
    /// Only certificates of this kind
    #[arg(long, requires = "certificates", value_parser = ["csca", "document-signer", "list-signer", "other"])]
    kind: Option<String>,
    /// Only certificates of this country
    #[arg(long, requires = "certificates", value_name = "C")]
    country: Option<String>,
    /// Only the entry of this serial
    #[arg(long, requires = "revoked", value_name = "SERIAL", allow_hyphen_values = true)]
    serial: Option<String>,
    /// Most rows to show, 1 to 1000
    #[arg(long, requires = "part", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: Option<u32>,
    /// Goes on after this cursor
    #[arg(long, requires = "part", value_name = "CURSOR")]
    after: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The source, by name or id
    #[arg(value_name = "NAME")]
    source: String,
    /// The file to compare with; without it what is now where the source is
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Most changes to list, 1 to 10000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The source, by name or id
    #[arg(value_name = "NAME")]
    source: String,
    /// One thing of its quarantine, by its id
    #[arg(long, value_name = "ID")]
    quarantined: Option<String>,
    /// One of its certificates, by its id
    #[arg(long, value_name = "ID", conflicts_with = "quarantined")]
    certificate: Option<String>,
    /// How that certificate is written
    #[arg(long, value_name = "FORMAT", value_parser = ["pem", "der"], requires = "certificate")]
    format: Option<String>,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::Create(create) => self::create(create, invocation)?,
        Verb::Refresh(refresh) => return self::refresh(refresh, invocation),
        Verb::List => {
            invocation.open()?;
            let list = invocation.surface().source_list(Nothing {})?;
            invocation.output.result(&Listing::whole(&list.items), |_| render::source::list(&list))?;
        }
        Verb::Show(show) => self::show(show, invocation)?,
        Verb::Diff(Diff { source, path, limit }) => {
            invocation.open()?;
            let request = SourceDiff { source, path: path.map(FilePath::from), limit };
            let difference = invocation.surface().source_diff(request)?;
            invocation.output.result(&difference, render::source::difference)?;
        }
        Verb::Export(Export { source, quarantined, certificate, format, out }) => {
            invocation.open_unlocked_if_given()?;
            let overwrite = invocation.global.overwrite;
            let request = SourceExport { source, quarantined, certificate, format, out: FilePath::from(out), overwrite };
            let view = invocation.surface().source_export(request)?;
            invocation.output.result(&view, render::exported)?;
        }
        Verb::Remove(Named { source }) => remove(source, invocation)?,
    }
    Ok(Status::Done)
}

fn create(create: Create, invocation: &Invocation) -> Result<(), ApiError> {
    invocation.open_unlocked_if_given()?;
    let is_url = |place: &String| ["http://", "https://"].iter().any(|scheme| place.to_ascii_lowercase().starts_with(scheme));
    let (url, path) = match create.place {
        Some(place) if is_url(&place) => (Some(place), None),
        place => (None, place.map(FilePath)),
    };
    let request = SourceCreate {
        name: create.name,
        kind: create.kind,
        path,
        url,
        system: create.system,
        signers: create.signer.into_iter().map(FilePath::from).collect(),
        refresh_hours: Some(create.refresh_hours),
    };
    let made = progress::of_task(invocation, "octets", || invocation.surface().source_create(request))?;
    invocation.output.result(&made, render::source::refreshed)
}

fn refresh(refresh: Refresh, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open_unlocked_if_given()?;
    let Some(source) = refresh.source else {
        let round = invocation.surface().source_round(Nothing {})?;
        invocation.output.result(&round, render::source::round)?;
        return Ok(Status::when(round.failed.is_empty(), Status::Failed));
    };
    let request = SourceRefresh { source, accept_shrink: refresh.accept_shrink };
    let done = progress::of_task(invocation, "octets", || invocation.surface().source_refresh(request))?;
    invocation.output.result(&done, render::source::refreshed)?;
    Ok(Status::Done)
}

fn show(show: Show, invocation: &Invocation) -> Result<(), ApiError> {
    invocation.open()?;
    let surface = invocation.surface();
    let Show { source, limit, after, .. } = show;
    if let Some(crl) = show.revoked {
        let page = surface.source_revoked(SourceRevoked { crl, serial: show.serial, limit, after })?;
        return paged(&page, render::source::revoked, invocation);
    }
    if show.certificates {
        let page = surface.source_certificates(SourceCertificates { source, kind: show.kind, country: show.country, limit, after })?;
        return paged(&page, render::source::certificates, invocation);
    }
    let request = SourcePage { source, limit, after };
    if show.crls {
        return paged(&surface.source_crls(request)?, render::source::crls, invocation);
    }
    if show.quarantine {
        return paged(&surface.source_quarantine(request)?, render::source::quarantine, invocation);
    }
    if show.events {
        return paged(&surface.source_events(request)?, render::source::events, invocation);
    }
    let detail = surface.source_show(SourceNamed { source: request.source })?;
    invocation.output.result(&detail, render::source::detail)
}

fn paged<T: serde::Serialize>(page: &api::view::Page<T>, text: fn(&[T]) -> Text, invocation: &Invocation) -> Result<(), ApiError> {
    invocation.output.result(page, |page| text(&page.items))?;
    if !invocation.output.is_json() {
        invocation.output.note(&render::page_note(page.items.len(), page.total, page.next.as_ref()));
    }
    Ok(())
}

fn remove(source: String, invocation: &Invocation) -> Result<(), ApiError> {
    if !invocation.global.yes && !questions::can_ask() {
        return Err(usage("what vouches by this source does so no more: without a terminal this needs --yes"));
    }
    invocation.open_unlocked_if_given()?;
    let detail = invocation.surface().source_show(SourceNamed { source })?;
    let name = detail.source.name;
    let confirmation = if invocation.global.yes {
        name.clone()
    } else {
        questions::ask(&format!("What vouches by {name} does so no more. Type {name} to go on:"))?
    };
    let done = invocation.surface().source_remove(SourceRemove { source: detail.source.id, confirmation })?;
    invocation.output.result(&done, |_| Text::new())?;
    invocation.output.note(&format!("The source {name} is removed, with everything that only it held."));
    Ok(())
}
