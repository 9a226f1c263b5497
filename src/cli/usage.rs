//! The command line as it is typed: what a command takes no notice of is not listed and is refused, and what does not exist
//! gets the closest that does.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _, ValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, ValueEnum as _};

use super::format::FormatArgument;
use super::output::Console;
use super::{Arguments, Colour};
use crate::diagnostic::closest;
use crate::report::Format;
use crate::report::failure::{FailureRule, ReportedFailure};
use crate::workspace::{Failure, quoted};

const USAGE: &str = "qvm-tangle [OPTIONS] [FILE|DIR]...\n       qvm-tangle <COMMAND> [OPTIONS]...";

/// What belongs to the main job alone, and is no option of a command.
const OF_MAIN_JOB: &[&str] = &["files", "force", "overwrite", "verbose"];

/// The options that every command takes, in the order of their help.
const SHARED: &[&str] = &[
    "out_dir",
    "config",
    "format",
    "color",
    "quiet",
    "deny",
    "stdin_filename",
    "allow_outside",
    "destdir",
    "languages",
    "trust",
];

/// Words that people try, and the command that does it; none for the main job.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("build", ""),
    ("codes", "explain"),
    ("compile", ""),
    ("diff", "check"),
    ("dry-run", "check"),
    ("generate", ""),
    ("graph", "show graph"),
    ("model", "show model"),
    ("rules", "explain"),
    ("schema", "show schema"),
    ("status", "check"),
    ("tangle", ""),
    ("test", "rehearse"),
    ("untangle", "detangle"),
    ("verify", "check"),
    ("write", ""),
];

/// Reads the command line; what is wrong with it ends the program.
pub(super) fn parse() -> Arguments {
    let matches = command().try_get_matches().map_err(advised);
    let arguments = matches.and_then(|matches| check(&matches).and_then(|()| Arguments::from_arg_matches(&matches)));
    arguments.unwrap_or_else(|refused| exit(&refused))
}

/// Ends the program; whoever reads a report gets one.
fn exit(refused: &clap::Error) -> ! {
    let text = refused.to_string();
    let sentence = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ").trim().to_owned();
    // A format that the command does not have is no form for what is wrong with it.
    let is_format =
        |format: &Format| !matches!(format, Format::Human | Format::Short) && !sentence.contains("--format");
    if refused.use_stderr()
        && let Some(format) = typed_format().filter(is_format)
    {
        let (message, rule) = (sentence.clone(), FailureRule::Run);
        let failure = ReportedFailure { rule, sentence, message, path: None, place: None };
        Console::of(format, Colour::Auto).reported(failure);
    }
    match refused.print() {
        // Help for a file on a full disk.
        Err(reason) if reason.kind() != std::io::ErrorKind::BrokenPipe => std::process::exit(2),
        Err(_) | Ok(()) => std::process::exit(refused.exit_code()),
    }
}

/// The form of the reports that the command line asks for, whatever else is wrong with it.
fn typed_format() -> Option<Format> {
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let after = |at: usize| words.get(at + 1).map(String::as_str);
    let typed = words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--format") {
        Some("") => after(at),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    FormatArgument::from_str(typed?, false).ok().map(FormatArgument::of_reports)
}

/// The whole command line, with each command's options and formats.
pub(super) fn command() -> clap::Command {
    let command = Arguments::command().override_usage(USAGE);
    let shared: Vec<clap::Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = names.iter().fold(command, |command, name| {
        let own = shared.iter().filter_map(|arg| own_form(arg, name));
        command.mut_subcommand(name, |command| command.args(own))
    });
    command.mut_arg("format", |arg| arg.value_parser(format_parser(formats(None))))
}

/// A shared option as one command takes it, where that is not as all do.
fn own_form(arg: &clap::Arg, command: &str) -> Option<clap::Arg> {
    let id = arg.get_id().as_str();
    if !heeds(command, id) {
        return Some(arg.clone().hide(true));
    }
    (id == "format").then(|| arg.clone().value_parser(format_parser(formats(Some(command)))))
}

/// Whether a shared option says something to a command.
fn heeds(command: &str, id: &str) -> bool {
    match command {
        "completions" | "man" => false,
        "explain" => matches!(id, "format" | "color"),
        "init" => id == "quiet",
        "lsp" => !matches!(id, "format" | "color" | "quiet" | "stdin_filename"),
        "trust" => matches!(id, "config" | "quiet"),
        "watch" => id != "stdin_filename",
        _ => true,
    }
}

/// The formats that a command has; none stands for the main job.
fn formats(command: Option<&str>) -> &'static [FormatArgument] {
    use FormatArgument::{D2, Dot, Github, Human, Json, Junit, Markdown, Mermaid, Sarif, Short};
    match command {
        Some("explain") => &[Human, Json],
        Some("plan") => &[Human, Markdown, Json],
        Some("rehearse") => &[Human, Short, Json, Sarif, Github, Junit],
        Some("show") => &[Human, Short, Json, Dot, Mermaid, D2],
        _ => &[Human, Short, Json, Sarif, Github],
    }
}

/// Lists some formats and takes all: one may stand before its command.
fn format_parser(listed: &'static [FormatArgument]) -> ValueParser {
    let value = |format: &FormatArgument| -> Option<PossibleValue> {
        Some(format.to_possible_value()?.hide(!listed.contains(format)))
    };
    let values: Vec<PossibleValue> = FormatArgument::value_variants().iter().filter_map(value).collect();
    PossibleValuesParser::new(values).try_map(|text| FormatArgument::from_str(&text, false)).into()
}

/// Refuses what the parser takes for an option of another command.
fn check(matches: &ArgMatches) -> Result<(), clap::Error> {
    let is_typed = |matches: &ArgMatches, id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let (name, own) = matches.subcommand().map_or((None, matches), |(name, own)| (Some(name), own));
    if let Some(name) = name {
        if let Some(id) = OF_MAIN_JOB.iter().find(|id| is_typed(matches, id)) {
            let what = if *id == "files" { "a file".to_owned() } else { option(id) };
            return Err(refused(
                name,
                &format!("{what} before `{name}` has no effect; options and files come after it"),
            ));
        }
        // No colour and no words are what such a command gives anyway.
        let mut refusable = SHARED.iter().filter(|id| !heeds(name, id) && !matches!(**id, "color" | "quiet"));
        if let Some(id) = refusable.find(|id| is_typed(own, id)) {
            return Err(refused(name, &format!("{} has no effect on `{name}`", option(id))));
        }
    }
    let format = matches.get_one::<FormatArgument>("format").copied().unwrap_or_default();
    if formats(name).contains(&format) || !is_typed(own, "format") {
        return Ok(());
    }
    let word =
        |format: FormatArgument| format.to_possible_value().map_or_else(String::new, |it| it.get_name().to_owned());
    let listed: Vec<String> = formats(name).iter().map(|format| word(*format)).collect();
    let of = name.map_or_else(String::new, |name| format!(" for `{name}`"));
    let message = format!("there is no `--format {}`{of}; it takes {}", word(format), listed.join(", "));
    Err(refused(name.unwrap_or_default(), &message))
}

fn option(id: &str) -> String {
    format!("`--{}`", id.replace('_', "-"))
}

/// An error with the usage of a command, or of the whole.
fn refused(name: &str, message: &str) -> clap::Error {
    let mut command = command();
    command.build();
    let kind = ErrorKind::ArgumentConflict;
    match command.find_subcommand_mut(name) {
        Some(command) => command.error(kind, message),
        None => command.error(kind, message),
    }
}

/// The same error with the command that does what an unknown option asks for.
fn advised(mut refused: clap::Error) -> clap::Error {
    let ContextValue::String(typed) = refused.get(ContextKind::InvalidArg).cloned().unwrap_or(ContextValue::None)
    else {
        return refused;
    };
    if refused.kind() == ErrorKind::InvalidValue && typed == "[STARTER]" {
        return with_starter(refused);
    }
    let is_close = refused.get(ContextKind::SuggestedArg).is_some();
    if refused.kind() != ErrorKind::UnknownArgument || is_close {
        return refused;
    }
    let is_of_main_job = OF_MAIN_JOB.iter().any(|id| *id != "files" && option(id) == format!("`{typed}`"));
    if is_of_main_job {
        let tip = format!("`{typed}` belongs to `qvm-tangle FILE`, which compiles and writes");
        refused.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    } else if let Some(command) = meant(typed.trim_start_matches('-')) {
        let mut tips = vec![what_it_does(&command).into()];
        if command == "check" {
            tips.push("`fix` and `detangle` only show a patch, unless they are told to `--write`".into());
        }
        refused.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    refused
}

/// The same error of `init`, if what stands where the starter does may be the folder.
fn with_starter(mut refused: clap::Error) -> clap::Error {
    let folder = match refused.get(ContextKind::InvalidValue) {
        Some(ContextValue::String(folder)) => quoted(std::path::Path::new(folder)),
        _ => return refused,
    };
    if refused.get(ContextKind::SuggestedValue).is_none() {
        let tip = format!("`qvm-tangle init network {folder}` begins in that folder");
        refused.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    refused
}

fn what_it_does(command: &str) -> String {
    match command {
        "" => "`qvm-tangle FILE` compiles and writes".to_owned(),
        "check" => "`qvm-tangle check` compares and writes nothing".to_owned(),
        command => format!("there is a command `qvm-tangle {command}`"),
    }
}

/// The command that a word is, by another name or with a typo.
fn meant(word: &str) -> Option<String> {
    if let Some((_, command)) = OTHER_WORDS.iter().find(|(other, _)| *other == word) {
        return Some((*command).to_owned());
    }
    // Of one or two letters, too many names have one.
    if word.chars().count() < 3 {
        return None;
    }
    // As clap judges options: this many letters in common, in nearly the same places.
    let likeness = |name: &str| strsim::jaro(word, name);
    let near = commands().into_iter().filter(|name| likeness(name) > 0.7);
    near.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

/// Refuses a word that is neither a file nor a command.
pub(super) fn check_words(files: &[PathBuf]) -> Result<(), Failure> {
    let is_word = |text: &str| text.len() > 1 && text.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let words = files.iter().filter_map(|file| file.to_str()).filter(|text| is_word(text));
    match words.into_iter().find(|word| !std::path::Path::new(word).exists()) {
        Some(word) if commands().iter().any(|name| name == word) => {
            Err(Failure::Other(format!("the command comes first: `qvm-tangle {word} …`")))
        }
        Some(word) => Err(Failure::Other(format!("`{word}` is neither a file nor a command; {}", hint(word)))),
        None => Ok(()),
    }
}

/// There is no such command to tell about.
pub(super) fn unknown_command(name: &str) -> Failure {
    let names = commands();
    let near = closest(name, names.iter().map(String::as_str)).map(str::to_owned).or_else(|| meant(name));
    let hint = match near.filter(|near| !near.is_empty()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("name one of {}", names.join(", ")),
    };
    Failure::Other(format!("there is no command `{name}`; {hint}"))
}

fn hint(word: &str) -> String {
    match meant(word).as_deref() {
        None => "see --help".to_owned(),
        Some(command @ ("" | "check")) => what_it_does(command),
        Some(command) => format!("did you mean `qvm-tangle {command}`?"),
    }
}

/// The commands by name, those that this build has.
fn commands() -> Vec<String> {
    let mut command = Arguments::command();
    command.build();
    command.get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::{Arguments, OTHER_WORDS, SHARED, command, commands, meant};

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
        let names = commands();
        assert_eq!(names.iter().any(|name| name == "lsp"), cfg!(feature = "lsp"), "{names:?}");
        assert!(names.iter().any(|name| name == "help"), "{names:?}");
        let declared = Arguments::command();
        let shared = declared.get_arguments().filter(|arg| arg.is_global_set()).map(|arg| arg.get_id().as_str());
        assert_eq!(shared.collect::<Vec<_>>(), SHARED);
        assert!(OTHER_WORDS.is_sorted());
        assert!(OTHER_WORDS.iter().all(|(word, _)| !names.iter().any(|name| name == word)));
    }

    #[test]
    fn a_word_finds_the_command_that_is_meant() {
        for (word, command) in
            [("lits", "lint"), ("dry-run", "check"), ("chekc", "check"), ("tangle", ""), ("diff", "check")]
        {
            assert_eq!(meant(word).as_deref(), Some(command), "{word}");
        }
        assert_eq!(meant("zzz"), None);
    }
}
