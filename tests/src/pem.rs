//! PEM text taken apart without the code under test.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The contents of all blocks with this label, such as `CERTIFICATE`.
pub fn blocks(text: &str, label: &str) -> Vec<Vec<u8>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    text.split(begin.as_str())
        .skip(1)
        .map(|rest| {
            let body: String = rest.split(end.as_str()).next().unwrap_or_default().split_whitespace().collect();
            STANDARD.decode(body).expect("base64")
        })
        .collect()
}

/// The contents of the one block with this label in a file.
pub fn only(path: &str, label: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut found = blocks(&text, label);
    assert_eq!(found.len(), 1, "{path}");
    found.remove(0)
}
