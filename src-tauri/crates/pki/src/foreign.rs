//! Registries of other programs that hold whole PKIs: what their lines, columns and blobs say, and the lines that they read again.
//!
//! Pure like the rest: whoever calls brings the octets, from a file, a line or a column.

pub mod openssl_index;
pub mod openssl_number;
pub mod tiny_ca;
pub mod xca;

/// A value as [`DistinguishedName::parse`](crate::DistinguishedName::parse) reads it back, whatever is in it.
fn written_value(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 8);
    for character in value.chars() {
        if character.is_control() {
            let mut octets = [0; 4];
            for octet in character.encode_utf8(&mut octets).bytes() {
                out.push('\\');
                out.push_str(&hex::encode([octet]));
            }
        } else {
            if "\"/+\\,;<>=# ".contains(character) {
                out.push('\\');
            }
            out.push(character);
        }
    }
    out
}
