//! `qvm-tangle.toml`: which documents there are, where outputs go, and what is allowed.
//!
//! Reading the text into a [`Config`] is all that happens here; finding the file and resolving its paths against its
//! folder is `workspace`'s job.

mod mistake;
mod schema;

use std::collections::BTreeMap;
use std::path::PathBuf;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::diagnostic::{Code, Level, Severity, closest};
use crate::drift;
use crate::render::optional_outputs;
use crate::tangle::Languages;
use mistake::key;
pub use mistake::{ConfigMistake, KeyMistake, MistakeKind};
pub use schema::schema;

/// The checkers that `lint` has by itself.
pub const BUILT_IN_CHECKERS: [&str; 6] = ["bash", "cloud-init", "dnsmasq", "nft", "openssl", "shellcheck"];

/// The configuration as written; paths are relative to the file's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// What a command without FILE takes.
    pub documents: Vec<PathBuf>,
    /// The folder that relative targets go to; beside the document if absent.
    pub out_dir: Option<PathBuf>,
    /// Whose Babel support to act as if loaded: `"none"`, `"all"` or a list.
    pub languages: Option<LanguageChoice>,
    /// Folders outside the root that targets may lead to.
    pub allow_outside: Vec<PathBuf>,
    /// Severity of single codes.
    pub levels: BTreeMap<String, Level>,
    /// Template outputs made once a row: output name to table name (`guests`, or a `#+NAME:`).
    pub for_each: BTreeMap<String, String>,
    /// Where a picture of the network goes (`network.svg`), relative to the outputs; `{document}` stands for the
    /// document's name. No picture without it.
    pub graph: Option<String>,
    /// Outputs that are made only where they are asked for, such as `inventory.yaml`.
    pub optional_outputs: Vec<String>,
    /// What `lint` runs besides its own checkers, or instead of them, by name.
    pub lint: BTreeMap<String, CheckerChoice>,
}

/// `[lint.visudo]`: a checker of the project's own, or a change to one that is built in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct CheckerChoice {
    /// Patterns for the outputs it examines, relative to the output folder; empty switches it off.
    pub files: Option<Vec<String>>,
    /// Program and arguments; `{file}` stands for the output.
    pub command: Option<Vec<String>>,
}

/// `languages = "all"` or `languages = ["shell", "python"]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum LanguageChoice {
    /// `none`, `all` or one language.
    Word(String),
    /// Several languages.
    List(Vec<String>),
}

impl Config {
    /// Reads the text of a configuration file.
    ///
    /// # Errors
    /// What is wrong and where, on one line, without anything of the text but names of keys.
    pub fn parse(text: &str) -> Result<Self, ConfigMistake> {
        let config: Self = toml::from_str(text).map_err(|refused| mistake::of_parser(&refused, text))?;
        let checked = config.levels_by_code().and_then(|_| config.check_checkers());
        let checked = checked.and_then(|()| config.check_optional_outputs()).and_then(|()| config.check_languages());
        checked.map_err(|mistake| mistake.placed(text))?;
        Ok(config)
    }

    fn check_optional_outputs(&self) -> Result<(), KeyMistake> {
        for (index, name) in self.optional_outputs.iter().enumerate() {
            if !optional_outputs().any(|known| known == name) {
                let known: Vec<_> = optional_outputs().map(|known| format!("`{known}`")).collect();
                // Nothing of the file itself is shown: it may not be ours.
                let reason = format!("`optional-outputs`: name {} is none of {}", index + 1, known.join(", "));
                return Err(KeyMistake::new(&["optional-outputs", &index.to_string()], reason));
            }
        }
        Ok(())
    }

    fn check_languages(&self) -> Result<(), KeyMistake> {
        let words = match &self.languages {
            None => return Ok(()),
            Some(LanguageChoice::Word(word)) => std::slice::from_ref(word),
            Some(LanguageChoice::List(words)) => words,
        };
        for (index, word) in words.iter().enumerate() {
            if let Err(reason) = Languages::parse([word.as_str()]) {
                // The word itself is not shown, as above.
                let hint = reason.split_once("; ").map_or_else(String::new, |(_, hint)| format!("; {hint}"));
                let reason = format!("`languages`: name {} is no language that has support{hint}", index + 1);
                return Err(KeyMistake::new(&["languages", &index.to_string()], reason));
            }
        }
        Ok(())
    }

    /// A checker that is not built in needs a command. A command that names no output would examine nothing, and say so of every output.
    fn check_checkers(&self) -> Result<(), KeyMistake> {
        for (name, choice) in &self.lint {
            if choice.command.is_none() && !BUILT_IN_CHECKERS.contains(&name.as_str()) {
                let hint = closest(name, BUILT_IN_CHECKERS.iter().copied())
                    .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
                let reason = format!("[lint.{}] is not built in; {hint}One of your own needs a `command`", key(name));
                return Err(KeyMistake::new(&["lint", name], reason));
            }
            for (index, pattern) in choice.files.iter().flatten().enumerate() {
                if let Err(reason) = patterns(std::slice::from_ref(pattern)) {
                    let reason = format!("[lint.{}]: pattern {} of `files` is none: {reason}", key(name), index + 1);
                    return Err(KeyMistake::new(&["lint", name, "files", &index.to_string()], reason));
                }
            }
            let command = choice.command.as_deref();
            if command.is_some_and(|words| words.is_empty() || !words.iter().any(|word| word.contains("{file}"))) {
                let reason =
                    format!("[lint.{}]: `command` needs a program and `{{file}}` for the output's path", key(name));
                return Err(KeyMistake::new(&["lint", name, "command"], reason));
            }
        }
        Ok(())
    }

    /// The `[levels]` table with its codes looked up.
    ///
    /// # Errors
    /// Names an unknown code with the closest known one, or an error that was to be silenced.
    pub fn levels_by_code(&self) -> Result<BTreeMap<Code, Level>, KeyMistake> {
        self.levels
            .iter()
            .map(|(name, &level)| {
                let wrong = |reason| KeyMistake::new(&["levels", name], reason);
                if name == drift::CODE {
                    return Err(wrong(format!("[levels]: `{name}` is about files, and no level changes it")));
                }
                let Some(code) = Code::from_name(name) else {
                    let hint = Code::near(name).map_or_else(
                        || "run `qvm-tangle explain` for the list".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    return Err(wrong(format!("[levels]: there is no diagnostic `{}`; {hint}", key(name))));
                };
                if code.severity() == Severity::Error && level != Level::Error {
                    return Err(wrong(format!(
                        "[levels]: `{name}` is an error that no level can lower, since its output would be wrong or unsafe"
                    )));
                }
                Ok((code, level))
            })
            .collect()
    }
}

/// Patterns for paths relative to the output folder: `*` and `?` stay within a folder, `**` crosses folders, and a pattern
/// without `/` is one for a file's name.
///
/// # Errors
/// Says why one of them is none.
pub fn patterns(patterns: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let anywhere = if pattern.contains('/') { pattern.clone() } else { format!("**/{pattern}") };
        let glob = GlobBuilder::new(&anywhere).literal_separator(true).build();
        // Nothing of the file itself is shown: it may not be ours.
        set.add(glob.map_err(|refused| refused.kind().to_string())?);
    }
    set.build().map_err(|refused| refused.to_string())
}

#[cfg(test)]
mod tests {
    use super::{Config, LanguageChoice, patterns};

    #[test]
    fn a_whole_configuration_is_read() {
        let config = Config::parse(
            "documents = [\"org/network.org\"]\nout-dir = \"generated\"\nlanguages = [\"shell\"]\nallow-outside = [\"/etc\"]\n",
        )
        .unwrap();
        assert_eq!(config.out_dir.unwrap().to_str(), Some("generated"));
        assert_eq!(config.languages, Some(LanguageChoice::List(vec!["shell".to_owned()])));
    }

    #[track_caller]
    fn check_refused(text: &str, part: &str) {
        let refused = Config::parse(text).expect_err("the configuration is wrong");
        assert!(refused.to_string().contains(part), "{refused}");
    }

    #[track_caller]
    fn check_pattern(pattern: &str, fitting: &[&str], others: &[&str]) {
        let set = patterns(&[pattern.to_owned()]).unwrap();
        for path in fitting {
            assert!(set.is_match(path), "{pattern} {path}");
        }
        for path in others {
            assert!(!set.is_match(path), "{pattern} {path}");
        }
    }

    #[test]
    fn stars_stay_within_folders_unless_doubled() {
        check_pattern("*.sh", &["a.sh", "deep/er/a.sh", ".sh"], &["a.sh.bak", "sh"]);
        check_pattern("sudoers.d/*", &["sudoers.d/x"], &["sudoers.d/x/y", "etc/sudoers.d/x"]);
        check_pattern("**/sudoers.d/*", &["sudoers.d/x", "etc/a/sudoers.d/x"], &["sudoers.d/x/y", "xsudoers.d/y"]);
        check_pattern("etc/**", &["etc/a", "etc/a/b"], &["x/etc/a"]);
        check_pattern("a?c", &["abc", "x/abc"], &["a/c", "ac"]);
        check_pattern("exact", &["exact", "in/exact"], &["exactly"]);
    }

    #[test]
    fn mistakes_are_named() {
        check_refused("outdir = \"x\"\n", "line 1: there is no key `outdir`; did you mean `out-dir`?");
        check_refused("\nout-dir = 31415\n", "line 2: `out-dir` is an integer where a path is expected");
        check_refused("[levels]\nunterminated-blok = \"error\"\n", "did you mean `unterminated-block`?");
        check_refused("[levels]\nmissing-folder = \"allow\"\n", "no level can lower");
        check_refused("[levels]\nunterminated-block = \"loud\"\n", "line 2: the value is none of `error`");
        check_refused("optional-outputs = [\"hosts\"]\n", "`optional-outputs`: name 1 is none of `inventory.yaml`");
        check_refused("[levels]\ndrift = \"allow\"\n", "line 2: [levels]: `drift` is about files");
        check_refused(
            "languages = [\"shell\", \"pyton\"]\n",
            "line 1: `languages`: name 2 is no language that has support; did you mean `python`?",
        );
        check_refused(
            "[lint.shelcheck]\nfiles = []\n",
            "line 1: [lint.shelcheck] is not built in; did you mean `shellcheck`?",
        );
        check_refused(
            "[lint.shellcheck]\nfiles = [\"a[\"]\n",
            "pattern 1 of `files` is none: unclosed character class",
        );
        check_refused("[lint.visudo]\ncommand = [\"visudo\"]\n", "`{file}`");
    }
}
