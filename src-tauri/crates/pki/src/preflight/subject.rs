//! The attributes of the subject (RFC 5280 4.1.2.4, 4.1.2.6, A.1). The issuer's are copied, so they are the issuer's affair.

use super::{Fields, Judged};
use crate::name::{NameAttribute, StringType, attribute_rule};

const COUNTRY: &str = "2.5.4.6";
const EMAIL: &str = "1.2.840.113549.1.9.1";

/// The attributes of the subject, in order.
fn attributes<'a>(judged: &'a Judged<'_>) -> impl Iterator<Item = &'a NameAttribute> {
    judged.subject.iter()
}

fn named(attribute: &NameAttribute) -> (&'static str, String) {
    ("attribute", attribute.label.clone())
}

/// Two letters (ISO 3166).
pub(super) fn country_wrong(judged: &Judged<'_>) -> Option<Fields> {
    let wrong = |value: &str| value.len() != 2 || !value.bytes().all(|letter| letter.is_ascii_alphabetic());
    let found = attributes(judged).find(|attribute| attribute.oid == COUNTRY && wrong(&attribute.value))?;
    Some(vec![("value", found.value.clone())])
}

/// C, serialNumber and dnQualifier are PrintableString, DC and emailAddress IA5String.
pub(super) fn attribute_string_type_wrong(judged: &Judged<'_>) -> Option<Fields> {
    let found = attributes(judged).find(|attribute| {
        let fixed = attribute_rule(&attribute.oid).map(|(string_type, _)| string_type).filter(|fixed| *fixed != StringType::Utf8);
        fixed.is_some_and(|fixed| attribute.string_type != fixed)
    })?;
    let expected = attribute_rule(&found.oid).map(|(string_type, _)| string_type.as_str()).unwrap_or_default();
    Some(vec![named(found), ("string_type", found.string_type.as_str().to_owned()), ("expected", expected.to_owned())])
}

pub(super) fn attribute_too_long(judged: &Judged<'_>) -> Option<Fields> {
    let longest = |attribute: &NameAttribute| attribute_rule(&attribute.oid).map_or(usize::MAX, |(_, longest)| longest);
    let too_long = |attribute: &NameAttribute| attribute.value.chars().count() > longest(attribute);
    // A country of more than two letters is a lint of its own.
    let found = attributes(judged).find(|attribute| attribute.oid != COUNTRY && too_long(attribute))?;
    Some(vec![named(found), ("length", found.value.chars().count().to_string()), ("longest", longest(found).to_string())])
}

pub(super) fn attribute_empty(judged: &Judged<'_>) -> Option<Fields> {
    let found = attributes(judged).find(|attribute| attribute.value.is_empty())?;
    Some(vec![named(found)])
}

/// TeletexString, BMPString and UniversalString are for subjects that had them before 2004.
pub(super) fn attribute_in_old_string(judged: &Judged<'_>) -> Option<Fields> {
    let old = [StringType::Teletex, StringType::Bmp, StringType::Universal];
    let found = attributes(judged).find(|attribute| old.contains(&attribute.string_type))?;
    Some(vec![named(found), ("string_type", found.string_type.as_str().to_owned())])
}

/// A value of an attribute that holds text, and does not.
pub(super) fn attribute_unreadable(judged: &Judged<'_>) -> Option<Fields> {
    let found =
        attributes(judged).find(|attribute| attribute.string_type == StringType::NoString && attribute_rule(&attribute.oid).is_some())?;
    Some(vec![named(found)])
}

/// PrintableString has no `@`, `*` or `_` (X.680 41.4), IA5String nothing beyond ASCII.
pub(super) fn attribute_character_wrong(judged: &Judged<'_>) -> Option<Fields> {
    let printable = |character: char| character.is_ascii_alphanumeric() || " '()+,-./:=?".contains(character);
    let wrong = |attribute: &NameAttribute| {
        let fits = |character: &char| match attribute.string_type {
            StringType::Printable => printable(*character),
            StringType::Ia5 => character.is_ascii(),
            StringType::Numeric => character.is_ascii_digit() || *character == ' ',
            _ => true,
        };
        attribute.value.chars().find(|character| !fits(character))
    };
    let (found, character) = attributes(judged).find_map(|attribute| wrong(attribute).map(|character| (attribute, character)))?;
    Some(vec![named(found), ("string_type", found.string_type.as_str().to_owned()), ("character", character.escape_default().to_string())])
}

/// Control characters, and those that hide or turn round the text about them: one name is then read as another.
pub(super) fn subject_hides_characters(judged: &Judged<'_>) -> Option<Fields> {
    let hides = |character: &char| {
        character.is_control()
            || matches!(*character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    let found = attributes(judged).find_map(|attribute| attribute.value.chars().find(hides).map(|character| (attribute, character)));
    let (attribute, character) = found?;
    Some(vec![named(attribute), ("character", format!("U+{:04X}", u32::from(character)))])
}

/// It belongs into the alternative names.
pub(super) fn email_in_subject(judged: &Judged<'_>) -> Option<Fields> {
    attributes(judged).find(|attribute| attribute.oid == EMAIL).map(|found| vec![("value", found.value.clone())])
}
