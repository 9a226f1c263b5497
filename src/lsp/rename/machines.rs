//! Machines in shell code: the words of a block, or of a text that is set off, by which commands are told of one.

use std::collections::BTreeSet;

use super::View;
use crate::shell::{Script, ScriptLayout, SimpleCommand, name_of};
use crate::source::{Span, Spanned};

/// Commands whose arguments may be machines.
const TAKE_MACHINES: &[&str] = &[
    "curl",
    "dig",
    "getent",
    "host",
    "mosh",
    "nc",
    "ncat",
    "nslookup",
    "ping",
    "rsync",
    "run-guest.sh",
    "scp",
    "sftp",
    "ssh",
    "ssh-copy-id",
    "ssh-keygen",
    "ssh-keyscan",
    "telnet",
    "tracepath",
    "traceroute",
    "wget",
];
/// What is set off as verbatim or code ends so near, and so does the path of an output: looking further would not be linear.
pub(super) const NEAR: usize = 256;

/// The text between `=` or `~` around a word, on its line.
pub(super) fn literal_around<'a>(view: &View<'a>, word: Span) -> Option<Spanned<&'a str>> {
    let text = view.text();
    let range = word.range();
    let boundary = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || "-('\"{|.,;:!?[)}]".contains(c));
    let before = &text[near_boundary(text, range.start.saturating_sub(NEAR))..range.start];
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    let after = &text[range.end..near_boundary(text, range.end + NEAR)];
    let rest = after.split('\n').next().unwrap_or_default();
    ['=', '~'].into_iter().find_map(|mark| {
        let mut opens = line.rmatch_indices(mark).map(|(at, _)| range.start - line.len() + at);
        let open = opens.find(|open| boundary(text[..*open].chars().next_back()))?;
        let mut closes = rest.match_indices(mark).map(|(at, _)| range.end + at);
        let close = closes.find(|close| boundary(text[close + 1..].chars().next()))?;
        Some(view.document.source.spanned(open + 1..close))
    })
}

/// An offset, or the next one at which a character begins.
pub(super) fn near_boundary(text: &str, offset: usize) -> usize {
    (offset..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// The words of shell code that may be machines, in the order in which they begin.
pub(super) fn machines(code: Spanned<&str>, guests: &BTreeSet<&str>, layout: ScriptLayout) -> Vec<Span> {
    let script = Script::read(code, layout);
    let mut machines: Vec<Span> = script.commands.iter().flat_map(|command| machines_of(command, guests)).collect();
    machines.sort_unstable();
    machines
}

fn machines_of(command: &SimpleCommand, guests: &BTreeSet<&str>) -> Vec<Span> {
    let words = match name_of(&command.words) {
        Some("sudo") => &command.words[1..],
        Some(_) | None => &command.words[..],
    };
    let Some((_, arguments)) = words.split_first() else { return Vec::new() };
    // `for guest in cp wk-1`, and an array of them: its command has no name.
    let is_list = matches!(name_of(words), Some("" | "for" | "select"))
        && arguments.iter().all(|word| word.literal().is_some_and(|text| guests.contains(text)));
    let takes_machines = name_of(words).is_some_and(|name| TAKE_MACHINES.contains(&name));
    if is_list || takes_machines { arguments.iter().map(|word| word.span).collect() } else { Vec::new() }
}

/// Whether a word is a machine: alone, after a user, or before a path.
pub(super) fn is_argument(machines: &[Span], view: &View<'_>, word: Span) -> bool {
    // Of words that hold each other, as substitutions do, the innermost begins last.
    let before = machines.partition_point(|machine| machine.start <= word.start);
    let Some(argument) = before.checked_sub(1).map(|last| machines[last]) else { return false };
    if argument.end < word.end {
        return false;
    }
    let text = view.text();
    let before = text[argument.range().start..word.range().start].trim_start_matches(['"', '\'']);
    let after = text[word.range().end..argument.range().end].trim_end_matches(['"', '\'']);
    let is_begun = before.is_empty() || before.ends_with('@') || before.ends_with("://");
    is_begun && (after.is_empty() || after.starts_with([':', '/']))
}
