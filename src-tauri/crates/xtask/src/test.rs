//! `cargo xtask test`: every gate, cheap ones first, the real window last.

use crate::headless::PrivateHome;
use crate::invocation::{Failure, Invocation};
use crate::step::{Closings, Steps};
use crate::{judges, npm, packages, readme, run};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Install missing system packages without asking.
    #[arg(long)]
    yes: bool,
    /// Run only these gates (may be repeated).
    #[arg(long, value_name = "GATE")]
    only: Vec<String>,
    /// Leave out the gates before this one.
    #[arg(long, value_name = "GATE", conflicts_with = "only")]
    from: Option<String>,
    /// Print the names of the gates in their order and do nothing.
    #[arg(long)]
    list: bool,
}

/// A gate: its name, what it is for, and the work.
struct Gate {
    name: &'static str,
    purpose: &'static str,
    work: fn(&mut Closings) -> Result<(), Failure>,
}

// Cargo compiles a third party anew for each set of features that a choice of packages asks of it. So the gates share three choices: the
// default members' tests (tidy, test, keyring), the lints of the whole workspace (clippy, doc), and window with command line (readme, e2e).
const GATES: &[Gate] = &[
    Gate { name: "fmt", purpose: "formatting", work: fmt },
    Gate { name: "tidy", purpose: "the house rules", work: tidy },
    Gate { name: "ui", purpose: "lint, types, tests and build of the interface", work: interface },
    Gate { name: "clippy", purpose: "lints of everything in Rust", work: clippy },
    Gate { name: "doc", purpose: "documentation without warnings", work: doc },
    Gate { name: "test", purpose: "tests of the core, the suites, drift of the generated types", work: test_core },
    Gate {
        name: "keyring",
        purpose: "the keystore against a real Secret Service, and what the desktop says of sleep and lock",
        work: keyring,
    },
    Gate { name: "readme", purpose: "the README's main job, judged by OpenSSL", work: main_job },
    Gate { name: "e2e", purpose: "the main job in the real window", work: window },
];

pub(crate) fn test(options: &Options) -> Result<(), Failure> {
    let gates = chosen(options)?;
    if options.list {
        for gate in gates {
            println!("{:8} {}", gate.name, gate.purpose);
        }
        return Ok(());
    }
    let mut steps = Steps::default();
    steps.step("system packages", |_| packages::ensure(&[packages::BUILD, packages::WINDOW, packages::JUDGES], options.yes))?;
    for gate in gates {
        steps.step(&format!("{}: {}", gate.name, gate.purpose), gate.work)?;
    }
    steps.summary();
    Ok(())
}

fn chosen(options: &Options) -> Result<Vec<&'static Gate>, Failure> {
    if let Some(unknown) = options.only.iter().chain(&options.from).find(|name| !GATES.iter().any(|gate| gate.name == name.as_str())) {
        let known: Vec<&str> = GATES.iter().map(|gate| gate.name).collect();
        return Err(Failure::new(format!("there is no gate `{unknown}`; there are: {}", known.join(" "))));
    }
    let gates = GATES.iter().filter(|gate| options.only.is_empty() || options.only.iter().any(|name| name == gate.name));
    Ok(gates.skip_while(|gate| options.from.as_ref().is_some_and(|from| from != gate.name)).collect())
}

fn fmt(_: &mut Closings) -> Result<(), Failure> {
    Invocation::cargo(&["fmt", "--all", "--", "--check", "--files-with-diff"])
        .run()
        .map_err(|failure| Failure::new(format!("{failure}\nThe files above are not formatted: `cargo fmt --all` formats them.")))
}

fn tidy(closings: &mut Closings) -> Result<(), Failure> {
    closings.run(&Invocation::cargo(&["test", "--test", "tidy"]))
}

fn clippy(_: &mut Closings) -> Result<(), Failure> {
    // The shell embeds the built interface.
    run::build_interface_if_missing()?;
    Invocation::cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "--deny", "warnings"]).run()
}

/// The workspace's default members. With a home of its own, so that no test can read or change the person's.
fn test_core(closings: &mut Closings) -> Result<(), Failure> {
    judges::ensure()?;
    Invocation::cargo(&["test", "--no-run"]).run()?;
    let home = PrivateHome::create()?;
    closings.run(&home.furnish(Invocation::cargo(&["test", "--no-fail-fast"])))
}

fn doc(_: &mut Closings) -> Result<(), Failure> {
    run::build_interface_if_missing()?;
    Invocation::cargo(&["doc", "--workspace", "--all-features", "--no-deps"]).set("RUSTDOCFLAGS", "--deny warnings").run()
}

fn interface(closings: &mut Closings) -> Result<(), Failure> {
    npm::check_node()?;
    npm::install("ui")?;
    npm::npm("ui", &["run", "lint"]).run()?;
    npm::npm("ui", &["run", "check"]).run()?;
    closings.run(&npm::npm("ui", &["run", "test"]))?;
    run::build_interface_if_missing()
}

fn keyring(closings: &mut Closings) -> Result<(), Failure> {
    let arguments = ["test", "--test", "secret_service", "--test", "desktop_watch"];
    Invocation::cargo(&arguments).argument("--no-run").run()?;
    let home = PrivateHome::create()?;
    // One bus plays both: nobody's real logind is asked, and the test says itself when the machine sleeps.
    let on_one_bus = ["-c", "DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS exec \"$@\"", "sh"];
    closings.run(&home.with_keyring(Invocation::cargo(&arguments).set("CHANCERY_TEST_KEYRING", "1").wrapped_in("sh", &on_one_bus)))
}

fn main_job(_: &mut Closings) -> Result<(), Failure> {
    run::build_interface_if_missing()?;
    run::build_window_for_tests()?;
    readme::run_main_job()
}

fn window(closings: &mut Closings) -> Result<(), Failure> {
    run::build_interface_if_missing()?;
    run::build_window_for_tests()?;
    npm::install("tests/e2e")?;
    let home = PrivateHome::create()?;
    closings.run(&home.with_display(run::window_work("test"))?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "tests fail loudly")]
    use super::*;

    fn names(only: &[&str], from: Option<&str>) -> Result<Vec<&'static str>, String> {
        let only = only.iter().map(|name| (*name).to_owned()).collect();
        let options = Options { yes: false, only, from: from.map(str::to_owned), list: false };
        chosen(&options).map(|gates| gates.iter().map(|gate| gate.name).collect()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn without_a_choice_every_gate_runs_in_order() {
        let all = names(&[], None).expect("known");
        assert_eq!(all, ["fmt", "tidy", "ui", "clippy", "doc", "test", "keyring", "readme", "e2e"]);
    }

    #[test]
    fn gates_can_be_chosen() {
        assert_eq!(names(&["e2e", "fmt"], None), Ok(vec!["fmt", "e2e"]));
        assert_eq!(names(&[], Some("readme")), Ok(vec!["readme", "e2e"]));
    }

    #[test]
    fn an_unknown_gate_is_refused_not_skipped() {
        assert!(names(&["fnt"], None).expect_err("refused").contains("fmt tidy"));
        assert!(names(&[], Some("nothing")).is_err());
    }
}
