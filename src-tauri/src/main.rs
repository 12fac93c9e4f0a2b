//! Chancery's window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod clipboard;
mod clock;
mod commands;
mod desk;
mod dialogs;
mod handler;
mod host;
mod logging;
mod opened;
mod recent;
mod window;

use std::process::ExitCode;

/// Wipes what is freed: libraries do not know which of their buffers held a key.
#[global_allocator]
static MEMORY: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    let _log = logging::start();
    // Before anything can be typed; after the log, which is told when the system refuses.
    api::host::keep_memory_private();
    match window::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            ExitCode::FAILURE
        }
    }
}
