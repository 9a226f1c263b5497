//! What is wrong with a configuration, in words that give nothing of the file away but names of keys.
//!
//! The file may be another one than it seems, and a report may go to a public log: no line of it is shown, no value.

use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::closest;
use crate::source::Position;

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigMistake {
    /// Where, if that is known.
    pub place: Option<Position>,
    /// Whether the text is no TOML at all.
    pub kind: MistakeKind,
    /// What, on one line, without anything of the text but names of keys.
    pub reason: String,
}

/// The kinds of mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MistakeKind {
    /// The text cannot be read.
    Syntax,
    /// It says what it must not.
    Meaning,
}

/// A mistake that is known by its keys, from the outermost on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMistake {
    /// The keys; the last may be the number of a list's element.
    pub keys: Vec<String>,
    /// What is wrong.
    pub reason: String,
}

impl KeyMistake {
    pub(super) fn new(keys: &[&str], reason: String) -> Self {
        Self { keys: keys.iter().map(|&key| key.to_owned()).collect(), reason }
    }

    /// The mistake with its place in the text.
    pub(super) fn placed(self, text: &str) -> ConfigMistake {
        let place = start(text, &self.keys).map(|at| position(text, at));
        ConfigMistake { place, kind: MistakeKind::Meaning, reason: self.reason }
    }
}

impl ConfigMistake {
    /// A file that is no text.
    pub fn of_bytes(bytes: &[u8], valid: usize) -> Self {
        let text = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
        let place = Some(position(text, text.len()));
        Self { place, kind: MistakeKind::Syntax, reason: "it is not UTF-8".to_owned() }
    }
}

impl fmt::Display for ConfigMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.place, self.kind) {
            (Some(place), MistakeKind::Syntax) => {
                write!(f, "line {}, column {}: {}", place.line, place.column, self.reason)
            }
            (Some(place), MistakeKind::Meaning) => write!(f, "line {}: {}", place.line, self.reason),
            (None, _) => f.write_str(&self.reason),
        }
    }
}

/// Where the innermost of some keys stands, as far as they are there.
fn start(text: &str, keys: &[String]) -> Option<usize> {
    let parsed = DeTable::parse(text).ok()?;
    let (first, rest) = keys.split_first()?;
    let named = |table: &DeTable<'_>, name: &str| table.keys().find(|key| key.get_ref() == name).map(Spanned::span);
    let mut at = named(parsed.get_ref(), first)?.start;
    let mut value = parsed.get_ref().get(first.as_str())?.get_ref();
    for key in rest {
        value = match value {
            DeValue::Table(table) => {
                let Some(span) = named(table, key) else { break };
                at = span.start;
                table.get(key.as_str())?.get_ref()
            }
            DeValue::Array(elements) => {
                let Some(element) = key.parse().ok().and_then(|index: usize| elements.get(index)) else { break };
                at = element.span().start;
                element.get_ref()
            }
            _ => break,
        };
    }
    Some(at)
}

fn position(text: &str, at: usize) -> Position {
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position { line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1 }
}

/// The keys that stand alone; those of checkers are told with their table.
const KEYS: &[&str] = &[
    "documents",
    "out-dir",
    "languages",
    "allow-outside",
    "levels",
    "for-each",
    "graph",
    "optional-outputs",
    "lint",
    "files",
    "command",
];

/// A name of a key is shown as far as it is one that can be written without quotes, and short.
const LONGEST_KEY: usize = 40;

/// What the parser refuses.
pub(super) fn of_parser(refused: &toml::de::Error, text: &str) -> ConfigMistake {
    let at = refused.span().map_or(0, |span| span.start.min(text.len()));
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let name = text.get(start..).and_then(|rest| rest.lines().next()).and_then(|line| line.split('=').next());
    let name = name.map(str::trim).filter(|name| KEYS.contains(name));
    let place = Some(position(text, at));
    match what(refused.message(), name) {
        Some(reason) => ConfigMistake { place, kind: MistakeKind::Meaning, reason },
        None => ConfigMistake { place, kind: MistakeKind::Syntax, reason: "this is not TOML".to_owned() },
    }
}

fn what(message: &str, name: Option<&str>) -> Option<String> {
    let value = name.map_or_else(|| "the value".to_owned(), |name| format!("`{name}`"));
    if let Some(unknown) = message.strip_prefix("unknown field `") {
        let unknown = unknown.split('`').next().unwrap_or_default();
        let expected: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
        let hint = match closest(unknown, expected.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys are `{}`", expected.join("`, `")),
        };
        return Some(format!("there is no key `{}`; {hint}", key(unknown)));
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let (_value, expected) = rest.rsplit_once("`, expected ")?;
        return Some(format!("{value} is none of {}", expected.trim_start_matches("one of ")));
    }
    if let Some(rest) = message.strip_prefix("invalid type: ") {
        // `string "…", expected a sequence`: the value stays out.
        let (found, expected) = rest.rsplit_once(", expected ")?;
        let found = found.split([' ', '`', '"']).next().unwrap_or_default();
        let article = if found.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        return Some(format!("{value} is {article} {found} where {} is expected", kind(expected)));
    }
    if message.starts_with("data did not match any variant") {
        return Some(format!("{value} is neither a word nor a list of words"));
    }
    message.starts_with("duplicate key").then(|| "this key stands here for the second time".to_owned())
}

/// What serde calls it, in words that people use.
fn kind(expected: &str) -> &str {
    match expected {
        "path string" => "a path",
        "a sequence" => "a list",
        "a map" => "a table",
        other => other,
    }
}

/// A key's name as far as it may be shown.
pub(super) fn key(name: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.len() <= LONGEST_KEY && name.chars().all(is_plain) { name } else { "…" }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn no_text_of_the_file_is_shown() {
        for text in [
            "TOKEN=hunter2\0HOME=/root\0",
            "root:$6$hunter2:19000:0:99999:7:::\n",
            "out-dir = [\"hunter2\"]\n",
            "documents = \"hunter2\"\n",
            "languages = { hunter2 = 1 }\n",
            "languages = \"hunter2\"\n",
            "\"hunter2 and more\" = 1\n",
            "[levels]\n\"hunter2 and more\" = \"error\"\n",
            "[levels]\nmissing-shebang = \"hunter2\"\n",
            "[lint.\"hunter2 and more\"]\ncommand = []\n",
            "out-dir = \"a\nhunter2\"\n",
        ] {
            let refused = Config::parse(text).expect_err("the configuration is wrong");
            assert!(!refused.to_string().contains("hunter2"), "{refused}");
        }
    }

    #[track_caller]
    fn check_place(text: &str, line: usize, column: usize) {
        let place = Config::parse(text).expect_err("the configuration is wrong").place.map(|it| (it.line, it.column));
        assert_eq!(place, Some((line, column)), "{text}");
    }

    #[test]
    fn each_mistake_has_its_place() {
        check_place("out-dir = \"a\"\nout-dri = \"x\"\n", 2, 1);
        check_place("graph = 1\n", 1, 9);
        check_place("# ä\n[levels\n", 2, 8);
        check_place("[levels]\nmissing-shebang = \"allow\"\nunterminated-blok = \"error\"\n", 3, 1);
        check_place("levels = { missing-folder = \"allow\" }\n", 1, 12);
        check_place("optional-outputs = [\"inventory.yaml\",\n  \"ä\", \"hosts\"]\n", 2, 3);
        check_place("[lint.bash]\nfiles = [\"a\", \"a[\"]\n", 2, 15);
        check_place("[lint.nft]\nfiles = []\n[lint.visudo]\ncommand = [\"visudo\"]\n", 4, 1);
    }
}
