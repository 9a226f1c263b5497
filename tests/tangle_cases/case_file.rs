//! Reading a case file: what its lines and sections say. `tests/cases/README.md` describes the format.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::bytes::{hide, show};

/// One document and the answers to it.
#[derive(Debug)]
pub(crate) struct Case {
    /// The file's name without extension.
    pub(crate) name: String,
    /// Where it stands.
    pub(crate) path: PathBuf,
    /// The lines before the first section.
    pub(crate) keys: BTreeMap<String, Vec<String>>,
    /// The document.
    pub(crate) input: Vec<u8>,
    /// Files that are there before the run.
    pub(crate) before: Vec<CaseFile>,
    /// Answers by version: the empty string is the reference, `ours` a deliberate departure.
    pub(crate) answers: BTreeMap<String, Answer>,
}

/// What a run did.
#[derive(Debug, Default, Clone)]
pub(crate) struct Answer {
    /// Files that were made or changed, sorted by name.
    pub(crate) writes: Vec<CaseFile>,
    /// What was said and what became of the other files, one entry a line.
    pub(crate) outcome: Vec<String>,
}

/// One file; the order is that of the names' bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CaseFile {
    /// Path below the folder of the document, as bytes.
    pub(crate) name: Vec<u8>,
    /// Permission bits.
    pub(crate) mode: u32,
    /// Content.
    pub(crate) bytes: Vec<u8>,
}

impl Case {
    /// Reads a case; a complaint says what is wrong with the file.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, String> {
        let mut parts = text.split("\n=== ");
        let keys = keys(parts.next().unwrap_or_default())?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut case =
            Self { name, path: path.to_owned(), keys, input: Vec::new(), before: Vec::new(), answers: BTreeMap::new() };
        let count = text.matches("\n=== ").count();
        for (index, part) in parts.enumerate() {
            // Splitting ate the newline that ends each section but the last.
            let whole = if index + 1 < count { format!("{part}\n") } else { part.to_owned() };
            let (title, lines) = whole.split_once('\n').ok_or(format!("section `{whole}` does not end its line"))?;
            case.section(title, lines)?;
        }
        if case.answers.get("").is_none_or(|answer| answer.outcome.is_empty()) {
            return Err("the reference's `outcome` is missing".to_owned());
        }
        Ok(case)
    }

    fn section(&mut self, title: &str, lines: &str) -> Result<(), String> {
        let (version, rest) = match title.split_once(' ') {
            Some((version @ ("9.5" | "head" | "ours"), rest)) => (version, rest),
            _ => ("", title),
        };
        let mut words = rest.splitn(3, ' ');
        match (version, words.next(), words.next(), words.next()) {
            ("", Some("input"), None, None) => self.input = hide(lines)?,
            ("", Some("before"), Some(mode), Some(name)) => self.before.push(CaseFile::parse(mode, name, lines)?),
            (_, Some("writes"), Some(mode), Some(name)) => {
                self.answers.entry(version.to_owned()).or_default().writes.push(CaseFile::parse(mode, name, lines)?);
            }
            (_, Some("outcome"), None, None) => {
                self.answers.entry(version.to_owned()).or_default().outcome =
                    lines.lines().map(str::to_owned).collect();
            }
            _ => return Err(format!("there is no section `{title}`")),
        }
        Ok(())
    }

    /// The only value of a key.
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.keys.get(key).and_then(|values| values.first()).map(String::as_str)
    }

    /// What is done with the document.
    pub(crate) fn action(&self) -> &str {
        self.value("action").unwrap_or("tangle")
    }

    /// The values of a key whose value is a list, sorted.
    pub(crate) fn list(&self, key: &str) -> Vec<&str> {
        self.value(key).map(|value| value.split(", ").collect()).unwrap_or_default()
    }

    /// What we have to do: our own answer where we depart on purpose, else the reference's.
    pub(crate) fn expected(&self) -> &Answer {
        self.answers.get("ours").unwrap_or(&self.answers[""])
    }
}

/// Every key a case file may have; all but `variable` at most once.
const KEYS: &[&str] = &["action", "because", "departs", "profile", "refused", "rules", "variable"];

fn keys(preamble: &str) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in preamble.lines().filter(|line| !line.is_empty()) {
        let (key, value) = line.split_once(": ").ok_or(format!("`{line}` is not `key: value`"))?;
        let values = keys.entry(key.to_owned()).or_default();
        values.push(value.to_owned());
        if !KEYS.contains(&key) || (values.len() > 1 && key != "variable") {
            return Err(format!("the key `{key}` is unknown or repeated"));
        }
    }
    if keys.contains_key("rules") { Ok(keys) } else { Err("the line `rules: …` is missing".to_owned()) }
}

impl Answer {
    /// Whether Emacs stopped with an error.
    pub(crate) fn stopped(&self) -> bool {
        self.outcome.iter().any(|line| line.starts_with("error: "))
    }

    /// The files as they stand in a case file.
    pub(crate) fn shown(&self) -> String {
        let section = |file: &CaseFile| {
            format!("=== writes {:04o} {}\n{}", file.mode, show(&file.name).trim_end_matches("␄\n"), show(&file.bytes))
        };
        self.writes.iter().map(section).collect()
    }
}

impl CaseFile {
    fn parse(mode: &str, name: &str, lines: &str) -> Result<Self, String> {
        let mode = u32::from_str_radix(mode, 8).map_err(|_| format!("`{mode}` is no mode"))?;
        Ok(Self { name: hide(name)?, mode, bytes: hide(lines)? })
    }
}
