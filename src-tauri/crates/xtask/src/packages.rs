//! The system packages that building and testing need, and how to get them on Debian and Ubuntu.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use crate::invocation::{Failure, Invocation};

/// What linking the desktop shell needs.
pub(crate) const BUILD: &[&str] = &["libwebkit2gtk-4.1-dev", "libayatana-appindicator3-dev", "librsvg2-dev", "libxdo-dev"];

/// What the real window needs on a machine without a display.
pub(crate) const WINDOW: &[&str] = &["webkit2gtk-driver", "xvfb", "xauth", "gnome-keyring", "dbus-x11", "xdotool", "xclip", "openssl"];

/// The foreign judges, the tools that the tests compare with, and what faults are injected with.
pub(crate) const JUDGES: &[&str] = &[
    "libsecret-tools",
    "gnutls-bin",
    "libnss3-tools",
    "openjdk-17-jdk-headless",
    "easy-rsa",
    "strace",
    "faketime",
    "sqlite3",
    "openssh-client",
    "openssl",
    "python3",
    "python3-venv",
    "ca-certificates",
];

/// Makes sure that the packages are there: installs what is missing if that is allowed, else says what to do.
pub(crate) fn ensure(lists: &[&[&str]], yes: bool) -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let wanted: Vec<&str> = lists.iter().flat_map(|list| list.iter().copied()).collect();
    if !Path::new("/usr/bin/dpkg-query").exists() {
        println!(
            "This is not Debian or Ubuntu. Make sure that your distribution's equivalents of these are installed:\n  {}",
            wanted.join(" ")
        );
        return Ok(());
    }
    let missing: Vec<&str> = wanted.into_iter().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        println!("All system packages are installed.");
        return Ok(());
    }
    println!("Missing system packages: {}", missing.join(" "));
    if !yes && !agreed()? {
        return Err(Failure::new(format!(
            "system packages are missing. Install them, or add --yes to have it done:\n  sudo apt-get update && sudo apt-get install {}",
            missing.join(" ")
        )));
    }
    apt_get(&["update"]).run()?;
    apt_get(&["install", "--yes", "--no-install-recommends"]).arguments(&missing).run()
}

fn is_installed(package: &str) -> bool {
    Invocation::new("dpkg-query")
        .arguments(&["--show", "--showformat=${db:Status-Status}\n", package])
        .ask()
        .is_some_and(|answer| answer.lines().any(|line| line == "installed"))
}

/// Asks on a terminal; without one the answer is no.
fn agreed() -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("Install them now with apt-get? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn apt_get(arguments: &[&str]) -> Invocation {
    let is_root = Invocation::new("id").argument("-u").ask().is_some_and(|id| id.trim() == "0");
    let apt = Invocation::new("apt-get").arguments(arguments);
    // `sudo` clears the environment, so the variable goes on its command line.
    if is_root { apt.set("DEBIAN_FRONTEND", "noninteractive") } else { apt.wrapped_in("sudo", &["DEBIAN_FRONTEND=noninteractive"]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_package_is_listed_twice_in_one_list() {
        for list in [BUILD, WINDOW, JUDGES] {
            let mut seen = list.to_vec();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), list.len());
        }
    }
}
