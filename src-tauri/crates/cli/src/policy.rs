//! `chancery policy`: what an authority allows, whatever the profile says.

use api::ApiError;
use api::request::{AuthorityNamed, PolicySet};
use api::view::PolicyRules;
use clap::{Args, Subcommand};

use crate::invocation::{Invocation, usage};
use crate::render;
use crate::status::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Shows what an authority allows
    #[command(after_help = "Example:\n  chancery policy show issuing")]
    Show(Show),
    /// Changes what an authority allows, as a new version; an empty value allows everything
    #[command(
        after_help = "Example:\n  chancery policy set issuing profiles=tls-server,mtls longest-days=90 names='dns:*.example.test,ip:10.0.0.0/8'\n  \
                            chancery policy set issuing names="
    )]
    Set(Set),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Id, display name, or fingerprint of its current certificate
    #[arg(value_name = "A")]
    authority: String,
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    /// Id, display name, or fingerprint of its current certificate
    #[arg(value_name = "A")]
    authority: String,
    /// profiles=…, keys=…, longest-days=…, names=…; lists with commas
    #[arg(value_name = "KEY=VALUE", required = true)]
    rules: Vec<String>,
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    invocation.open()?;
    let view = match verb {
        Verb::Show(Show { authority }) => invocation.surface().policy_show(AuthorityNamed { authority })?,
        Verb::Set(Set { authority, rules: given }) => {
            let mut rules = invocation.surface().policy_show(AuthorityNamed { authority: authority.clone() })?.rules;
            for rule in &given {
                change(&mut rules, rule)?;
            }
            invocation.surface().policy_set(PolicySet { authority, rules })?
        }
    };
    invocation.output.result(&view, render::profile::policy)?;
    Ok(Status::Done)
}

fn change(rules: &mut PolicyRules, rule: &str) -> Result<(), ApiError> {
    let (key, value) = rule.split_once('=').ok_or_else(|| usage(&format!("{rule:?} is not KEY=VALUE")))?;
    let list = || value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect();
    match key {
        "profiles" => rules.profiles = list(),
        "keys" => rules.keys = list(),
        "names" => rules.names = list(),
        "longest-days" if value.is_empty() => rules.longest_days = None,
        "longest-days" => {
            let days = value.parse().map_err(|_| usage(&format!("{value:?} is not a number of days")))?;
            rules.longest_days = Some(days);
        }
        _ => return Err(usage(&format!("a policy has no {key:?}; it has profiles, keys, longest-days and names"))),
    }
    Ok(())
}
