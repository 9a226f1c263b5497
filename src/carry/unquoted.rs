//! Reads what quoting wrote: from a value's text in an output back to the value.
//!
//! It only has to be right for what [`Language::quote`] writes: the result is compiled, and must give the text again.

use crate::render::quote::Language;

/// The value that a text of a language stands for; none if it stands for none.
pub(super) fn unquoted(language: Language, text: &str) -> Option<String> {
    match language {
        Language::Shell => shell(text),
        Language::Nft => {
            Some(text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text).to_owned())
        }
        Language::Yaml | Language::Json if text.starts_with('"') => serde_json::from_str(text).ok(),
        Language::Xml => xml(text),
        Language::Yaml | Language::Json | Language::Dnsmasq | Language::Ini | Language::Text => Some(text.to_owned()),
    }
}

/// A word of bash, whose quotes may begin anywhere in it.
fn shell(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix("$'") {
            rest = escaped(quoted, &mut value)?;
        } else if let Some(quoted) = rest.strip_prefix('\'') {
            let (inner, after) = quoted.split_once('\'')?;
            value.push_str(inner);
            rest = after;
        } else if let Some(next) = rest.strip_prefix('\\') {
            value.push(next.chars().next()?);
            rest = &next[next.chars().next()?.len_utf8()..];
        } else if "\"$`;&|<>()*?".contains(c) || c.is_whitespace() {
            return None;
        } else {
            value.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(value)
}

/// What stands after `$'` up to the closing quote; gives what follows it.
fn escaped<'t>(text: &'t str, value: &mut String) -> Option<&'t str> {
    let mut rest = text;
    loop {
        let c = rest.chars().next()?;
        rest = &rest[c.len_utf8()..];
        match c {
            '\'' => return Some(rest),
            '\\' => {
                let octal = rest.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
                let next = rest.chars().next()?;
                let (meant, length) = match (octal, next) {
                    (Some(byte), _) => (char::from(byte), 3),
                    (None, 'n') => ('\n', 1),
                    (None, 't') => ('\t', 1),
                    (None, other) => (other, other.len_utf8()),
                };
                value.push(meant);
                rest = &rest[length..];
            }
            other => value.push(other),
        }
    }
}

/// Character references by number, which are all that quoting writes.
fn xml(text: &str) -> Option<String> {
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, reference)) = rest.split_once("&#") {
        let (number, after) = reference.split_once(';')?;
        value.push_str(before);
        value.push(char::from_u32(number.parse().ok()?)?);
        rest = after;
    }
    value.push_str(rest);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::unquoted;
    use crate::render::quote::{Language, QuoteKind};

    #[test]
    fn every_value_comes_back_from_every_language() {
        let values =
            ["plain", "it's", "a b", "$(id)", "10.42.0.10", "52:54:00", "no", "a\"b\\c", "a\n\tb\u{1}", "<a&b>", "ä ö"];
        for value in values {
            for (name, language) in Language::ALL {
                let Ok(quoted) = language.quote(value, QuoteKind::Text) else { continue };
                assert_eq!(unquoted(language, &quoted).as_deref(), Some(value), "{quoted} in {name}");
            }
        }
    }

    #[test]
    fn what_is_no_word_has_no_value() {
        for text in ["a b", "\"a\"", "'a", "$x", "$'a"] {
            assert_eq!(unquoted(Language::Shell, text), None, "{text}");
        }
    }
}
