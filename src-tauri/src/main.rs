//! Chancery's window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod commands;
mod desk;
mod dialogs;
mod handler;
mod host;
mod logging;
mod recent;
mod window;

use std::process::ExitCode;

fn main() -> ExitCode {
    let _log = logging::start();
    match window::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            ExitCode::FAILURE
        }
    }
}
