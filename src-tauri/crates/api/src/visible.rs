//! Makes hostile characters visible. Strings from certificates can carry terminal escapes, bidi overrides and characters without width;
//! none of them reaches a terminal.

use std::borrow::Cow;

/// The text with every control, bidi, zero-width and filler character written as `\u{…}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hostile(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// The same JSON document, with the characters that are not ASCII and hostile written as `\uXXXX`. They occur only within strings.
pub fn visible_json(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile_in_json) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hostile_in_json(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

fn is_hostile_in_json(character: char) -> bool {
    character != '\n' && (!character.is_ascii() || character == '\u{7f}') && is_hostile(character)
}

fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_bidi_and_zero_width_are_shown() {
        assert_eq!(visible("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(visible("pay\u{202e}lap"), "pay\\u{202e}lap");
        assert_eq!(visible("a\u{200b}b\r\n"), "a\\u{200b}b\\u{d}\\u{a}");
        assert_eq!(visible("\u{9b}31m"), "\\u{9b}31m");
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in ["München", "例え.jp", "CN=a\\,b", "العربية"] {
            assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn json_stays_the_same_document() -> Result<(), serde_json::Error> {
        let value = serde_json::json!({"name": "a\u{202e}b\u{e0041}\n\u{7f}\u{1b}ü"});
        let text = serde_json::to_string_pretty(&value)?;
        let shown = visible_json(&text);
        assert!(shown.contains("\\u202e") && shown.contains("\\udb40\\udc41") && shown.contains("\\u007f") && shown.contains('ü'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown)?, value);
        Ok(())
    }
}
