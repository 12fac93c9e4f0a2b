//! Names of files that are made after a certificate: from an allow-list, never the raw text of a name.

use pki::Fingerprint;

/// Longest stem; with the longest ending it stays far below the 255 bytes that file systems take.
const LONGEST: usize = 80;

/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: &[&str] = &[
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2", "lpt3", "lpt4",
    "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Turns a name into the stem of a file name.
///
/// Letters, digits, `.`, `-` and `_` of ASCII stay, a leading `*.` becomes `wildcard.`, everything else becomes `_`. Where that lost something, the
/// first eight hex digits of the certificate's fingerprint are added, so that two names never end in one file.
pub(crate) fn stem(name: &str, fingerprint: &Fingerprint) -> String {
    let hex = fingerprint.to_string();
    stem_or(name, hex.get(..8).unwrap_or(&hex))
}

/// As [`stem`]; what is added where something was lost is `mark`.
pub(crate) fn stem_or(name: &str, mark: &str) -> String {
    let spelled = name.strip_prefix("*.").map_or_else(|| name.to_owned(), |rest| format!("wildcard.{rest}"));
    let mut stem: String =
        spelled.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' }).take(LONGEST).collect();
    let trimmed = stem.trim_matches(['.', '-']).len();
    let mut lost = stem != spelled || trimmed != stem.len();
    stem = stem.trim_matches(['.', '-']).to_owned();
    let first_part = stem.split('.').next().unwrap_or_default().to_ascii_lowercase();
    if stem.is_empty() || DEVICES.contains(&first_part.as_str()) {
        stem.insert(0, '_');
        lost = true;
    }
    if lost {
        stem.push('-');
        stem.push_str(mark);
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &str) -> String {
        stem(name, &Fingerprint::of(b"certificate"))
    }

    #[test]
    fn plain_host_names_stay() {
        assert_eq!(made("www.example.test"), "www.example.test");
    }

    #[test]
    fn wildcards_are_spelled_out() {
        assert_eq!(made("*.example.test"), "wildcard.example.test");
    }

    #[test]
    fn hostile_names_cannot_leave_the_folder() {
        for name in
            ["../../etc/passwd", "a/b", "a\\b", "\u{202e}gpj.exe", "a\0b", "", "...", "CON", "nul.txt", "-rf", "a\nb", &"x".repeat(300)]
        {
            let stem = made(name);
            assert!(stem.len() <= LONGEST + 10, "{stem}");
            assert!(stem.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')), "{stem}");
            assert!(!stem.starts_with(['.', '-']) && !stem.is_empty(), "{stem}");
            assert!(!DEVICES.contains(&stem.split('.').next().unwrap_or("").to_ascii_lowercase().as_str()), "{stem}");
        }
    }

    #[test]
    fn names_that_lost_something_stay_apart() {
        assert_ne!(stem("ä", &Fingerprint::of(b"1")), stem("ö", &Fingerprint::of(b"2")));
    }
}
