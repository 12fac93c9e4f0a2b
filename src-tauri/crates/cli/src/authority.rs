//! `chancery authority`: roots and intermediates.

mod cross_sign;
mod outside;
mod renew;
mod retire;

use api::ApiError;
use api::request::{AuthorityCreate, AuthorityRequest, AuthoritySet, Nothing};
use clap::{Args, Subcommand};

use crate::invocation::{Invocation, usage};
use crate::render;
use crate::status::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Creates a root, or an intermediate under a parent
    #[command(after_help = "Example:\n  chancery authority create --name root --subject \"CN=Example Root,O=Example,C=DE\"\n  \
                            chancery authority create --name issuing --parent root --subject \"CN=Example Issuing CA,O=Example,C=DE\" \\\n      \
                            --crl-url http://pki.example.com/issuing.crl\n  \
                            chancery authority create --name issuing --outside --subject \"CN=Example Issuing CA,O=Example,C=DE\"")]
    Create(Box<Create>),
    /// Lists the authorities, parents before children
    #[command(after_help = "Example:\n  chancery authority list --json | jq -r '.items[].name'")]
    List,
    /// Changes its name, its addresses or the life of its CRLs; what it has issued stays as it is
    #[command(
        after_help = "Example:\n  chancery authority set issuing name=\"Team CA\" crl-days=14 crl-url=http://pki.example.com/a.crl,http://pki.example.net/a.crl"
    )]
    Set(Set),
    /// Shows one authority
    #[command(after_help = "Example:\n  chancery authority show issuing")]
    Show(Named),
    /// Gives it a new certificate for the same key, or a new key under the same name
    #[command(after_help = "Example:\n  chancery authority renew issuing\n  chancery authority renew root --new-key --days 7300 --yes")]
    Renew(renew::Renew),
    /// Writes the signing request of its key, for an authority elsewhere to sign
    #[command(
        after_help = "Example:\n  chancery authority csr issuing --out issuing.csr\n  chancery authority csr issuing --new-key --out issuing-2.csr"
    )]
    Csr(outside::Csr),
    /// Installs the certificate that answers its signing request
    #[command(after_help = "Example:\n  cat issuing.pem corporate-root.pem > answer.pem\n  chancery authority install issuing answer.pem")]
    Install(outside::Install),
    /// Signs the key of another authority: a second way to trust it
    #[command(
        after_help = "Example:\n  chancery authority cross-sign root ./partner-root.pem --path-length 0 --out partner-by-us.pem --yes"
    )]
    CrossSign(Box<cross_sign::CrossSign>),
    /// Lets it issue nothing more; its CRLs go on
    #[command(after_help = "Example:\n  chancery authority retire issuing --yes")]
    Retire(Named),
    /// Counts what hangs on it: certificates that still work, by kind and by when they end
    #[command(after_help = "Example:\n  chancery authority impact root")]
    Impact(Named),
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// Display name, unique in the registry; not written into certificates
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// Subject, RFC 4514 or, starting with /, in the order of encoding
    #[arg(long, value_name = "DN")]
    subject: String,
    /// The issuing authority; without one a root is created
    #[arg(long, value_name = "A")]
    parent: Option<String>,
    /// Its certificate will come from an authority elsewhere: makes its key and its signing request (`csr`, `install`)
    #[arg(long, conflicts_with_all = ["parent", "days"])]
    outside: bool,
    /// Kind of key: ec-p256 ec-p384 ec-p521 rsa-2048 rsa-3072 rsa-4096 rsa-pss-3072 ed25519
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Life in days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// Longest chain of further authorities below this one
    #[arg(long, value_name = "N")]
    path_length: Option<u8>,
    /// Where its CRLs will be found; written into what it issues
    #[arg(long, value_name = "URL")]
    crl_url: Vec<String>,
    /// Where its certificate will be found; written into what it issues
    #[arg(long, value_name = "URL")]
    issuer_url: Vec<String>,
    /// Where its OCSP responder answers; written into what it issues
    #[arg(long, value_name = "URL")]
    ocsp_url: Vec<String>,
    /// Name constraints: permits this subtree
    #[arg(long, value_name = "NAME")]
    permit: Vec<String>,
    /// Name constraints: excludes this subtree
    #[arg(long, value_name = "NAME")]
    exclude: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Id, display name, or fingerprint of its current certificate
    #[arg(value_name = "A")]
    authority: String,
    /// name=…, crl-url=…, issuer-url=…, ocsp-url=…, crl-days=…, delta=on|off, partitions=N, split=on|off; several addresses with commas, none by an empty value
    #[arg(value_name = "KEY=VALUE", required = true)]
    changes: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    /// Id, display name, or fingerprint of its current certificate
    #[arg(value_name = "A")]
    authority: String,
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::Create(create) if create.outside => {
            let request = AuthorityRequest {
                name: create.name,
                subject: create.subject,
                key: create.key,
                path_length: create.path_length,
                crl_urls: create.crl_url,
                issuer_urls: create.issuer_url,
                ocsp_urls: create.ocsp_url,
                permit: create.permit,
                exclude: create.exclude,
            };
            return outside::request(request, invocation);
        }
        Verb::Create(create) => {
            invocation.open_unlocked()?;
            let view = invocation.surface().authority_create(AuthorityCreate {
                name: create.name,
                subject: create.subject,
                parent: create.parent,
                key: create.key,
                days: create.days,
                path_length: create.path_length,
                crl_urls: create.crl_url,
                issuer_urls: create.issuer_url,
                ocsp_urls: create.ocsp_url,
                permit: create.permit,
                exclude: create.exclude,
            })?;
            invocation.output.result(&view, render::authority::one)?;
        }
        Verb::List => {
            invocation.open()?;
            let list = invocation.surface().authority_list(Nothing {})?;
            invocation.output.result(&list, render::authority::list)?;
        }
        Verb::Csr(csr) => return outside::csr(csr, invocation),
        Verb::Install(install) => return outside::install(install, invocation),
        Verb::CrossSign(cross_sign) => return cross_sign::run(*cross_sign, invocation),
        Verb::Retire(Named { authority }) => return retire::retire(authority, invocation),
        Verb::Impact(Named { authority }) => return retire::impact(authority, invocation),
        Verb::Renew(renew) => return renew::run(renew, invocation),
        Verb::Set(Set { authority, changes }) => {
            let mut request = AuthoritySet { authority, ..AuthoritySet::default() };
            for text in &changes {
                change(&mut request, text)?;
            }
            invocation.open_unlocked_if_given()?;
            let view = invocation.surface().authority_set(request)?;
            invocation.output.result(&view, render::authority::one)?;
        }
        Verb::Show(Named { authority }) => return outside::show(authority, invocation),
    }
    Ok(Status::Done)
}

fn change(request: &mut AuthoritySet, text: &str) -> Result<(), ApiError> {
    let (key, value) = text.split_once('=').ok_or_else(|| usage(&format!("{text:?} is not KEY=VALUE")))?;
    let list = || Some(value.split(',').map(str::trim).filter(|url| !url.is_empty()).map(str::to_owned).collect());
    match key {
        "name" => request.name = Some(value.to_owned()),
        "crl-url" => request.crl_urls = list(),
        "issuer-url" => request.issuer_urls = list(),
        "ocsp-url" => request.ocsp_urls = list(),
        "crl-days" => {
            let days = value.parse().map_err(|_| usage(&format!("{value:?} is not a number of days")))?;
            request.crl_days = Some(days);
        }
        "delta" => request.delta = Some(switch(value)?),
        "split" => request.split = Some(switch(value)?),
        "partitions" => {
            let count = value.parse().map_err(|_| usage(&format!("{value:?} is not a number of partitions")))?;
            request.partitions = Some(count);
        }
        _ => {
            let known = "name, crl-url, issuer-url, ocsp-url, crl-days, delta, partitions and split";
            return Err(usage(&format!("an authority has no {key:?}; it has {known}")));
        }
    }
    Ok(())
}

fn switch(value: &str) -> Result<bool, ApiError> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(usage(&format!("{value:?} is neither on nor off"))),
    }
}
