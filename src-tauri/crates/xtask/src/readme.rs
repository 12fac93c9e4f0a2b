//! The README's main job, run as a newcomer would run it.

use crate::headless::PrivateHome;
use crate::invocation::{Failure, Invocation};
use crate::workspace;

const BEGIN: &str = "<!-- main-job:begin -->";
const END: &str = "<!-- main-job:end -->";
/// The promise of the README: the whole job in fewer lines than this.
const FEWER_THAN: usize = 20;

/// Extracts the script, runs it in an empty folder with the built `chancery` on the path, and checks what OpenSSL said at its end.
pub(crate) fn run_main_job() -> Result<(), Failure> {
    let script = main_job(&std::fs::read_to_string(workspace::at("README.md"))?)?;
    let home = PrivateHome::create()?;
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(workspace::target().join("debug")).chain(std::env::split_paths(&folders)))
        .map_err(|error| Failure::new(format!("PATH cannot be extended: {error}")))?;
    let work = Invocation::new("bash").arguments(&["-euo", "pipefail", "-c", &script]).folder(home.work()).set("PATH", path);
    let said = home.furnish(work).run_and_keep()?;
    judge(&said)
}

/// OpenSSL accepts the one certificate and calls the other one revoked.
fn judge(said: &[String]) -> Result<(), Failure> {
    let accepted = said.iter().any(|line| line.ends_with("www.example.test.crt: OK"));
    let refused = said.iter().any(|line| line.ends_with("certificate revoked"));
    let too_lenient = said.iter().any(|line| line.ends_with("old.example.test.crt: OK"));
    match (accepted, refused, too_lenient) {
        (true, true, false) => Ok(()),
        _ => Err(Failure::new(format!(
            "the README's script ran, but OpenSSL did not judge as promised: accepted www {accepted}, called old revoked {refused}, accepted old {too_lenient}"
        ))),
    }
}

/// The shell block between the markers.
fn main_job(readme: &str) -> Result<String, Failure> {
    let marked = readme
        .split_once(BEGIN)
        .and_then(|(_, rest)| rest.split_once(END))
        .map(|(marked, _)| marked)
        .ok_or_else(|| Failure::new(format!("README.md has no {BEGIN} … {END}")))?;
    let script = marked
        .split_once("```sh\n")
        .and_then(|(_, rest)| rest.split_once("```"))
        .map(|(script, _)| script.to_owned())
        .ok_or_else(|| Failure::new("README.md has no ```sh block between the markers of the main job"))?;
    let lines = script.lines().count();
    if lines >= FEWER_THAN {
        return Err(Failure::new(format!("the README's main job takes {lines} lines; it promises fewer than {FEWER_THAN}")));
    }
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(lines: usize) -> String {
        format!("# Title\n{BEGIN}\n```sh\n{}```\n{END}\n", "true\n".repeat(lines))
    }

    #[test]
    fn the_block_between_the_markers_is_the_script() {
        assert_eq!(main_job(&page(2)).ok().as_deref(), Some("true\ntrue\n"));
    }

    #[test]
    fn a_long_script_or_none_is_refused() {
        assert!(main_job(&page(19)).is_ok());
        assert!(main_job(&page(20)).is_err());
        assert!(main_job("# Title\n").is_err());
    }

    #[test]
    fn the_verdict_needs_one_accepted_and_one_revoked() {
        let line = |text: &str| text.to_owned();
        let good = line("www/www.example.test.crt: OK");
        let revoked = line("error 23 at 0 depth lookup: certificate revoked");
        assert!(judge(&[good.clone(), revoked.clone()]).is_ok());
        assert!(judge(std::slice::from_ref(&good)).is_err());
        assert!(judge(std::slice::from_ref(&revoked)).is_err());
        assert!(judge(&[good, revoked, line("old/old.example.test.crt: OK")]).is_err());
    }
}
