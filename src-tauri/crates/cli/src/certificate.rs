//! `chancery cert`: issue, find, look at, verify, revoke and export certificates.

mod chosen;
mod compare;
pub(crate) mod delivery;
mod export;
mod file;
mod hold;
mod issue;
mod issue_many;
mod list;
mod named;
mod renew;
mod revoke;
mod show;
mod verify;

use api::ApiError;
use clap::Subcommand;

use crate::invocation::Invocation;
use crate::status::Status;

pub(crate) use chosen::Chosen;
pub(crate) use named::{Named, named_or_file};
pub(crate) use revoke::say_stale;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Issues a certificate, for a new key or for a request
    #[command(
        after_help = "Example:\n  chancery cert issue --authority issuing --name www.example.com --name 192.0.2.1 --out www --plain-key\n  \
                            chancery cert issue --authority issuing --csr www.csr --out www.pem\n  \
                            chancery cert issue --authority root --profile intermediate --csr partner.csr --out partner.pem"
    )]
    Issue(Box<issue::Issue>),
    /// Issues a successor with the same or a new key; the certificate before is not revoked
    #[command(
        after_help = "Example:\n  chancery cert renew issuing/3fa8 --out www\n  chancery cert renew issuing/3fa8 --new-key --out www --plain-key"
    )]
    Renew(Box<renew::Renew>),
    /// Issues a successor with a new key, and says how to revoke the certificate before once nothing uses it
    #[command(after_help = "Example:\n  chancery cert rotate issuing/3fa8 --out www --password-file password.txt")]
    Rotate(Box<renew::Successor>),
    /// Says where two certificates differ
    #[command(after_help = "Example:\n  chancery cert compare issuing/3fa8 ./server.pem")]
    Compare(compare::Compare),
    /// Issues a certificate for each row of a CSV file, or for each request of a folder; exit status 1 when some were left out or it was stopped
    #[command(after_help = "Example:\n  chancery cert issue-many --authority issuing --csv hosts.csv --dry-run\n  \
                            chancery cert issue-many --authority issuing --csv hosts.csv --out hosts --plain-key\n  \
                            chancery cert issue-many --resume 019ad3c2-7f10-7c3a-9a55-2f6b0d6c1e11")]
    IssueMany(Box<issue_many::IssueManyArguments>),
    /// Lists certificates, newest issued first
    #[command(after_help = "Example:\n  chancery cert list --status valid --expires-within 30d --sort ends")]
    List(list::List),
    /// Shows a certificate of the registry, or one in a file
    #[command(after_help = "Example:\n  chancery cert show issuing/3fa8\n  chancery cert show ./server.pem --text")]
    Show(show::Show),
    /// Says whether a certificate is trusted, and why; exit status 4 when it is not
    #[command(after_help = "Example:\n  chancery cert verify www.crt --trust root.pem --untrusted issuing.pem --host www.example.com")]
    Verify(verify::Verify),
    /// Revokes certificates; this cannot be undone
    #[command(after_help = "Example:\n  chancery cert revoke issuing/3fa8 --reason keyCompromise --note \"laptop lost\" --yes\n  \
                            chancery cert revoke --from leavers.txt --reason affiliationChanged --yes\n  \
                            chancery cert revoke issuing/5c01 --unknown-serial --yes")]
    Revoke(revoke::Revoke),
    /// Puts certificates on hold, all or none: they stop working until they are released
    #[command(after_help = "Example:\n  chancery cert hold issuing/3fa8 --note \"laptop mislaid\"")]
    Hold(hold::Held),
    /// Lifts the holds of certificates, all or none
    #[command(after_help = "Example:\n  chancery cert release issuing/3fa8")]
    Release(hold::Held),
    /// Puts certificates away: lists leave them out, CRLs do not
    #[command(after_help = "Example:\n  chancery cert archive issuing/3fa8 issuing/51c0")]
    Archive(file::Filed),
    /// Takes certificates out of the archive
    #[command(after_help = "Example:\n  chancery cert unarchive issuing/3fa8")]
    Unarchive(file::Filed),
    /// Puts tags on certificates and takes others off; global options stand before `tag`
    #[command(after_help = "Example:\n  chancery cert tag issuing/3fa8 +vpn -test")]
    Tag(file::Tag),
    /// Writes a certificate into a file: alone, with its chain, with its key, or as a program is set up with it
    #[command(after_help = "Example:\n  chancery cert export issuing/3fa8 --format chain --out www.chain.pem\n  \
                            chancery cert export www.example.com --format nginx --plain-key --reason \"new load balancer\" --out www.pem\n  \
                            chancery cert export www.example.com --format pkcs12 --legacy --password-file password.txt --reason \"old appliance\" --out www.p12")]
    Export(Box<export::Export>),
}

pub(crate) fn run(verb: Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    match verb {
        Verb::Issue(issue) => issue::run(*issue, invocation),
        Verb::Archive(filed) => file::archive(filed, true, invocation),
        Verb::Unarchive(filed) => file::archive(filed, false, invocation),
        Verb::Tag(tag) => file::tag(tag, invocation),
        Verb::Renew(renew) => renew::renew(*renew, invocation),
        Verb::Rotate(successor) => renew::rotate(*successor, invocation),
        Verb::Compare(compare) => compare::run(&compare, invocation),
        Verb::IssueMany(many) => issue_many::run(*many, invocation),
        Verb::List(list) => list::run(list, invocation),
        Verb::Show(show) => show::run(&show, invocation),
        Verb::Verify(verify) => verify::run(verify, invocation),
        Verb::Revoke(revoke) => revoke::run(&revoke, invocation),
        Verb::Hold(held) => hold::hold(held, invocation),
        Verb::Release(held) => hold::release(held, invocation),
        Verb::Export(export) => export::run(*export, invocation),
    }
}
