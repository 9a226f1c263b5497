//! What is wrong with a configuration, in words that give nothing of the file away but names of keys.
//!
//! The file may be another one than it seems, and a report may go to a public log: no line of it is shown, no value.

use crate::diagnostic::closest;

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

/// One sentence with the line of the mistake.
pub(super) fn sentence(refused: &toml::de::Error, text: &str) -> String {
    let at = refused.span().map_or(0, |span| span.start.min(text.len()));
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before[start..].chars().count() + 1;
    let name = text.get(start..).and_then(|rest| rest.lines().next()).and_then(|line| line.split('=').next());
    let name = name.map(str::trim).filter(|name| KEYS.contains(name));
    match what(refused.message(), name) {
        Some(what) => format!("line {line}: {what}"),
        None => format!("line {line}, column {column}: this is not TOML"),
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
            "\"hunter2 and more\" = 1\n",
            "[levels]\n\"hunter2 and more\" = \"error\"\n",
            "[levels]\nmissing-shebang = \"hunter2\"\n",
            "[lint.\"hunter2 and more\"]\ncommand = []\n",
            "out-dir = \"a\nhunter2\"\n",
        ] {
            let refused = Config::parse(text).expect_err("the configuration is wrong");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}
