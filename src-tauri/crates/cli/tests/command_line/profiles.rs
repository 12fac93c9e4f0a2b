//! Own profiles and policies.

use std::fs;

use crate::{Folder, text};

/// A registry with authorities, and an own profile made by copying `tls-server`.
fn with_own_profile() -> Folder {
    let folder = Folder::with_authorities();
    let shown = folder.bare("profile show tls-server").ends(0).out;
    assert!(shown.contains("name = \"tls-server\""), "{shown}");
    let own = shown
        .replace("name = \"tls-server\"", "name = \"web\"")
        .replace("defaultDays = 397", "defaultDays = 30")
        .replace("longestDays = 825", "longestDays = 60")
        .replace("fixed = \"\"", "fixed = \"/C=DE/O=Example\"");
    fs::write(folder.path("web.toml"), own).unwrap();
    let set = folder.json("profile set web.toml");
    assert_eq!(text(&set, "/profile/name"), "web");
    assert_eq!(set.pointer("/profile/version").unwrap(), 1);
    folder
}

#[test]
fn an_own_profile_is_made_by_copying_and_issues() {
    let folder = with_own_profile();
    let issued = folder.json("cert issue --authority root --profile web --name www.example.test --plain-key --out www");
    assert_eq!(text(&issued, "/certificate/profile"), "web");
    assert_eq!(text(&issued, "/certificate/subject/openssl"), "/C=DE/O=Example/CN=www.example.test");
    let error = folder.run("cert issue --authority root --profile web --name w.test --days 61 --plain-key --out w --json").ends(4).error();
    assert_eq!(text(&error, "/code"), "refused-by-profile");
    // The same again changes nothing; a change is a new version; what is taken out of use issues nothing.
    assert_eq!(folder.json("profile set web.toml").pointer("/profile/version").unwrap(), 1);
    let changed = fs::read_to_string(folder.path("web.toml")).unwrap().replace("defaultDays = 30", "defaultDays = 20");
    fs::write(folder.path("web.toml"), changed).unwrap();
    assert_eq!(folder.json("profile set web.toml").pointer("/profile/version").unwrap(), 2);
    folder.run("profile remove web").ends(0);
    folder.run("cert issue --authority root --profile web --name w.test --plain-key --out w").ends(3);
}

#[test]
fn built_in_profiles_stay_as_they_are() {
    let folder = Folder::with_authorities();
    let shown = folder.bare("profile show mtls").ends(0).out;
    fs::write(folder.path("mtls.toml"), shown).unwrap();
    assert_eq!(text(&folder.run("profile set mtls.toml --json").ends(4).error(), "/code"), "profile-built-in");
    assert_eq!(text(&folder.run("profile remove mtls --json").ends(4).error(), "/code"), "profile-built-in");
    folder.run("profile remove nonsense").ends(3);
}

#[test]
fn an_unsound_profile_says_everything_that_is_wrong() {
    let folder = Folder::with_authorities();
    let shown = folder.bare("profile show tls-server").ends(0).out;
    let wrong = shown.replace("name = \"tls-server\"", "name = \"Web Server\"").replace("default = \"ec-p256\"", "default = \"ec-p999\"");
    fs::write(folder.path("wrong.toml"), wrong).unwrap();
    let error = folder.run("profile set wrong.toml --json").ends(4).error();
    assert_eq!(text(&error, "/code"), "profile-unsound");
    let problems = text(&error, "/fields/problems");
    assert!(problems.contains("name: ") && problems.contains("key.default: "), "{problems}");
    fs::write(folder.path("no.toml"), "colour = \"red\"\n").unwrap();
    assert!(text(&folder.run("profile set no.toml --json").ends(4).error(), "/fields/problems").contains("line 1"));
}

#[test]
fn a_policy_narrows_what_an_authority_issues() {
    let folder = Folder::with_authorities();
    assert_eq!(folder.json("policy show root").pointer("/version").unwrap(), &serde_json::Value::Null);
    let set = folder.json("policy set root profiles=tls-server keys=ec-p256,ec-p384 longest-days=90 names=dns:*.example.test");
    assert_eq!(set.pointer("/version").unwrap(), 1);
    assert_eq!(set.pointer("/rules/longestDays").unwrap(), 90);
    let refused = |line: &str| {
        let error = folder.run(&format!("cert issue --authority root {line} --plain-key --out x --json")).ends(4).error();
        assert_eq!(text(&error, "/code"), "refused-by-policy", "{line}");
    };
    refused("--profile mtls --name a.example.test");
    refused("--name a.other.test");
    refused("--name a.example.test --key rsa-2048");
    refused("--name a.example.test --days 91");
    // What nobody wished for is as long as the policy allows.
    let issued = folder.json("cert issue --authority root --name a.example.test --plain-key --out a");
    assert_eq!(issued.pointer("/certificate/policyVersion").unwrap(), 1);
    assert_eq!(folder.json("policy set root names=").pointer("/version").unwrap(), 2);
    folder.run("cert issue --authority root --name a.other.test --plain-key --out b").ends(0);
    folder.run("policy set root profiles=nonsense").ends(3);
    folder.run("policy set root colour=red").ends(2);
}

#[test]
fn a_profile_that_keeps_keys_keeps_them_sealed() {
    let folder = with_own_profile();
    let keeps = fs::read_to_string(folder.path("web.toml")).unwrap().replace("kept = false", "kept = true");
    fs::write(folder.path("web.toml"), keeps).unwrap();
    folder.json("profile set web.toml");
    let kept = folder.json("cert issue --authority root --profile web --name kept.example.test --plain-key --out kept");
    let forgotten = folder.json("cert issue --authority root --name forgotten.example.test --plain-key --out forgotten");
    assert_eq!(kept.pointer("/certificate/key/held").unwrap(), true);
    assert_eq!(forgotten.pointer("/certificate/key/held").unwrap(), false);
    let history = folder.json("audit list --limit 3").to_string();
    assert!(history.contains("made here, kept sealed") && history.contains("made here, handed over, not kept"), "{history}");
}

#[test]
fn a_log_on_certificate_is_bound_to_its_account() {
    let folder = Folder::with_authorities();
    let issue = "cert issue --authority root --profile ad-logon --name upn:ann@corp.test --plain-key --out ann.pem --overwrite";
    folder.done(&format!("{issue} --sid S-1-5-21-3623811015-3361044348-30300820-1013"));
    let shown = folder.bare("cert show ann.pem --text").ends(0).out;
    assert!(shown.contains("S-1-5-21-3623811015-3361044348-30300820-1013"), "{shown}");
    folder.run(&format!("{issue} --sid S-1-x")).ends(2);
}
