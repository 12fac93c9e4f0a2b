//! `chancery crl timer`: a systemd timer of this user that runs `crl run`, one for each registry.

mod program;
mod units;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use api::{ApiError, ErrorCode};
use clap::Subcommand;
use serde::Serialize;

use self::program::program;
use self::units::{Units, UnspeakablePath};
use crate::invocation::{Invocation, usage};
use crate::layout::Text;
use crate::status::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Installs it, or brings it up to date: every quarter of an hour, at the start and when the clock was changed
    ///
    /// A vault's passphrase is read from the file named by --passphrase-file, each time.
    #[command(
        after_help = "Example:\n  chancery crl timer install --registry team.chancery --passphrase-file ~/.config/chancery/team.pass"
    )]
    Install,
    /// Takes it away
    #[command(after_help = "Example:\n  chancery crl timer remove --registry team.chancery")]
    Remove,
}

/// What was done.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TimerView {
    /// The name of the timer.
    timer: String,
    /// Whether it runs now.
    installed: bool,
    /// Whether anything had to be done.
    changed: bool,
    /// Its files.
    files: Vec<String>,
}

pub(crate) fn run(verb: &Verb, invocation: &Invocation) -> Result<Status, ApiError> {
    let registry = invocation.registry_path()?;
    let view = match verb {
        Verb::Install => install(&registry, invocation)?,
        Verb::Remove => remove(&registry)?,
    };
    invocation.output.result(&view, text)?;
    Ok(Status::Done)
}

fn text(view: &TimerView) -> Text {
    let mut text = Text::new();
    text.line(&match (view.installed, view.changed) {
        (true, true) => format!("{} runs every quarter of an hour.", view.timer),
        (true, false) => format!("{} was installed already.", view.timer),
        (false, true) => format!("{} was taken away.", view.timer),
        (false, false) => "There was no timer for this registry.".to_owned(),
    });
    for file in &view.files {
        text.line(&format!("  {file}"));
    }
    text
}

fn install(registry: &Path, invocation: &Invocation) -> Result<TimerView, ApiError> {
    let status = invocation.open()?;
    if status.read_only {
        return Err(ApiError::new(ErrorCode::RegistryReadOnly).with("path", registry.to_string_lossy()));
    }
    let passphrase_file = match invocation.passphrase_file() {
        _ if status.keys != "passphrase" => None,
        // By the name it was given: where secrets are rotated, a link leads to the present one.
        Some(file) if file != Path::new("-") => Some(std::path::absolute(file).map_err(|error| failed(file, &error))?),
        _ => return Err(usage("nobody is there to type a passphrase when the timer runs: name its file with --passphrase-file")),
    };
    // A passphrase that does not open the vault is told now and not at night.
    invocation.unlock(&status)?;
    if let Some(file) = &passphrase_file {
        warn_if_readable(file, invocation);
    }
    let program = program().map_err(|error| failed(Path::new("chancery"), &error))?;
    let unspeakable = |UnspeakablePath(path)| {
        usage(&format!(
            "a unit of systemd cannot name {}: it has a line break or is not UTF-8, or is a program with `$` in its path",
            path.display()
        ))
    };
    let on_share = invocation.global.on_share;
    let units = Units::of(&program, &absolute(registry)?, passphrase_file.as_deref(), on_share).map_err(unspeakable)?;
    systemctl(&["show", "--property=Version"], &units)?;
    let folder = folder()?;
    let mut changed = false;
    for (name, text) in units.files() {
        changed |= write_if_changed(&folder, &name, &text)?;
    }
    if changed {
        systemctl(&["daemon-reload"], &units)?;
    }
    let timer = units.timer_name();
    systemctl(&["enable", "--now", &timer], &units)?;
    if changed {
        invocation.output.note("It runs while you are logged in; `loginctl enable-linger` lets it run from the start of the machine on.");
    }
    Ok(TimerView { timer, installed: true, changed, files: paths(&folder, &units) })
}

fn remove(registry: &Path) -> Result<TimerView, ApiError> {
    let units = Units::of(Path::new("chancery"), &absolute(registry)?, None, false)
        .map_err(|UnspeakablePath(path)| usage(&format!("no unit of systemd can name {}", path.display())))?;
    let folder = folder()?;
    let timer = units.timer_name();
    let files = paths(&folder, &units);
    if !files.iter().any(|file| Path::new(file).symlink_metadata().is_ok()) {
        return Ok(TimerView { timer, installed: false, changed: false, files: Vec::new() });
    }
    // An install that was cut off has left no timer to stop.
    if folder.join(&timer).symlink_metadata().is_ok() {
        systemctl(&["disable", "--now", &timer], &units)?;
    }
    for file in &files {
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(Path::new(file), &error)),
            _ => {}
        }
    }
    systemctl(&["daemon-reload"], &units)?;
    Ok(TimerView { timer, installed: false, changed: true, files })
}

fn paths(folder: &Path, units: &Units) -> Vec<String> {
    units.files().iter().map(|(name, _)| folder.join(name).to_string_lossy().into_owned()).collect()
}

/// Where the units of this user are: `$XDG_CONFIG_HOME/systemd/user` (systemd.unit(5)). A relative value counts as none (XDG Base Directory Specification).
fn folder() -> Result<PathBuf, ApiError> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path: &PathBuf| path.is_absolute());
    let config = named("XDG_CONFIG_HOME").or_else(|| named("HOME").map(|home| home.join(".config")));
    config.map(|config| config.join("systemd/user")).ok_or_else(|| usage("neither XDG_CONFIG_HOME nor HOME names a folder for the timer"))
}

/// A path that means the same wherever the timer runs.
fn absolute(path: &Path) -> Result<PathBuf, ApiError> {
    // A file that is gone has the name that it had in its folder.
    let in_folder = || Some(fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?));
    let found = fs::canonicalize(path).or_else(|error| in_folder().ok_or(error)).or_else(|_| std::path::absolute(path));
    found.map_err(|error| failed(path, &error))
}

/// Replaced whole or not at all. Tells whether it was.
fn write_if_changed(folder: &Path, name: &str, text: &str) -> Result<bool, ApiError> {
    let path = folder.join(name);
    if fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(false);
    }
    let mut beside = OsString::from(".");
    beside.push(name);
    let beside = folder.join(beside);
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    fs::write(&beside, text).and_then(|()| fs::rename(&beside, &path)).map_err(|error| failed(&path, &error))?;
    Ok(true)
}

#[cfg(unix)]
fn warn_if_readable(file: &Path, invocation: &Invocation) {
    use std::os::unix::fs::PermissionsExt as _;
    if file.metadata().is_ok_and(|about| about.permissions().mode() & 0o077 != 0) {
        invocation.output.note(&format!("warning: others may read {}: chmod 600", file.display()));
    }
}

#[cfg(not(unix))]
fn warn_if_readable(_: &Path, _: &Invocation) {}

fn failed(path: &Path, error: &io::Error) -> ApiError {
    ApiError::new(ErrorCode::Io).with("path", path.display()).with("problem", error)
}

#[expect(clippy::disallowed_methods, reason = "the timer is systemd's")]
fn systemctl(arguments: &[&str], units: &Units) -> Result<(), ApiError> {
    let refused = |problem: &str| {
        let problem = problem.lines().next().unwrap_or("no reason given").trim();
        Err(ApiError::new(ErrorCode::TimerUnavailable).with("problem", problem).with("command", units.cron_command()))
    };
    let ran = Command::new("systemctl").arg("--user").args(arguments).stdin(Stdio::null()).output();
    match ran {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => refused(&String::from_utf8_lossy(&output.stderr)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => refused("there is no program systemctl"),
        Err(error) => refused(&error.to_string()),
    }
}
