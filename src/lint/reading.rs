//! What checkers print, as messages.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::CheckerMessage;
use crate::diagnostic::Severity;
use crate::map::mention::mentions;
use crate::source::digits;

/// What is left of a program that ran.
#[derive(Debug)]
pub(super) struct CheckerOutput<'a> {
    /// Standard output, then standard error.
    pub(super) text: &'a str,
    /// Whether it ended with exit code 0.
    pub(super) content: bool,
    /// The folder it ran in.
    pub(super) folder: &'a Path,
}

/// Lines with places in them, in any of the usual forms. Lines without one explain the one before and are left out.
pub(super) fn places(output: &CheckerOutput<'_>) -> Vec<CheckerMessage> {
    let mut messages: Vec<CheckerMessage> = output.text.lines().filter_map(|line| place(line, output)).collect();
    messages.dedup_by(|a, b| (a.line, &a.path) == (b.line, &b.path) && b.columns.is_none() && a.columns.is_none());
    if messages.is_empty() && !output.content {
        messages.push(whole(first_line(output.text), Severity::Error));
    }
    messages
}

fn place(line: &str, output: &CheckerOutput<'_>) -> Option<CheckerMessage> {
    let mention = mentions(line).into_iter().next()?;
    let name = mention.paths.first().map(|path| &line[path.clone()])?;
    let after = line[mention.end()..].trim_start_matches([':', ' ', '.']).trim_end();
    // `bad option at line 3 of FILE`: the message stands in front.
    let front = line[..mention.span(&mention.paths[0]).start].trim_end_matches([' ', ':']);
    let front = front.split_once(": ").map_or(front, |(_program, message)| message);
    let text = if after.is_empty() { front.strip_suffix(" at").unwrap_or(front) } else { after };
    let (severity, message) = severity(text, output);
    let (code, message) = code(message);
    Some(CheckerMessage {
        path: below(name, output.folder),
        line: Some(mention.line),
        columns: mention
            .column
            .map(|column| column..mention.last_column.unwrap_or(column).max(column).saturating_add(1)),
        severity,
        code,
        message: message.to_owned(),
    })
}

/// The path below the folder that the programs run in.
fn below(name: &str, folder: &Path) -> Option<PathBuf> {
    let path = Path::new(name);
    let path = path.strip_prefix(folder).unwrap_or(path);
    let parts = path.components().filter(|part| !matches!(part, Component::CurDir));
    Some(parts.collect()).filter(|path: &PathBuf| path.is_relative())
}

/// A word for the severity in front of a message, else what the exit code says.
fn severity<'t>(text: &'t str, output: &CheckerOutput<'_>) -> (Severity, &'t str) {
    let words = [
        ("error", Severity::Error),
        ("fatal error", Severity::Error),
        ("warning", Severity::Warning),
        ("info", Severity::Warning),
        ("style", Severity::Warning),
        ("note", Severity::Warning),
    ];
    for (word, severity) in words {
        let head = text.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word));
        if let Some(rest) = head.and_then(|_| text[word.len()..].strip_prefix(':')) {
            return (severity, rest.trim_start());
        }
    }
    (if output.content { Severity::Warning } else { Severity::Error }, text)
}

/// The checker's code in brackets at the end of a message, such as `[SC2086]`.
fn code(message: &str) -> (Option<String>, &str) {
    let split = message.strip_suffix(']').and_then(|head| head.rsplit_once(" ["));
    match split.filter(|(_, code)| !code.is_empty() && !code.contains(' ')) {
        Some((message, code)) => (Some(code.to_owned()), message),
        None => (None, message),
    }
}

fn whole(message: &str, severity: Severity) -> CheckerMessage {
    CheckerMessage { path: None, line: None, columns: None, severity, code: None, message: message.to_owned() }
}

/// What to say of a checker that was stopped: what it would have found is not known.
pub(super) fn stopped(limit: &str) -> CheckerMessage {
    whole(&format!("{limit} and was stopped, so this output is not examined"), Severity::Error)
}

fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("failed without a word")
}

/// ShellCheck's `json1`.
pub(super) fn shellcheck(output: &CheckerOutput<'_>) -> Vec<CheckerMessage> {
    #[derive(Deserialize)]
    struct ShellcheckReport {
        comments: Vec<Comment>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Comment {
        file: String,
        line: usize,
        end_line: usize,
        column: usize,
        end_column: usize,
        level: String,
        code: u32,
        message: String,
    }
    let report = output.text.lines().find_map(|line| serde_json::from_str::<ShellcheckReport>(line).ok());
    let Some(report) = report else { return places(output) };
    let message = |comment: Comment| CheckerMessage {
        path: below(&comment.file, output.folder),
        line: Some(comment.line),
        columns: Some(comment.column..if comment.end_line == comment.line { comment.end_column } else { usize::MAX }),
        severity: if comment.level == "error" { Severity::Error } else { Severity::Warning },
        code: Some(format!("SC{}", comment.code)),
        message: comment.message,
    };
    report.comments.into_iter().map(message).collect()
}

/// `cloud-init schema` names a place as `format-l2.c11`, or a key such as `users.0`; `text` is the file it read.
pub(super) fn cloud_init(output: &CheckerOutput<'_>, text: &str) -> Vec<CheckerMessage> {
    let Some(line) = output.text.lines().find_map(|line| Some(line.split_once("schema errors: ")?.1)) else {
        return places(output);
    };
    let message = line.trim();
    let mut located = whole(message, Severity::Error);
    if let Some((place, rest)) = message.strip_prefix("format-l").and_then(|rest| rest.split_once(": ")) {
        let (line, column) = place.split_once(".c").unwrap_or((place, ""));
        located.line = digits::decimal(line);
        located.columns = digits::decimal(column).map(|column: usize| column..column.saturating_add(1));
        // The file's name is ours, and means nothing to the reader.
        located.message = match rest.split_once(" is not valid yaml. ") {
            Some((_, why)) => format!("not valid YAML {why}"),
            None => rest.to_owned(),
        };
    } else if let Some(key) = message.split([':', '.']).next() {
        located.line = text.lines().position(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')));
        located.line = located.line.map(|index| index + 1);
    }
    vec![located]
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{CheckerOutput, cloud_init, places, shellcheck};
    use crate::lint::CheckerMessage;

    fn output(text: &str, content: bool) -> CheckerOutput<'_> {
        CheckerOutput { text, content, folder: Path::new("/run") }
    }

    /// Each message as `PATH LINE COLUMN SEVERITY CODE: MESSAGE`, with `-` for what is not there.
    #[track_caller]
    fn check(messages: &[CheckerMessage], expected: &[&str]) {
        let dash = || "-".to_owned();
        let shown: Vec<String> = messages
            .iter()
            .map(|message| {
                format!(
                    "{} {} {} {:?} {}: {}",
                    message.path.as_ref().map_or_else(dash, |path| path.display().to_string()),
                    message.line.map_or_else(dash, |line| line.to_string()),
                    message.columns.as_ref().map_or_else(dash, |columns| format!("{}-{}", columns.start, columns.end)),
                    message.severity,
                    message.code.clone().unwrap_or_else(dash),
                    message.message,
                )
            })
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_words_of_programs_become_messages() {
        check(
            &places(&output("/run/a.sh: line 3: syntax error: unexpected end of file\n", false)),
            &["a.sh 3 - Error -: syntax error: unexpected end of file"],
        );
        check(
            &places(&output("./r.nft:3:14-20: Error: syntax error\n\tfoo bar\n\t^^^\n", false)),
            &["r.nft 3 14-21 Error -: syntax error"],
        );
        check(
            &places(&output("\ndnsmasq: bad option at line 3 of d.conf\n", false)),
            &["d.conf 3 - Error -: bad option"],
        );
        check(
            &places(&output("a.sh:2:5: note: Use quotes. [SC2086]\n", false)),
            &["a.sh 2 5-6 Warning SC2086: Use quotes."],
        );
        check(&places(&output("it is all wrong\nreally\n", false)), &["- - - Error -: it is all wrong"]);
        check(&places(&output("syntax OK\n", true)), &[]);
    }

    #[test]
    fn shellcheck_tells_columns_and_codes() {
        let text = r#"{"comments":[{"file":"a.sh","line":2,"endLine":2,"column":6,"endColumn":8,"level":"info","code":2086,"message":"Quote.","fix":null}]}"#;
        check(&shellcheck(&output(text, false)), &["a.sh 2 6-8 Warning SC2086: Quote."]);
    }

    #[test]
    fn cloud_init_names_keys_or_places() {
        let text = "#cloud-config\npackages: 3\n";
        check(
            &cloud_init(
                &output("Error:\nCloud config schema errors: packages: 3 is not of type 'array'\n", false),
                text,
            ),
            &["- 2 - Error -: packages: 3 is not of type 'array'"],
        );
        check(
            &cloud_init(
                &output("Cloud config schema errors: format-l2.c11: File u is not valid yaml. while parsing\n", false),
                text,
            ),
            &["- 2 11-12 Error -: not valid YAML while parsing"],
        );
    }
}
