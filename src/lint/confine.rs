//! Keeps the built-in checkers to the outputs where nobody trusts who wrote the document.
//!
//! Some of them run or read what their input names: dnsmasq runs a `conf-script` while it only tests, nft reads what is
//! included and shows it in its complaint. Lines that would do so are left blank, so that all others keep their numbers,
//! and reported. ShellCheck follows only files that it is given, with settings that turn codes on and off at most.

use std::path::Path;

use super::CheckerMessage;
use super::checker::Checker;
use crate::diagnostic::Severity;

/// An output as a checker may see it.
pub(super) struct Confined {
    /// The text, with lines left blank.
    pub(super) text: String,
    /// One for each such line.
    pub(super) messages: Vec<CheckerMessage>,
}

/// The text of an output without what a checker would run, or read outside of the outputs; `may_include` tells which
/// paths are outputs that are confined as well.
pub(super) fn confine(checker: &Checker, text: &str, may_include: &dyn Fn(&Path) -> bool) -> Confined {
    let mut confined = Confined { text: String::with_capacity(text.len()), messages: Vec::new() };
    for (index, line) in text.split_inclusive('\n').enumerate() {
        // By name: a configuration may say that it is for other outputs. One with a command of its own needs trust anyway.
        let reason = match checker.name.as_str() {
            "dnsmasq" => dnsmasq(line),
            "nft" => nft(line, may_include),
            _ => None,
        };
        match reason {
            None => confined.text.push_str(line),
            Some(name) => {
                confined.text.push_str(if line.ends_with('\n') { "\n" } else { "" });
                confined.messages.push(left_out(index + 1, name));
            }
        }
    }
    confined
}

fn left_out(line: usize, name: &str) -> CheckerMessage {
    CheckerMessage {
        path: None,
        line: Some(line),
        columns: None,
        severity: Severity::Warning,
        code: None,
        message: format!(
            "this line is not examined: `{name}` runs or reads what it names, which needs `qvm-tangle trust`"
        ),
    }
}

/// dnsmasq reads lines into a buffer of 1025 bytes, and takes what is longer for several lines.
const DNSMASQ_LINE: usize = 1000;

/// An option that runs a program or reads a file while dnsmasq tests. Quotes may stand within a name, and a long line hides
/// another one, so the name is looked for everywhere.
fn dnsmasq(line: &str) -> Option<&'static str> {
    if line.starts_with('#') && line.len() < DNSMASQ_LINE {
        return None;
    }
    let plain: String = line.chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_whitespace()).collect();
    ["conf-script", "conf-file", "conf-dir", "resolv-file"].into_iter().find(|name| plain.contains(name))
}

/// An `include` of anything but an output beside it. Without `./` nft looks into `/etc`; a pattern may match anything.
fn nft(line: &str, may_include: &dyn Fn(&Path) -> bool) -> Option<&'static str> {
    const INCLUDE: &str = "include";
    let is_harmless = |rest: &str| {
        let rest = rest.trim_start_matches([' ', '\t']);
        let Some(name) = rest.strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(name, _)| name) else {
            // Another word, unless the name stands on the next line.
            return !rest.starts_with(['"', '\\', '\r', '\n']) && !rest.is_empty();
        };
        let below = name.strip_prefix("./").filter(|below| !below.contains(['*', '?', '[', '\\', '$', '{']));
        below.is_some_and(|below| may_include(Path::new(below)))
    };
    let mut parts = line.split(INCLUDE);
    parts.next();
    if parts.all(is_harmless) { None } else { Some(INCLUDE) }
}

/// ShellCheck's settings without those that make it read other files.
pub(super) fn shellcheck_settings(text: &str) -> String {
    const HARMLESS: &[&str] = &["disable", "enable", "shell", "extended-analysis"];
    let key = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
    let lines = text.lines().filter(|line| HARMLESS.contains(&key(line).as_str()));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Confined, confine, shellcheck_settings};
    use crate::lint::checker::Checker;

    #[track_caller]
    fn check(name: &str, text: &str, expected: &str) {
        let checkers = Checker::all(&std::collections::BTreeMap::new());
        let checker = checkers.iter().find(|checker| checker.name == name).unwrap();
        let Confined { text, messages } = confine(checker, text, &|path| path == Path::new("base.nft"));
        assert_eq!(text, expected);
        let blank = expected.lines().filter(|line| line.is_empty()).count();
        assert_eq!(messages.len(), blank);
    }

    #[test]
    fn dnsmasq_runs_and_reads_nothing() {
        check("dnsmasq", "# dnsmasq --conf-file=FILE\n", "# dnsmasq --conf-file=FILE\n");
        check("dnsmasq", "port=53\nconf-script=/bin/sh x\nno-resolv\n", "port=53\n\nno-resolv\n");
        check("dnsmasq", "  con\"f\"-file = /etc/shadow\n", "\n");
        check("dnsmasq", &format!("#{}conf-dir=/etc\nport=53\n", "x".repeat(1023)), "\nport=53\n");
    }

    #[test]
    fn nft_includes_only_outputs_beside_it() {
        check("nft", "include \"./base.nft\"\ntable inet x {}\n", "include \"./base.nft\"\ntable inet x {}\n");
        for include in [
            "include \"/etc/shadow\"",
            "include \"shadow\"",
            "include \"./*\"",
            "include \"./../x\"",
            "include \\",
            "define x = 1; include\"/etc/shadow\"",
            "include \"./base.nft\"; include \"/etc/shadow\"",
        ] {
            check("nft", &format!("{include}\ntable inet x {{}}\n"), "\ntable inet x {}\n");
        }
        let comment = "add rule x y comment \"includes all\" # include them\n";
        check("nft", comment, comment);
    }

    #[test]
    fn shellcheck_follows_nothing_that_its_settings_name() {
        let settings = "# all\nexternal-sources=true\ndisable=SC2086\nsource-path=/\n enable = all\n";
        assert_eq!(shellcheck_settings(settings), "disable=SC2086\n enable = all\n");
    }
}
