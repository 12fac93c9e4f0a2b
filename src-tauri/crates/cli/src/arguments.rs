//! What may be typed: the nouns and the options that every command takes.

use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

/// A certificate authority for small teams: issue, revoke and publish from scripts and servers.
#[derive(Debug, Parser)]
#[command(name = "chancery", version, disable_help_subcommand = true, arg_required_else_help = true)]
#[command(after_help = "Exit status: 0 done, 1 failed or damage found, 2 wrong usage, 3 not found, 4 refused or not trusted, 5 locked, \
                        6 registry busy, read-only, newer or damaged.\n`chancery help errors` lists every error code.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) noun: Noun,
}

/// The options that may stand anywhere.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// The registry file
    #[arg(long, global = true, value_name = "PATH", value_parser = path(), env = "CHANCERY_REGISTRY", hide_env_values = true)]
    pub(crate) registry: Option<PathBuf>,
    /// Its first line is the vault's passphrase; `-` is standard input
    #[arg(long, global = true, value_name = "FILE", value_parser = path(), env = "CHANCERY_PASSPHRASE_FILE", hide_env_values = true)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Its first line is the second passphrase, where a command takes one: a new one, or a recovery file's
    #[arg(long, global = true, value_name = "FILE", value_parser = path())]
    pub(crate) new_passphrase_file: Option<PathBuf>,
    /// Writes one JSON document
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Leaves notes out
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    /// Logs to standard error
    #[arg(long, global = true)]
    pub(crate) verbose: bool,
    /// Asks no confirmation questions
    #[arg(long, global = true)]
    pub(crate) yes: bool,
    /// Replaces output files that exist; never a registry, vault, backup or recovery file
    #[arg(long, global = true)]
    pub(crate) overwrite: bool,
    /// Writes to a registry on a network share, with a rollback journal: slower, and safe only while no other computer has it open
    #[arg(long, global = true, env = "CHANCERY_ON_SHARE", hide_env_values = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub(crate) on_share: bool,
}

/// Any path; an empty one, as from an empty environment variable, is none.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// The first word of a command.
#[derive(Debug, Subcommand)]
pub(crate) enum Noun {
    /// The registry: the file that holds everything
    #[command(subcommand)]
    Registry(crate::registry::Verb),
    /// Certificate authorities
    #[command(subcommand)]
    Authority(crate::authority::Verb),
    /// What a certificate contains, by its purpose
    #[command(subcommand)]
    Profile(crate::profile::Verb),
    /// What an authority allows
    #[command(subcommand)]
    Policy(crate::policy::Verb),
    /// Certificates
    #[command(subcommand)]
    Cert(crate::certificate::Verb),
    /// Certificate signing requests that wait for a decision
    #[command(subcommand)]
    Request(crate::request::Verb),
    /// Private keys: where they live, how they stand, how they leave
    #[command(subcommand)]
    Key(crate::key::Verb),
    /// Certificate revocation lists
    #[command(subcommand)]
    Crl(crate::crl::Verb),
    /// Trust lists and CRLs of others, kept true
    #[command(subcommand)]
    Source(crate::source::Verb),
    /// Takes in certificates, keys, requests and CRLs from files and folders
    Import(crate::import::Import),
    /// The audit log: who did what, when
    #[command(subcommand)]
    Audit(crate::audit::Verb),
    /// Long work: imports, backups, long CRLs
    #[command(subcommand)]
    Task(crate::task::Verb),
    /// Says what is wrong with keyring, clock, disk and locks
    Doctor(crate::doctor::Doctor),
    /// For testing
    #[command(subcommand)]
    Dev(crate::dev::Verb),
    /// Writes the completions of a shell to standard output
    Completions(crate::reference::Completions),
    /// Writes the manual pages into a folder
    Man(crate::reference::Man),
    /// Shows the help of a command, or the error codes (`help errors`)
    Help(crate::reference::Help),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Arguments::command().debug_assert();
    }
}
