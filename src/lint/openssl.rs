//! Holds the options that a script gives to `openssl` against the program that is installed.
//!
//! `openssl` itself only complains when the script runs, which for certificates is late: an option of a newer version,
//! or an extension that cannot be read, stops the script half-way. Options are looked up in the program's own help;
//! extensions are tried on a certificate that goes nowhere.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::CheckerMessage;
use crate::diagnostic::Severity;
use crate::shell::{Script, ScriptLayout, ShellWord};
use crate::source::{Source, Sources, Spanned};
use crate::workspace::Failure;

/// Remarks on every call of `openssl` in a script.
pub(super) fn examine(program: &Path, script: &str) -> Result<Vec<CheckerMessage>, Failure> {
    let mut messages = Vec::new();
    let mut sources = Sources::default();
    let script = sources.add("", script);
    let script = sources.get(script);
    let whole = Spanned::new(script.text(), script.span(0..script.text().len()));
    for command in Script::read(whole, ScriptLayout::Exact).commands {
        let words = &command.words;
        let Some(at) = words.iter().position(|word| word.literal() == Some("openssl")) else { continue };
        let Some((subcommand, arguments)) = words[at + 1..].split_first() else { continue };
        let Some(name) = subcommand.literal().filter(|name| is_word(name)) else { continue };
        let Some(options) = SubcommandOptions::of(program, name)? else { continue };
        let call = Call { program, subcommand: name, arguments, script };
        call.check_options(&options, &mut messages)?;
        call.check_extensions(&mut messages)?;
    }
    Ok(messages)
}

fn is_word(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// What a subcommand knows, by its own help.
struct SubcommandOptions {
    /// Name without dash, and whether a value follows.
    known: Vec<(String, bool)>,
    /// Whether names of ciphers and digests are options too.
    takes_algorithms: bool,
}

impl SubcommandOptions {
    /// None if there is no such subcommand.
    fn of(program: &Path, subcommand: &str) -> Result<Option<Self>, Failure> {
        let output = run(program, &[subcommand, "-help"])?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        let known: Vec<(String, bool)> = text.lines().filter_map(option).collect();
        let takes_algorithms = known.iter().any(|(name, _)| name == "*");
        Ok((!known.is_empty()).then_some(Self { known, takes_algorithms }))
    }

    fn takes_value(&self, name: &str) -> Option<bool> {
        self.known.iter().find(|(known, _)| known == name).map(|(_, takes_value)| *takes_value)
    }
}

/// ` -out outfile        Output file`: a value's kind stands one blank after the name.
fn option(line: &str) -> Option<(String, bool)> {
    let rest = line.strip_prefix(" -")?;
    let (name, after) = rest.split_once(' ').unwrap_or((rest, ""));
    Some((name.to_owned(), !after.is_empty() && !after.starts_with(' ')))
}

/// A call of `openssl` in a script.
struct Call<'a> {
    program: &'a Path,
    subcommand: &'a str,
    /// The words after the subcommand.
    arguments: &'a [ShellWord],
    script: &'a Source,
}

impl Call<'_> {
    fn check_options(&self, options: &SubcommandOptions, messages: &mut Vec<CheckerMessage>) -> Result<(), Failure> {
        let mut is_value = false;
        for word in self.arguments {
            let name = word.literal().and_then(|text| text.strip_prefix('-')).filter(|_| !is_value);
            is_value = false;
            // `--name` is taken as `-name`; a single dash is a file.
            let Some(name) = name.map(|name| name.trim_start_matches('-')).filter(|name| !name.is_empty()) else {
                continue;
            };
            match options.takes_value(name) {
                Some(takes_value) => is_value = takes_value,
                None if options.takes_algorithms && is_algorithm(self.program, name)? => {}
                None => {
                    let version = version(self.program)?;
                    messages.push(message(
                        word,
                        self.script,
                        format!("`openssl {}` has no option `-{name}` in {version}", self.subcommand),
                    ));
                    // Whether a value follows is unknown, and nothing can be said of what does.
                    is_value = true;
                }
            }
        }
        Ok(())
    }

    /// Tries each `-addext` whose value is known on a certificate that is thrown away.
    fn check_extensions(&self, messages: &mut Vec<CheckerMessage>) -> Result<(), Failure> {
        let extensions = self.arguments.windows(2).filter(|pair| pair[0].literal() == Some("-addext"));
        let values = extensions.filter_map(|pair| Some((&pair[1], pair[1].literal()?)));
        for (word, value) in values.filter(|(_, value)| !reads_elsewhere(value)) {
            let output = run(
                self.program,
                &[
                    "req",
                    "-new",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-nodes",
                    "-keyout",
                    "/dev/null",
                    "-out",
                    "/dev/null",
                    "-subj",
                    "/CN=x",
                    "-addext",
                    value,
                ],
            )?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                messages.push(message(word, self.script, format!("the extension cannot be read: {}", reason(&said))));
            }
        }
        Ok(())
    }
}

fn is_algorithm(program: &Path, name: &str) -> Result<bool, Failure> {
    let output = run(program, &["list", "-cipher-algorithms", "-digest-algorithms"])?;
    let text = String::from_utf8_lossy(&output.stdout).to_ascii_lowercase();
    let name = name.to_ascii_lowercase();
    Ok(text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}')).any(|word| word == name))
}

/// `OpenSSL 3.0.2`.
fn version(program: &Path) -> Result<String, Failure> {
    let output = run(program, &["version"])?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

/// Whether openssl would take a part of an extension from a variable (`$ENV::NAME`) or from a file (`.include`, perhaps on a
/// further line): its complaint would show what it found there.
fn reads_elsewhere(value: &str) -> bool {
    value.trim_start().starts_with('.') || value.contains(['$', '\n', '\r', '\0'])
}

/// `…:error:11000082:X509 V3 routines:do_ext_nconf:unknown extension name:file:88:` has the reason in the middle.
fn reason(said: &str) -> String {
    let parts = said.lines().find_map(|line| Some(line.split_once(":error:")?.1.split(':').collect::<Vec<_>>()));
    match parts.as_deref() {
        Some([_, _, _, reason, _, _, detail, ..]) if !detail.is_empty() => format!("{reason} ({detail})"),
        Some([_, _, _, reason, ..]) => (*reason).to_owned(),
        Some(_) | None => said.lines().next().unwrap_or_default().to_owned(),
    }
}

fn message(word: &ShellWord, script: &Source, message: String) -> CheckerMessage {
    let range = word.span.range();
    let position = script.position(range.start);
    let length = script.text()[range].chars().count();
    CheckerMessage {
        path: None,
        line: Some(position.line),
        columns: Some(position.column..position.column + length),
        severity: Severity::Error,
        code: None,
        message,
    }
}

fn run(program: &Path, arguments: &[&str]) -> Result<Output, Failure> {
    let command =
        Command::new(program).args(arguments).env_clear().env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).output();
    command.map_err(|reason| Failure::Read(program.to_owned(), reason))
}

#[cfg(test)]
mod tests {
    use super::{option, reason};

    #[test]
    fn the_help_tells_options_with_and_without_a_value() {
        assert_eq!(option(" -out outfile        Output file"), Some(("out".to_owned(), true)));
        assert_eq!(option(" -new                 New request"), Some(("new".to_owned(), false)));
        assert_eq!(option(" -help"), Some(("help".to_owned(), false)));
        assert_eq!(option("General options:"), None);
    }

    #[test]
    fn the_reason_is_taken_out_of_the_error_queue() {
        let said =
            "Error checking\n40:error:1:X509 V3 routines:f:invalid boolean string:../x.c:289:name=CA, value=fals\n";
        assert_eq!(reason(said), "invalid boolean string (name=CA, value=fals)");
        let said = "40:error:1:X509 V3 routines:f:unknown extension name:../x.c:88:\n";
        assert_eq!(reason(said), "unknown extension name");
    }
}
