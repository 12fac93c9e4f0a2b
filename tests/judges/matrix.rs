//! The support matrix: profiles times kinds of key times judges.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;

use pki::KeySpec;
use suite::judges::pkilint::{self, Linted};
use suite::judges::{Verdict, gnutls, java, nss, openssl, webpki};

use crate::cannot::{self, Cannot};
use crate::made::{Form, Leaf, Made, profiles};
use crate::{page, waivers};

/// What a leaf of a profile is for, as each judge says it.
struct Purpose {
    profile: &'static str,
    oid: &'static str,
    openssl: &'static str,
    /// NSS has no word for every purpose.
    nss: Option<&'static str>,
    tls: Option<Tls>,
}

#[derive(Clone, Copy)]
enum Tls {
    Server,
    Client,
}

const SERVER: &str = "1.3.6.1.5.5.7.3.1";
const CLIENT: &str = "1.3.6.1.5.5.7.3.2";

const fn purpose(profile: &'static str, oid: &'static str, openssl: &'static str, nss: Option<&'static str>, tls: Option<Tls>) -> Purpose {
    Purpose { profile, oid, openssl, nss, tls }
}

const PURPOSES: [Purpose; 12] = [
    purpose("tls-server", SERVER, "sslserver", Some("V"), Some(Tls::Server)),
    purpose("tls-client", CLIENT, "sslclient", Some("C"), Some(Tls::Client)),
    purpose("mtls", SERVER, "sslserver", Some("V"), Some(Tls::Server)),
    purpose("vpn-server", SERVER, "sslserver", Some("V"), Some(Tls::Server)),
    purpose("vpn-client", CLIENT, "sslclient", Some("C"), Some(Tls::Client)),
    purpose("email", "1.3.6.1.5.5.7.3.4", "smimesign", Some("S"), None),
    purpose("code-signing", "1.3.6.1.5.5.7.3.3", "any", Some("J"), None),
    purpose("document-signing", "1.3.6.1.5.5.7.3.36", "any", None, None),
    purpose("time-stamping", "1.3.6.1.5.5.7.3.8", "timestampsign", None, None),
    purpose("ocsp-signer", "1.3.6.1.5.5.7.3.9", "ocsphelper", Some("O"), None),
    purpose("ad-logon", CLIENT, "sslclient", Some("C"), Some(Tls::Client)),
    purpose("device", SERVER, "sslserver", Some("V"), Some(Tls::Server)),
];

impl Purpose {
    fn of(leaf: &Leaf) -> &'static Self {
        PURPOSES.iter().find(|purpose| purpose.profile == leaf.profile).expect("every profile has its purpose")
    }
}

/// What a judge says of each leaf that it was asked about.
type Verdicts = BTreeMap<String, Verdict>;

struct Judge {
    name: &'static str,
    how: &'static str,
    ask: fn(&Made) -> Verdicts,
}

const JUDGES: [Judge; 6] = [
    Judge {
        name: "OpenSSL",
        how: "`openssl verify -x509_strict -check_ss_sig -purpose …`; for code and document signing, which OpenSSL 3.0 has no word for, `-purpose any`",
        ask: ask_openssl,
    },
    Judge { name: "GnuTLS", how: "`certtool --verify --verify-purpose …`", ask: ask_gnutls },
    Judge { name: "NSS", how: "`certutil -V -e -u …`", ask: ask_nss },
    Judge { name: "Java", how: "`CertPathValidator`, PKIX, with the purpose asked of the leaf", ask: ask_java },
    Judge { name: "rustls", how: "`rustls-webpki`, for TLS servers and clients", ask: ask_webpki },
    Judge {
        name: "pkilint",
        how: "`lint_pkix_cert` and `lint_pkix_signer_signee_cert_chain`: nothing of severity WARNING or worse",
        ask: ask_pkilint,
    },
];

/// The certificates above a leaf.
fn above(kind: KeySpec) -> [String; 3] {
    ["root", "issuing", "signing"].map(|place| format!("{kind}.{place}"))
}

/// What pkilint says when an issuer's name or key is another one than the certificate says.
const ABOUT_ISSUERS: [&str; 2] = ["pkix.signature_verification_failed", "pkix.issuer_and_subject_key_identifier_not_equal"];

fn ask_openssl(made: &Made) -> Verdicts {
    let mut verdicts = Verdicts::new();
    for chain in &made.chains {
        for purpose in &PURPOSES {
            let leaves: Vec<&Leaf> = chain.leaves.iter().filter(|leaf| leaf.profile == purpose.profile).collect();
            let files: Vec<String> = leaves.iter().map(|leaf| made.file(&leaf.stem)).collect();
            let [root, between] = ["root", leaves[0].issuer].map(|place| made.file(&format!("{}.{place}", chain.kind)));
            let said = openssl::verify_each(&root, &between, purpose.openssl, &files);
            verdicts.extend(leaves.iter().map(|leaf| leaf.stem.clone()).zip(said));
        }
    }
    verdicts
}

fn ask_gnutls(made: &Made) -> Verdicts {
    let ask = |leaf: &Leaf| {
        let root = made.file(&format!("{}.root", leaf.kind));
        (leaf.stem.clone(), gnutls::verify_for(&root, &made.file(&format!("{}.path", leaf.stem)), Purpose::of(leaf).oid))
    };
    made.leaves().map(ask).collect()
}

fn ask_nss(made: &Made) -> Verdicts {
    let database = nss::Database::new();
    let mut verdicts = Verdicts::new();
    let mut asked = Vec::new();
    let mut files = Vec::new();
    for chain in &made.chains {
        let leaves = chain.leaves.iter().filter_map(|leaf| Some((leaf, Purpose::of(leaf).nss?)));
        let [root, issuing, signing] = above(chain.kind);
        let added = database.try_to_add(&root, &made.file(&root), true);
        if !added.accepted {
            // It does not even take the root in.
            verdicts.extend(leaves.map(|(leaf, _)| (leaf.stem.clone(), Verdict { accepted: false, said: added.said.clone() })));
            continue;
        }
        files.extend([issuing, signing].map(|stem| (stem.clone(), made.file(&stem))));
        for (leaf, usage) in leaves {
            files.push((leaf.stem.clone(), made.file(&leaf.stem)));
            asked.push((leaf, usage));
        }
    }
    database.add_each(&files);
    verdicts.extend(asked.into_iter().map(|(leaf, usage)| (leaf.stem.clone(), database.verify(&leaf.stem, usage))));
    verdicts
}

fn ask_java(made: &Made) -> Verdicts {
    let path = |leaf: &Leaf| java::PathFile {
        name: leaf.stem.clone(),
        anchor: made.file(&format!("{}.root", leaf.kind)),
        path: made.file(&format!("{}.path", leaf.stem)),
        purpose: Purpose::of(leaf).oid,
    };
    let paths: Vec<_> = made.leaves().map(path).collect();
    let verdicts = java::verify_each(&paths);
    paths.into_iter().map(|path| path.name).zip(verdicts).collect()
}

fn ask_webpki(made: &Made) -> Verdicts {
    let mut verdicts = Verdicts::new();
    for chain in &made.chains {
        let between = [chain.issuing.certificate.der().to_vec()];
        for leaf in &chain.leaves {
            // A name outside the constraints is another one than the host's as well.
            let host = if leaf.form == Form::Outside { "www.other.test" } else { "www.example.test" };
            let host = match Purpose::of(leaf).tls {
                Some(Tls::Server) => Some(host),
                Some(Tls::Client) => None,
                None => continue,
            };
            let verdict = webpki::verify(chain.root.certificate.der(), &between, &[], &leaf.der, host);
            let said = verdict.as_ref().err().map(|error| format!("{error:?}")).unwrap_or_default();
            verdicts.insert(leaf.stem.clone(), Verdict { accepted: verdict.is_ok(), said });
        }
    }
    verdicts
}

fn ask_pkilint(made: &Made) -> Verdicts {
    let linted = |name: &str, issuer: String| Linted::Certificate { name: name.to_owned(), file: made.file(name), issuer };
    let mut all = Vec::new();
    for chain in &made.chains {
        let root = made.file(&format!("{}.root", chain.kind));
        all.extend(above(chain.kind).iter().map(|stem| linted(stem, root.clone())));
        all.extend(chain.leaves.iter().map(|leaf| linted(&leaf.stem, made.file(&format!("{}.{}", leaf.kind, leaf.issuer)))));
    }
    let findings = waivers::taken_away(pkilint::lint(&all));
    // Whatever it makes of signatures, the form of everything is right.
    for (stem, found) in &findings {
        let other: Vec<_> = found.iter().filter(|finding| !ABOUT_ISSUERS.contains(&finding.code.as_str())).collect();
        assert!(other.is_empty(), "{stem}: {other:#?}");
    }
    let verdict = |leaf: &Leaf| {
        // What is found in its issuer's certificates is found in a leaf's path.
        let above = above(leaf.kind);
        let found = above.iter().chain([&leaf.stem]).filter_map(|stem| findings.get(stem)).flatten();
        let said: Vec<&str> = found.map(|finding| finding.code.as_str()).collect();
        (leaf.stem.clone(), Verdict { accepted: said.is_empty(), said: said.join(" ") })
    };
    made.leaves().map(verdict).collect()
}

/// With what OpenSSL refuses a leaf: for what is wrong with it, and not for something else.
fn refusal(form: Form) -> &'static str {
    match form {
        Form::Right => "",
        Form::Changed => "certificate signature failure",
        Form::Expired => "certificate has expired",
        Form::Outside => "permitted subtree violation",
        Form::AnotherKey => "unable to get local issuer certificate",
    }
}

/// What a judge makes of one profile with one kind of key.
struct Cell {
    text: String,
    problems: Vec<String>,
}

fn cell(judge: &str, notes: &[&Cannot], profile: &str, kind: KeySpec, verdicts: &Verdicts) -> Cell {
    let here: Vec<(usize, &Cannot)> = (1..).zip(notes.iter().copied()).filter(|(_, note)| note.is_about(profile, kind)).collect();
    let marks = here.iter().fold(String::new(), |mut marks, (number, _)| {
        write!(marks, " {number}").expect("text");
        marks
    });
    let mut problems = Vec::new();
    let mut right = None;
    for form in Form::ALL {
        let note = here.iter().find(|(_, note)| note.forms.contains(&form)).map(|(_, note)| note);
        let verdict = verdicts.get(&format!("{kind}.{profile}.{}", form.word()));
        let place = format!("{judge}, {profile}, {kind}, {}", form.word());
        match (verdict, note) {
            (None, Some(note)) if note.unasked => {}
            (None, _) => problems.push(format!("{place}: was not asked, and nothing says why")),
            (Some(verdict), note) => {
                let is_right = verdict.accepted == (form == Form::Right);
                match note {
                    Some(note) if is_right => problems.push(format!("{place}: it can, although it is said that it cannot: {}", note.why)),
                    Some(note) if !verdict.said.contains(note.said) => problems.push(format!("{place}: it says {:?}", verdict.said)),
                    None if !is_right => problems.push(format!("{place}: accepted {}: {:?}", verdict.accepted, verdict.said.trim())),
                    _ => {}
                }
                if form == Form::Right {
                    right = Some(verdict.accepted);
                }
            }
        }
    }
    let word = match right {
        Some(true) => "yes",
        Some(false) => "no",
        None => "–",
    };
    Cell { text: format!("{word}{}", if marks.is_empty() { marks } else { format!(" <sup>{}</sup>", marks.trim()) }), problems }
}

#[test]
fn every_profile_with_every_kind_of_key_before_every_judge() {
    let made = Made::new();
    // The slow ones beside each other.
    let verdicts: Vec<Verdicts> = thread::scope(|scope| {
        let asked: Vec<_> = JUDGES.iter().map(|judge| scope.spawn(|| (judge.ask)(&made))).collect();
        asked.into_iter().map(|judge| judge.join().expect("a judge that answers")).collect()
    });
    for leaf in made.leaves() {
        let said = &verdicts[0][&leaf.stem].said;
        assert!(said.contains(refusal(leaf.form)), "{}: OpenSSL says {said:?}", leaf.stem);
    }
    let mut text = String::new();
    let mut problems = Vec::new();
    let kinds: Vec<&str> = KeySpec::ALL.into_iter().map(KeySpec::as_str).collect();
    for (judge, verdicts) in JUDGES.iter().zip(&verdicts) {
        let notes = cannot::of(judge.name);
        writeln!(text, "### {}\n\n{}\n", judge.name, judge.how).expect("text");
        writeln!(text, "| profile | {} |\n|---|{}", kinds.join(" | "), "---|".repeat(kinds.len())).expect("text");
        for profile in profiles() {
            let cells: Vec<Cell> = KeySpec::ALL.into_iter().map(|kind| cell(judge.name, &notes, profile.name(), kind, verdicts)).collect();
            let words: Vec<&str> = cells.iter().map(|cell| cell.text.as_str()).collect();
            writeln!(text, "| {} | {} |", profile.name(), words.join(" | ")).expect("text");
            problems.extend(cells.into_iter().flat_map(|cell| cell.problems));
        }
        text.push('\n');
        for (number, note) in (1..).zip(&notes) {
            writeln!(text, "{number}. {}", note.why).expect("text");
        }
        if !notes.is_empty() {
            text.push('\n');
        }
    }
    assert!(problems.is_empty(), "{} cells are not as expected:\n{}", problems.len(), problems.join("\n"));
    page::assert_part("matrix", &text);
}

/// The matrix itself: a cell is not as expected when what is right is refused, what is wrong accepted, or a judge can what it is said not to.
#[test]
fn a_cell_that_is_not_as_expected_is_a_problem() {
    let verdicts = |wrong: Option<Form>| -> Verdicts {
        let said = "Verified. The certificate is trusted.".to_owned();
        let verdict = |form: Form| Verdict { accepted: (form == Form::Right) != (wrong == Some(form)), said: said.clone() };
        Form::ALL.into_iter().map(|form| (format!("ed25519.code-signing.{}", form.word()), verdict(form))).collect()
    };
    let problems = |notes: &[&Cannot], verdicts: &Verdicts| cell("any", notes, "code-signing", KeySpec::Ed25519, verdicts).problems.len();
    assert_eq!(problems(&[], &verdicts(None)), 0);
    for form in Form::ALL {
        assert_eq!(problems(&[], &verdicts(Some(form))), 1, "{form:?}");
    }
    let limits = cannot::of("GnuTLS");
    assert_eq!(problems(&limits, &verdicts(Some(Form::Outside))), 0);
    assert_eq!(problems(&limits, &verdicts(None)), 1, "it suddenly can");
    assert_eq!(problems(&[], &Verdicts::new()), Form::ALL.len(), "nobody was asked");
    assert_eq!(problems(&cannot::of("rustls"), &Verdicts::new()), 0);
}
