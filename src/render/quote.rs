//! Quoting: how a value is written so that its language takes it as one piece of data, whatever is in it.
//!
//! Each language has one function here that writes the value or says why it cannot be written. Shell, YAML, JSON and
//! XML can hold almost any text; the others have no quotes, or none with an escape in them, and refuse what would
//! change the meaning of the line. The rules assume what the style guide asks of templates: a placeholder is never
//! written inside quotes.

use std::borrow::Cow;

/// What a template's output is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// Bash.
    Shell,
    /// nftables rules.
    Nft,
    /// The configuration of dnsmasq: one option a line.
    Dnsmasq,
    /// YAML, such as cloud-init's data.
    Yaml,
    /// JSON.
    Json,
    /// `key=value` lines in sections: systemd units, NetworkManager's profiles.
    Ini,
    /// XML text and attribute values; the template writes the quotes of attributes.
    Xml,
    /// Text for people.
    Text,
}

/// How a value may be written beside being text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteKind {
    /// Any text: quoted wherever the language has quotes.
    Text,
    /// A number, an address or an identifier: never quoted in nft rules, where quotes would make it something else.
    Word,
    /// A number, also in languages that tell numbers from strings.
    Number,
}

impl Language {
    /// Every language by the name it has in the names of templates.
    pub const ALL: [(&'static str, Self); 8] = [
        ("shell", Self::Shell),
        ("nft", Self::Nft),
        ("dnsmasq", Self::Dnsmasq),
        ("yaml", Self::Yaml),
        ("json", Self::Json),
        ("ini", Self::Ini),
        ("xml", Self::Xml),
        ("text", Self::Text),
    ];

    /// The language of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, language)| *language)
    }

    /// The language of a template by its name, `<output>.<language>.j2`.
    pub fn of_template(name: &str) -> Option<Self> {
        Self::from_name(name.strip_suffix(".j2")?.rsplit('.').next()?)
    }

    /// The name it has in the names of templates.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// What stands between the values of a sequence.
    pub fn separator(self) -> &'static str {
        match self {
            Self::Shell | Self::Xml => " ",
            Self::Nft | Self::Yaml | Self::Json | Self::Text => ", ",
            Self::Dnsmasq => ",",
            Self::Ini => ";",
        }
    }

    /// The value as one piece of data of this language, or why it cannot be one.
    pub fn quote(self, value: &str, kind: QuoteKind) -> Result<String, String> {
        self.quoted(value, kind).map(Cow::into_owned)
    }

    /// The same without a copy of a value that needs no quotes.
    pub(crate) fn quoted(self, value: &str, kind: QuoteKind) -> Result<Cow<'_, str>, String> {
        match self {
            Self::Shell => shell(value),
            Self::Nft => nft(value, kind),
            Self::Dnsmasq => {
                word(value, |c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '/' | '@' | '%' | '+' | '-'))
            }
            Self::Yaml => yaml(value, kind),
            Self::Json => json(value, kind),
            Self::Ini => plain(value, |c| !c.is_control() && !";#\\\"'%$".contains(c)),
            Self::Xml => xml(value),
            Self::Text => plain(value, |c| !c.is_control() || c == '\n' || c == '\t'),
        }
    }
}

/// Words that begin or end a compound command, if they stand where a command can.
const RESERVED: [&str; 17] = [
    "case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in", "select", "then",
    "time", "until", "while",
];

/// Bare if no character means anything to bash; else in single quotes; with control characters as `$'…'`, so that a
/// value never ends the line it stands on.
fn shell(value: &str) -> Result<Cow<'_, str>, String> {
    if value.contains('\0') {
        return Err("has a zero byte, which no shell variable can hold".to_owned());
    }
    let is_plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b':' | b'@' | b'%' | b'+' | b'-')
    };
    let plain = !value.is_empty() && value.bytes().all(is_plain);
    if plain && !RESERVED.contains(&value) {
        return Ok(value.into());
    }
    if !value.chars().any(char::is_control) {
        return Ok(format!("'{}'", value.replace('\'', r"'\''")).into());
    }
    let escaped = value.chars().map(|c| match c {
        '\'' | '\\' => format!("\\{c}"),
        '\n' => r"\n".to_owned(),
        '\t' => r"\t".to_owned(),
        c if c.is_ascii_control() => format!("\\{:03o}", u32::from(c)),
        c => c.to_string(),
    });
    Ok(format!("$'{}'", escaped.collect::<String>()).into())
}

/// Words bare, text in double quotes. nft knows no escapes, and takes `*` at the end of a name for a pattern.
fn nft(value: &str, kind: QuoteKind) -> Result<Cow<'_, str>, String> {
    match kind {
        QuoteKind::Word | QuoteKind::Number => {
            word(value, |c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '/' | '%' | '-'))
        }
        QuoteKind::Text => {
            let text = plain(value, |c| !c.is_control() && !matches!(c, '"' | '\\' | '*' | '$'))?;
            Ok(format!("\"{text}\"").into())
        }
    }
}

/// Bare if it can be nothing but a string to YAML 1.1 and 1.2; else in double quotes, whose escapes are JSON's.
fn yaml(value: &str, kind: QuoteKind) -> Result<Cow<'_, str>, String> {
    const MEANT_OTHERWISE: [&str; 10] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan"];
    let bare = value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "_./-".contains(c))
        && !MEANT_OTHERWISE.contains(&value.to_ascii_lowercase().as_str());
    if bare { Ok(value.into()) } else { json(value, kind) }
}

/// A JSON string, or a number.
fn json(value: &str, kind: QuoteKind) -> Result<Cow<'_, str>, String> {
    match kind {
        QuoteKind::Number => word(value, |c| c.is_ascii_digit()),
        QuoteKind::Text | QuoteKind::Word => Ok(json_string(value).into()),
    }
}

/// Beyond what JSON itself asks for, whatever YAML takes for the end of a line is escaped.
fn json_string(value: &str) -> String {
    let string = serde_json::Value::from(value).to_string();
    let escaped = string.chars().map(|c| match c {
        c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    escaped.collect()
}

/// A text for XML in any case: what XML 1.0 has no way to write is replaced.
pub fn xml_text(value: &str) -> String {
    let is_writable =
        |c: char| matches!(c, '\n' | '\t' | '\r') || !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let writable: String = value.chars().map(|c| if is_writable(c) { c } else { '\u{fffd}' }).collect();
    xml(&writable).map(Cow::into_owned).unwrap_or_default()
}

/// Character references for what has a meaning; XML 1.0 has none for most control characters.
fn xml(value: &str) -> Result<Cow<'_, str>, String> {
    let escaped = value.chars().map(|c| match c {
        '&' | '<' | '>' | '"' | '\'' | '\n' | '\t' | '\r' => Ok(format!("&#{};", u32::from(c))),
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => Err(refusal(c)),
        c => Ok(c.to_string()),
    });
    escaped.collect::<Result<String, _>>().map(Cow::from)
}

/// The value as it is, if it is not empty and has only characters that pass.
fn word(value: &str, passes: impl Fn(char) -> bool) -> Result<Cow<'_, str>, String> {
    if value.is_empty() { Err("is empty".to_owned()) } else { plain(value, passes) }
}

/// The value as it is, if it has only characters that pass.
fn plain(value: &str, passes: impl Fn(char) -> bool) -> Result<Cow<'_, str>, String> {
    match value.chars().find(|&c| !passes(c)) {
        Some(c) => Err(refusal(c)),
        None => Ok(value.into()),
    }
}

fn refusal(c: char) -> String {
    match c {
        ' ' => "has a space in it".to_owned(),
        '`' => "has a backquote in it".to_owned(),
        c => format!("has `{}` in it", c.escape_debug()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Language, QuoteKind};

    #[track_caller]
    fn check(language: Language, kind: QuoteKind, value: &str, expected: Result<&str, &str>) {
        let quoted = language.quote(value, kind);
        assert_eq!(quoted.as_deref().map_err(String::as_str), expected, "{value:?} in {}", language.name());
    }

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(super::xml_text("<a href=\"x\">&\u{1}"), "&#60;a href=&#34;x&#34;&#62;&#38;\u{fffd}");
    }

    #[test]
    fn shell_words_are_bare_only_if_every_character_is_plain() {
        check(Language::Shell, QuoteKind::Text, "10.42.0.1/24", Ok("10.42.0.1/24"));
        check(Language::Shell, QuoteKind::Word, "", Ok("''"));
        check(Language::Shell, QuoteKind::Word, "$(id)", Ok("'$(id)'"));
        check(Language::Shell, QuoteKind::Text, "done", Ok("'done'"));
        check(Language::Shell, QuoteKind::Text, "it's", Ok(r"'it'\''s'"));
        check(Language::Shell, QuoteKind::Text, "~", Ok("'~'"));
        check(Language::Shell, QuoteKind::Text, "a=b", Ok("'a=b'"));
        check(Language::Shell, QuoteKind::Text, "a\nb'\\\u{1b}", Ok(r"$'a\nb\'\\\033'"));
        check(Language::Shell, QuoteKind::Text, "\0", Err("has a zero byte, which no shell variable can hold"));
    }

    #[test]
    fn nft_quotes_text_and_refuses_what_it_cannot_hold() {
        check(Language::Nft, QuoteKind::Text, "qvm0", Ok("\"qvm0\""));
        check(Language::Nft, QuoteKind::Text, "a;b{c", Ok("\"a;b{c\""));
        check(Language::Nft, QuoteKind::Text, "qvm*", Err("has `*` in it"));
        check(Language::Nft, QuoteKind::Text, "a\"b", Err("has `\\\"` in it"));
        check(Language::Nft, QuoteKind::Text, "a\nb", Err("has `\\n` in it"));
        check(Language::Nft, QuoteKind::Word, "10.42.0.0/24", Ok("10.42.0.0/24"));
        check(Language::Nft, QuoteKind::Word, "1; drop", Err("has `;` in it"));
    }

    #[test]
    fn languages_without_quotes_refuse_what_would_change_the_line() {
        check(Language::Dnsmasq, QuoteKind::Word, "cp.qvm0.lan", Ok("cp.qvm0.lan"));
        check(Language::Dnsmasq, QuoteKind::Text, "a,b", Err("has `,` in it"));
        check(Language::Dnsmasq, QuoteKind::Text, "a\nport=1", Err("has `\\n` in it"));
        check(Language::Dnsmasq, QuoteKind::Text, "", Err("is empty"));
        check(Language::Ini, QuoteKind::Text, "two words", Ok("two words"));
        check(Language::Ini, QuoteKind::Text, "a\nExecStart=/bin/id", Err("has `\\n` in it"));
        check(Language::Text, QuoteKind::Text, "any \"text\"\n", Ok("any \"text\"\n"));
        check(Language::Text, QuoteKind::Text, "\u{1b}[31m", Err("has `\\u{1b}` in it"));
    }

    #[test]
    fn data_languages_hold_any_text() {
        check(Language::Yaml, QuoteKind::Text, "cp.qvm0.lan", Ok("cp.qvm0.lan"));
        check(Language::Yaml, QuoteKind::Text, "No", Ok("\"No\""));
        check(Language::Yaml, QuoteKind::Word, "52:54:00:12:00:10", Ok("\"52:54:00:12:00:10\""));
        check(Language::Yaml, QuoteKind::Number, "67", Ok("67"));
        check(Language::Yaml, QuoteKind::Text, "a: b\n- c", Ok("\"a: b\\n- c\""));
        check(Language::Json, QuoteKind::Text, "a\"b", Ok("\"a\\\"b\""));
        check(Language::Json, QuoteKind::Number, "1e9", Err("has `e` in it"));
        check(Language::Xml, QuoteKind::Text, "<a b='c'>", Ok("&#60;a b=&#39;c&#39;&#62;"));
        check(Language::Xml, QuoteKind::Text, "\u{1}", Err("has `\\u{1}` in it"));
    }
}
