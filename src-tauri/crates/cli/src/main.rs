//! `chancery`: everything the window can do, for scripts and servers.
//!
//! One file per noun parses and does; `render/` shows; nothing else writes. Only the asked-for result goes to standard output, notes,
//! questions and errors to standard error. The exit status is the promise: 0 done, 1 failed or damage found, 2 wrong usage, 3 not found,
//! 4 refused, 5 locked, 6 registry cannot be used.

mod arguments;
mod audit;
mod authority;
mod certificate;
mod crl;
mod dev;
mod doctor;
mod import;
mod invocation;
mod key;
mod last_registry;
mod layout;
mod logging;
mod output;
mod policy;
mod profile;
mod progress;
mod questions;
mod recovery_file;
mod reference;
mod registry;
mod render;
mod request;
mod secrets;
mod source;
mod status;
mod task;
mod trash;
mod visible;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::{Arguments, Noun};
use invocation::Invocation;
use output::Output;
use status::Status;

/// Wipes what is freed: libraries do not know which of their buffers held a key.
#[global_allocator]
static MEMORY: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    api::host::keep_memory_private();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refusal) => return Output::refuse_usage(&refusal),
    };
    logging::start(arguments.global.verbose);
    let invocation = Invocation::new(arguments.global);
    match run(arguments.noun, &invocation) {
        Ok(status) => {
            invocation.back_up_daily();
            invocation.output.finish();
            status.into()
        }
        Err(error) => {
            invocation.output.error(&error);
            ExitCode::from(error.code.exit_status())
        }
    }
}

fn run(noun: Noun, invocation: &Invocation) -> Result<Status, api::ApiError> {
    match noun {
        Noun::Registry(verb) => registry::run(verb, invocation),
        Noun::Authority(verb) => authority::run(verb, invocation),
        Noun::Profile(verb) => profile::run(&verb, invocation),
        Noun::Policy(verb) => policy::run(verb, invocation),
        Noun::Cert(verb) => certificate::run(verb, invocation),
        Noun::Request(verb) => request::run(verb, invocation),
        Noun::Key(verb) => key::run(verb, invocation),
        Noun::Crl(verb) => crl::run(verb, invocation),
        Noun::Source(verb) => source::run(verb, invocation),
        Noun::Import(import) => import::run(&import, invocation),
        Noun::Audit(verb) => audit::run(verb, invocation),
        Noun::Task(verb) => task::run(verb, invocation),
        Noun::Doctor(arguments) => doctor::run(invocation, &arguments),
        Noun::Dev(verb) => dev::run(verb, invocation),
        Noun::Completions(completions) => reference::completions(&completions.shell),
        Noun::Man(man) => reference::manual(&man.out, invocation),
        Noun::Help(help) => reference::help(&help.of, invocation),
    }
}
