//! `crl run`, its history, and the timer that runs it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Folder, PASSPHRASE, Ran, text};

fn outcome(round: &Value, authority: &str) -> String {
    let items = round.pointer("/items").and_then(Value::as_array).unwrap();
    let run = items.iter().find(|run| run.pointer("/authority/name").and_then(Value::as_str) == Some(authority)).unwrap();
    text(run, "/outcome")
}

#[test]
fn it_builds_what_is_due_and_asks_for_keys_only_then() {
    let folder = Folder::with_authorities();
    let without_keys = |line: &str| folder.bare(&format!("{line} --registry team.chancery"));
    // Something is due and nobody is there to ask.
    let locked = without_keys("crl run").ends(5);
    assert!(locked.out.contains("failed"), "{}", locked.out);
    assert!(folder.done("crl run").out.contains("built"));
    // Nothing is due: no passphrase is wanted.
    let idle = without_keys("crl run --json").ends(0).document();
    assert_eq!((outcome(&idle, "issuing").as_str(), idle.get("ok")), ("not-due", Some(&Value::Bool(true))));

    let serial = folder.issue("www.example.test");
    folder.done(&format!("cert revoke {serial} --reason superseded --yes"));
    let round = folder.json("crl run");
    assert_eq!(outcome(&round, "issuing"), "built");
    assert_eq!(round.pointer("/items/0/entries"), Some(&Value::from(1)));

    let events = without_keys("crl events issuing --json").ends(0).document();
    let errors: Vec<_> =
        events.pointer("/items").and_then(Value::as_array).unwrap().iter().map(|event| event.get("error").cloned().unwrap()).collect();
    assert_eq!(errors, [Value::Null, Value::Null, Value::from("locked")]);
    assert!(without_keys("crl events issuing").ends(0).out.contains("The keys of this registry are locked"));
}

#[test]
fn one_that_fails_makes_it_end_with_1_and_a_report() {
    let folder = Folder::with_authorities();
    folder.done("authority create --name second --parent root --subject CN=Second --crl-url http://pki.example.test/second.crl");
    let only_second =
        "WHEN NEW.generation = (SELECT g.id FROM generations g JOIN authorities a ON a.id = g.authority WHERE a.name = 'second')";
    let trigger = format!("CREATE TRIGGER no_room BEFORE INSERT ON crls {only_second} BEGIN SELECT RAISE(ABORT, 'no room'); END");
    assert!(Command::new("sqlite3").arg(folder.path("team.chancery")).arg(trigger).status().unwrap().success());
    let round = folder.run("crl run --json").ends(1).document();
    assert_eq!((outcome(&round, "issuing").as_str(), outcome(&round, "second").as_str()), ("built", "failed"));
    assert_eq!(round.get("ok"), Some(&Value::Bool(false)));
    folder.run("crl run --no-such-option").ends(2);
}

/// A `systemctl` that writes down what it was asked and answers as it is told.
fn systemctl(folder: &Folder, answer: i32) -> String {
    let bin = folder.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let program = bin.join("systemctl");
    std::fs::write(&program, format!("#!/bin/sh\necho \"$*\" >> '{}'\necho 'no bus' >&2\nexit {answer}\n", folder.path("asked").display()))
        .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    format!("{}:/usr/bin:/bin", bin.display())
}

fn timer(folder: &Folder, verb: &str, path: &str) -> Ran {
    let config = folder.path("config");
    let environment = [
        ("CHANCERY_REGISTRY", "team.chancery"),
        ("CHANCERY_PASSPHRASE_FILE", "pass"),
        ("PATH", path),
        ("XDG_CONFIG_HOME", config.to_str().unwrap()),
    ];
    folder.run_with(&["crl", "timer", verb, "--json"], &environment, "")
}

fn files(folder: &Folder) -> Vec<String> {
    let there =
        std::fs::read_dir(folder.path("config/systemd/user")).map(|entries| entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>());
    let mut names: Vec<String> = there.unwrap_or_default().iter().map(|path| path.display().to_string()).collect();
    names.sort();
    names
}

#[test]
#[cfg(target_os = "linux")]
fn the_timer_comes_and_goes_and_comes_only_once() {
    let folder = Folder::with_authorities();
    let path = systemctl(&folder, 0);
    let first = timer(&folder, "install", &path).ends(0).document();
    assert_eq!((first.get("installed"), first.get("changed")), (Some(&Value::Bool(true)), Some(&Value::Bool(true))));
    let names = files(&folder);
    assert_eq!(names.len(), 2, "{names:?}");
    let service = std::fs::read_to_string(names.first().unwrap()).unwrap();
    let real = |name: &str| std::fs::canonicalize(folder.path(name)).unwrap().display().to_string();
    let command = service.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    let expected = format!(
        "ExecStart=\"{}\" \"--registry\" \"{}\" \"--passphrase-file\" \"{}\" \"crl\" \"run\"",
        env!("CARGO_BIN_EXE_chancery"),
        real("team.chancery"),
        real("pass")
    );
    assert_eq!(command, expected);
    assert!(!service.contains(PASSPHRASE));
    let name = text(&first, "/timer");
    let asked = || std::fs::read_to_string(folder.path("asked")).unwrap();
    assert_eq!(
        asked().lines().collect::<Vec<_>>(),
        ["--user show --property=Version", "--user daemon-reload", &format!("--user enable --now {name}")]
    );

    let again = timer(&folder, "install", &path).ends(0).document();
    assert_eq!((again.get("changed"), files(&folder)), (Some(&Value::Bool(false)), names));
    assert!(timer(&folder, "remove", &path).ends(0).document().get("changed") == Some(&Value::Bool(true)));
    assert_eq!(files(&folder), Vec::<String>::new());
    assert!(asked().contains(&format!("--user disable --now {name}")));
    assert!(timer(&folder, "remove", &path).ends(0).document().get("changed") == Some(&Value::Bool(false)));
}

#[test]
#[cfg(target_os = "linux")]
fn the_timer_calls_the_program_by_the_name_that_it_was_called_by() {
    let folder = Folder::with_authorities();
    let path = systemctl(&folder, 0);
    let (link, config) = (folder.path("bin/chancery"), folder.path("config"));
    // As package managers have it: the next version takes the place of this one behind the link.
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_chancery"), &link).unwrap();
    let environment = [("PATH", path.as_str()), ("XDG_CONFIG_HOME", config.to_str().unwrap())];
    let arguments = ["crl", "timer", "install", "--registry", "team.chancery", "--passphrase-file", "pass"];
    for called in [Path::new("chancery"), &link] {
        folder.run_by(Command::new(called), &arguments, &environment, "").ends(0);
        let service = std::fs::read_to_string(files(&folder).first().unwrap()).unwrap();
        let command = service.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
        assert!(command.starts_with(&format!("ExecStart=\"{}\" ", link.display())), "{command}");
        std::fs::remove_dir_all(&config).unwrap();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn without_systemd_nothing_is_written_and_cron_is_explained() {
    let folder = Folder::with_authorities();
    let nowhere = folder.path("empty");
    for path in [systemctl(&folder, 1), nowhere.display().to_string()] {
        let refused = timer(&folder, "install", &path).ends(1).error();
        assert_eq!(text(&refused, "/code"), "timer-unavailable");
        assert!(text(&refused, "/hint").contains("*/15 * * * * "), "{refused}");
        assert!(text(&refused, "/hint").ends_with(" crl run"), "{refused}");
        assert_eq!(files(&folder), Vec::<String>::new());
    }
    // A passphrase that is wrong is told now and not at night.
    std::fs::write(folder.path("pass"), "wrong\n").unwrap();
    timer(&folder, "install", &systemctl(&folder, 0)).ends(5);
    let arguments = ["crl", "timer", "install", "--registry", "team.chancery"];
    folder.run_with(&arguments, &[], "").ends(2);
}
