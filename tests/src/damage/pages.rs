//! Pages of the file that are overwritten, emptied or cut off.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use api::request::Nothing;
use api::{ErrorCode, Surface};
use serde_json::json;

use crate::judges::sqlite::sqlite;
use crate::{Sandbox, ask};

/// Opens a file as another program would.
///
/// # Errors
/// The code of the refusal.
pub fn opened(file: &Path, sandbox: &Sandbox) -> Result<Surface, ErrorCode> {
    let surface = sandbox.second();
    surface.registry_open(ask(json!({ "path": file }))).map_err(|error| error.code)?;
    Ok(surface)
}

/// How damage shows: at opening, by its code, or to the check.
pub fn found(file: &Path, sandbox: &Sandbox) -> Option<String> {
    let surface = match opened(file, sandbox) {
        Ok(surface) => surface,
        Err(code) => return Some(code.as_str().to_owned()),
    };
    let found = match surface.registry_check(ask(json!({}))) {
        Ok(check) => check.findings.first().map(|finding| finding.code.clone()),
        Err(error) => Some(error.code.as_str().to_owned()),
    };
    surface.registry_close(Nothing {}).expect("closed");
    found
}

/// A closed registry with some certificates.
pub fn registry() -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::at_work();
    for number in 0..12 {
        sandbox.issue("Issuing", &[&format!("host-{number}.example.test")], "out");
    }
    sandbox.crl("Issuing");
    sandbox.surface.registry_close(Nothing {}).expect("closed");
    let file = sandbox.path("acme.chancery");
    (sandbox, file)
}

/// What is done to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// Other octets stand in it.
    Junk,
    /// Nothing stands in it.
    Zeros,
    /// The file ends before it.
    Cut,
}

impl Harm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Junk, Self::Zeros, Self::Cut];

    fn done(self, whole: &[u8], page: usize, size: usize) -> Vec<u8> {
        // The first page keeps its header of 100 octets: without it nobody can tell that it is a registry.
        let start = if page == 1 { 100 } else { (page - 1) * size };
        let mut damaged = whole.to_vec();
        let junk = |at: usize| u8::try_from(at.wrapping_mul(2_654_435_761) >> 7 & 0xff).expect("an octet");
        match self {
            Self::Junk => (start..page * size).for_each(|at| damaged[at] = junk(at)),
            Self::Zeros => damaged[start..page * size].fill(0),
            Self::Cut => damaged.truncate(start),
        }
        damaged
    }
}

/// Whether that is what the harm is to be told by.
fn shows_damage(code: &str, page: usize, harm: Harm) -> bool {
    match harm {
        Harm::Junk => ["registry-damaged", "file_damaged", "cell_unreadable"].contains(&code),
        // What has the header of a registry and nothing else may be anything.
        Harm::Cut if page == 1 => ["registry-damaged", "file_damaged", "not-a-registry"].contains(&code),
        // The last part of a long value may be made of zeros as far as SQLite knows: then it is the check that finds what differs, each by its own code,
        // and those have underscores.
        Harm::Zeros | Harm::Cut => code == "registry-damaged" || code.contains('_'),
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Pages {
    /// Pages of the file.
    pub pages: usize,
    /// How often something was done to one.
    pub tried: usize,
    /// How it showed, with how often.
    pub told: BTreeMap<String, usize>,
    /// What did not show.
    pub silent: Vec<String>,
}

/// Harms every so manyth page of a registry in these ways. Each must show as damage, at opening or to the check; and none when the page is back.
pub fn harmed(step: usize, harms: &[Harm]) -> Pages {
    let (sandbox, file) = registry();
    let whole = fs::read(&file).expect("the file");
    let size = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    // By SQLite's own word, which page is what: free ones hold nothing.
    let pages = sqlite(file.to_str().expect("UTF-8"), "SELECT pageno, pagetype, name FROM dbstat ORDER BY pageno");
    let kinds = ["leaf", "internal", "certificates_by_fingerprint", "certificate_ders", "audit"];
    assert!(kinds.iter().all(|kind| pages.contains(kind)), "{pages}");
    let mut came = Pages { pages: pages.lines().count(), ..Pages::default() };
    for line in pages.lines().step_by(step) {
        let page: usize = line.split('|').next().and_then(|text| text.parse().ok()).expect("a page number");
        for harm in harms {
            fs::write(&file, harm.done(&whole, page, size)).expect("written");
            came.tried += 1;
            match found(&file, &sandbox) {
                Some(code) if shows_damage(&code, page, *harm) => {
                    *came.told.entry(code).or_default() += 1;
                }
                other => came.silent.push(format!("{harm:?} in page {line}: {other:?}")),
            }
            for ending in ["-wal", "-shm"] {
                fs::remove_file(file.with_extension(format!("chancery{ending}"))).ok();
            }
        }
    }
    fs::write(&file, &whole).expect("written");
    if let Some(code) = found(&file, &sandbox) {
        came.silent.push(format!("the whole file shows {code}"));
    }
    came
}
