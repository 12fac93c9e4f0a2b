//! `chancery authority retire` and `authority impact`.

use api::ApiError;
use api::request::{AuthorityNamed, AuthorityRetire};

use super::outside;
use crate::invocation::{Invocation, usage};
use crate::status::Status;
use crate::{questions, render};

pub(crate) fn impact(authority: String, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open()?;
    let impact = invocation.surface().authority_impact(AuthorityNamed { authority })?;
    invocation.output.result(&impact, render::authority::impact)?;
    Ok(Status::Done)
}

pub(crate) fn retire(authority: String, invocation: &Invocation) -> Result<Status, ApiError> {
    if !invocation.global.yes && !questions::can_ask() {
        return Err(usage("retiring an authority stops what relies on it: without a terminal it needs --yes"));
    }
    invocation.open_unlocked_if_given()?;
    let impact = invocation.surface().authority_impact(AuthorityNamed { authority })?;
    let name = impact.authority.name.clone();
    let confirmation = if invocation.global.yes {
        name.clone()
    } else {
        invocation.output.note(&render::authority::hanging(&impact));
        questions::ask(&format!("{name} will issue nothing more; its CRLs go on. Type {name} to go on:"))?
    };
    let retired = invocation.surface().authority_retire(AuthorityRetire { authority: impact.authority.id, confirmation })?;
    invocation
        .output
        .note("It issues nothing more. What it has issued stays as it is, and its CRLs go on. `chancery registry undo` takes it back.");
    outside::shown(retired.id, invocation)
}
