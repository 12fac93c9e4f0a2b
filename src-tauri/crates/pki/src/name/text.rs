//! Names as text (RFC 4514 2, and OpenSSL's one-line form).

use super::{NameAttribute, StringType};

pub(super) fn rfc4514(rdns: &[Vec<NameAttribute>]) -> String {
    let texts: Vec<String> = rdns.iter().rev().map(|rdn| joined(rdn, &[',', ';'])).collect();
    texts.join(",")
}

pub(super) fn openssl(rdns: &[Vec<NameAttribute>]) -> String {
    rdns.iter().map(|rdn| format!("/{}", joined(rdn, &['/']))).collect()
}

fn joined(rdn: &[NameAttribute], separators: &[char]) -> String {
    let texts: Vec<String> = rdn.iter().map(|attribute| format!("{}={}", attribute.label, escaped(attribute, separators))).collect();
    texts.join("+")
}

/// RFC 4514 2.4: a leading `#` or space, a trailing space and the specials get a backslash, control characters their octets.
fn escaped(attribute: &NameAttribute, separators: &[char]) -> String {
    if attribute.string_type == StringType::NoString {
        return attribute.value.clone();
    }
    let last = attribute.value.chars().count().saturating_sub(1);
    let mut out = String::with_capacity(attribute.value.len());
    for (index, character) in attribute.value.chars().enumerate() {
        let edge_space = character == ' ' && (index == 0 || index == last);
        let leading_hash = character == '#' && index == 0;
        let special = separators.contains(&character) || matches!(character, '"' | '+' | '<' | '>' | '\\' | '=');
        if character.is_control() {
            let mut octets = [0; 4];
            for octet in character.encode_utf8(&mut octets).bytes() {
                out.push('\\');
                out.push_str(&hex::encode([octet]));
            }
            continue;
        }
        if edge_space || leading_hash || special {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
