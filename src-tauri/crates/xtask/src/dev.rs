//! `cargo xtask dev`: the window and the interface's development server, both reloading on change.

use std::net::{Ipv4Addr, Ipv6Addr, TcpStream};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant, SystemTime};

use crate::invocation::{Failure, Invocation};
use crate::step::Steps;
use crate::{npm, packages, workspace};

/// Where the development server listens: `build.devUrl` in `tauri.conf.json`, `server.port` in `vite.config.ts`.
const PORT: u16 = 1420;
/// How long the server may take to start.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the sources are looked at.
const LOOK: Duration = Duration::from_millis(700);
/// What the shell is built from.
const SOURCES: &[&str] = &["src-tauri", "migrations", "Cargo.toml"];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Install missing system packages without asking.
    #[arg(long)]
    yes: bool,
}

/// A program that ends with this one.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        if self.0.kill().is_ok() {
            drop(self.0.wait());
        }
    }
}

/// The page reloads by itself; a change in Rust rebuilds the shell and, if that succeeds, replaces the window. Closing the window ends both.
pub(crate) fn dev(options: &Options) -> Result<(), Failure> {
    let mut steps = Steps::default();
    steps.step("system packages", |_| packages::ensure(&[packages::BUILD], options.yes))?;
    steps.step("interface's packages", |_| {
        npm::check_node()?;
        npm::install("ui")
    })?;
    let mut server = Running(
        Invocation::new("node")
            .arguments(&["node_modules/vite/bin/vite.js", "--clearScreen", "false"])
            .folder(workspace::at("ui"))
            .start()?,
    );
    steps.step("development server", |_| wait_for(&mut server))?;
    let mut seen = newest();
    steps.step("window", |_| build())?;
    loop {
        let mut window = Running(Invocation::new(workspace::built("chancery-desktop")).start()?);
        loop {
            std::thread::sleep(LOOK);
            if window.0.try_wait()?.is_some() {
                return Ok(());
            }
            let now = newest();
            if now > seen {
                seen = now;
                // A mistake on the way is shown by cargo; the window of before stays until the next change.
                match steps.step("window", |_| build()) {
                    Ok(()) => break,
                    Err(failure) => println!("{failure}\nThe window is still the one of before."),
                }
            }
        }
    }
}

fn build() -> Result<(), Failure> {
    Invocation::cargo(&["build", "--package", "chancery-desktop"]).run()
}

fn wait_for(server: &mut Running) -> Result<(), Failure> {
    let begin = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)).is_err() && TcpStream::connect((Ipv6Addr::LOCALHOST, PORT)).is_err() {
        if let Some(status) = server.0.try_wait()? {
            return Err(Failure::new(format!("the development server ended ({status})")));
        }
        if begin.elapsed() > PATIENCE {
            return Err(Failure::new(format!("the development server does not listen on port {PORT}")));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// When a source of the shell was changed last.
fn newest() -> Option<SystemTime> {
    SOURCES.iter().filter_map(|source| newest_below(&workspace::at(source))).max()
}

fn newest_below(path: &Path) -> Option<SystemTime> {
    let metadata = path.metadata().ok()?;
    if metadata.is_file() {
        let is_source = path.extension().is_some_and(|extension| ["rs", "toml", "sql", "json"].iter().any(|kind| extension == *kind));
        return if is_source { metadata.modified().ok() } else { None };
    }
    // `gen` is written by the build itself.
    let is_made = path.file_name().is_some_and(|name| name == "gen" || name == "target");
    if is_made {
        return None;
    }
    std::fs::read_dir(path).ok()?.filter_map(|entry| newest_below(&entry.ok()?.path())).max()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn only_sources_count_as_changes() {
        let folder = std::env::temp_dir().join(format!("chancery-dev-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("gen")).expect("made");
        std::fs::write(folder.join("gen/made.json"), "").expect("written");
        std::fs::write(folder.join("notes.txt"), "").expect("written");
        assert_eq!(newest_below(&folder), None);
        std::fs::write(folder.join("lib.rs"), "").expect("written");
        assert_eq!(newest_below(&folder), folder.join("lib.rs").metadata().and_then(|metadata| metadata.modified()).ok());
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
