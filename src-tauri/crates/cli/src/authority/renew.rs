//! `chancery authority renew`: a new certificate for the same key, or a new key under the same name.

use api::ApiError;
use api::request::{AuthorityRenew, AuthorityRenewal};
use api::view::AuthorityRenewalView;
use clap::Args;

use crate::certificate::delivery::{say_differences, say_findings};
use crate::invocation::{Invocation, usage};
use crate::status::Status;
use crate::{questions, render};

#[derive(Debug, Args)]
pub(crate) struct Renew {
    /// Id, display name, or fingerprint of its current certificate
    #[arg(value_name = "A")]
    authority: String,
    /// Begins a new key under the same name; the key before goes on signing its CRL until its last certificate has ended
    #[arg(long)]
    new_key: bool,
    /// Kind of the new key; without it the present one's
    #[arg(long, value_name = "KEY", requires = "new_key")]
    key: Option<String>,
    /// Life in days; without it the profile's default, not beyond the end of the authority above
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,
    /// Where the new key's CRL will be found; without it the present addresses with the key's number in the file name
    #[arg(long, value_name = "URL", requires = "new_key")]
    crl_url: Vec<String>,
    /// Marks a warning as accepted in the record
    #[arg(long, value_name = "LINT")]
    accept: Vec<String>,
    /// Only says what would be signed
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(renew: Renew, invocation: &Invocation) -> Result<Status, ApiError> {
    let renewal = AuthorityRenewal {
        authority: renew.authority,
        new_key: renew.new_key,
        key: renew.key,
        days: renew.days,
        crl_urls: Some(renew.crl_url).filter(|urls| !urls.is_empty()),
        accept: renew.accept,
    };
    if renew.dry_run {
        invocation.open()?;
        let plan = invocation.surface().authority_renewal(renewal)?;
        say_findings(&plan.preview.findings, invocation);
        invocation.output.result(&plan, render::authority::renewal)?;
        return Ok(Status::Done);
    }
    invocation.open_unlocked()?;
    let plan = invocation.surface().authority_renewal(renewal.clone())?;
    say_differences(&plan.preview.differences, invocation);
    let confirmation = confirmed(&plan, invocation)?;
    let renewed = invocation.surface().authority_renew(AuthorityRenew { renewal, confirmation })?;
    say_findings(&renewed.findings, invocation);
    if renew.new_key {
        invocation.output.note(&after(&renewed.authority.crl_urls));
    }
    invocation.output.result(&renewed, |renewed| render::authority::one(&renewed.authority))?;
    Ok(Status::Done)
}

/// Who trusts a root has to take its new certificate over by hand: that is asked about.
fn confirmed(plan: &AuthorityRenewalView, invocation: &Invocation) -> Result<Option<String>, ApiError> {
    let Some(wanted) = &plan.confirmation else { return Ok(None) };
    if invocation.global.yes {
        return Ok(Some(wanted.clone()));
    }
    if !questions::can_ask() {
        return Err(usage("whoever trusts a root must take its new certificate over: without a terminal this needs --yes"));
    }
    questions::ask(&format!("Whoever trusts this root must take its new certificate over. Type {wanted} to go on:")).map(Some)
}

fn after(crl_urls: &[String]) -> String {
    let place = if crl_urls.is_empty() { String::new() } else { format!(", found at {}", crl_urls.join(" ")) };
    format!(
        "The new key signs a CRL of its own{place}. The key before goes on signing the one that its certificates name.\nBoth are built by `chancery crl build` and written by `chancery crl export`."
    )
}
