//! A disk with no room left, a real one: what there is can be looked at, and a revocation still reaches the world.

use std::process::Command;

/// In a file system of its own, which goes with its process: `$1` is the program, `$2` a folder that exists.
const SCRIPT: &str = r#"
set -eu
mount -t tmpfs -o size=80m none "$2" && cd "$2"
chancery=$1
export HOME=$PWD CHANCERY_REGISTRY=team.chancery CHANCERY_PASSPHRASE_FILE=pass
echo 'correct horse battery staple' > pass
{
    "$chancery" registry create team.chancery --name Team --keys passphrase
    "$chancery" authority create --name root --subject CN=Root --key ec-p256
    "$chancery" cert issue --authority root --name dns:old.example.test --plain-key --out old
} > log 2>&1
serial=$(openssl x509 -in old/old.example.test.crt -noout -serial | cut -d= -f2 | tr A-F a-f)
status() { set +e; "$chancery" "$@" > /dev/null 2>&1; echo "$1 $2: $?"; set -e; }
(cat /dev/zero || true) > filling 2> /dev/null || true
status cert list
status cert issue --authority root --name dns:new.example.test --plain-key --out new
test -e new || echo 'new: not there'
status cert revoke "$serial" --reason keyCompromise --yes
status crl build root
rm filling
status cert issue --authority root --name dns:new.example.test --plain-key --out new
status registry check
status audit verify
"$chancery" crl show root 2>&1 | grep Entries
stat -c %s team.chancery-reserve
"#;

/// As above, without the room that was set aside: what is there can still be looked at and exported, and nothing else is asked of the disk.
const WITHOUT_RESERVE: &str = r#"
set -eu
mkdir "$2/full" && mount -t tmpfs -o size=80m none "$2/full" && cd "$2/full"
chancery=$1
export HOME=$PWD CHANCERY_REGISTRY=team.chancery CHANCERY_PASSPHRASE_FILE=pass
echo 'correct horse battery staple' > pass
{
    "$chancery" registry create team.chancery --name Team --keys passphrase
    "$chancery" authority create --name root --subject CN=Root --key ec-p256
    "$chancery" crl build root
} > log 2>&1
rm team.chancery-reserve
status() { set +e; "$chancery" "$@" > /dev/null 2>&1; echo "$1 $2: $?"; set -e; }
(cat /dev/zero || true) > filling 2> /dev/null || true
status cert list
status registry status
status crl export root --out ../root.crl
status crl show root
"$chancery" authority set root crl-days=9 2>&1 > /dev/null | sed -n "s/ on the disk.*//p"
rm filling
status authority set root crl-days=9
status audit verify
"#;

/// Runs a script in a file system of its own.
fn told(script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_chancery")])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn a_full_disk_without_room_set_aside_can_be_looked_at() {
    let expected = "\
        cert list: 0\n\
        registry status: 0\n\
        crl export: 0\n\
        crl show: 0\n\
        error: No room left\n\
        authority set: 0\n\
        audit verify: 0\n";
    assert_eq!(told(WITHOUT_RESERVE), expected);
}

#[test]
fn a_certificate_is_revoked_on_a_full_disk() {
    let expected = "\
        cert list: 0\n\
        cert issue: 1\n\
        new: not there\n\
        cert revoke: 0\n\
        crl build: 0\n\
        cert issue: 0\n\
        registry check: 0\n\
        audit verify: 0\n\
        Entries      1\n\
        1048576\n";
    assert_eq!(told(SCRIPT), expected);
}
