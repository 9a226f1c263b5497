//! Every place of a document that names a path below `QVM_DIR`, and what it does with it.

use crate::consistency::ROOT;
use crate::consistency::commands::{use_of_assignment, uses_of_words, without_wrappers};
use crate::consistency::effect::Use;
use crate::consistency::facts::Facts;
use crate::path::LONGEST_PATH;
use crate::shell::{ShellWord, SimpleCommand, WordPiece};
use crate::source::{Span, Spanned};

/// A path below `QVM_DIR` and what is done to it.
pub(super) struct PathUse {
    pub(super) place: QvmDirPath,
    pub(super) what: Use,
    pub(super) span: Span,
    pub(super) site: UseSite,
}

/// Where a use stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum UseSite {
    /// Prose, or a block that is only shown.
    Untangled,
    /// A block that is tangled.
    Tangled,
    /// The output of a template that says so, in place of the document.
    Template(String),
}

/// How much of a path is spelled out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// All of it.
    Whole,
    /// Only how it begins.
    Begun,
}

/// A path relative to `QVM_DIR`: no slash at either end, `QVM_DIR` itself is empty.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct QvmDirPath {
    pub(super) path: String,
    /// Whether something below `path` is meant that is known only when the script runs.
    pub(super) is_partial: bool,
}

/// All uses: those of prose first, then block by block.
pub(super) fn uses(facts: &Facts<'_, '_>) -> Vec<PathUse> {
    let mut uses = Vec::new();
    for &text in &facts.texts.prose {
        let places = raw_places(text).into_iter().filter(|(place, _)| !place.path.is_empty());
        uses.extend(places.map(|(place, span)| PathUse { place, what: Use::Read, span, site: UseSite::Untangled }));
    }
    for shell in &facts.texts.shell {
        let site = if facts.is_tangled(shell.block) { UseSite::Tangled } else { UseSite::Untangled };
        for command in &shell.script.commands {
            uses_of_command(command, &site, &mut uses);
        }
        for &body in &shell.script.here_documents {
            let text = &facts.texts.document.source.text()[body.range()];
            open_all(Spanned::new(text, body), &mut uses);
        }
    }
    for block in &facts.texts.other_blocks {
        open_all(block.body, &mut uses);
    }
    uses
}

/// What other languages do with a path is not known; one that is not even spelled out may be any.
fn open_all(text: Spanned<&str>, uses: &mut Vec<PathUse>) {
    let places = raw_places(text).into_iter();
    uses.extend(places.map(|(place, span)| PathUse { place, what: Use::Open, span, site: UseSite::Untangled }));
}

fn uses_of_command(command: &SimpleCommand, site: &UseSite, uses: &mut Vec<PathUse>) {
    let mut add = |word: &ShellWord, what: Use| {
        if let Some(place) = QvmDirPath::of_word(word) {
            uses.push(PathUse { place, what, span: word.span, site: site.clone() });
        }
    };
    let words = without_wrappers(command);
    for (word, what) in words.iter().zip(uses_of_words(words)) {
        add(word, what);
    }
    for redirection in &command.redirections {
        add(&redirection.target, if redirection.writes { Use::Write } else { Use::Read });
    }
    for assignment in command.assignments.iter().filter(|assignment| assignment.name != ROOT) {
        add(&assignment.value, use_of_assignment(&assignment.name));
    }
}

/// Every path that a text spells out after `$QVM_DIR`, `${QVM_DIR}` or plain `QVM_DIR`, quotes between or not.
pub(super) fn raw_places(text: Spanned<&str>) -> Vec<(QvmDirPath, Span)> {
    let mut places = Vec::new();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut read = 0;
    for (at, _) in text.value.match_indices(ROOT) {
        if at < read {
            continue;
        }
        let (before, after) = (&text.value[..at], &text.value[at + ROOT.len()..]);
        if before.ends_with(is_name) || after.starts_with(is_name) {
            continue;
        }
        let sigil = ["${", "$"].into_iter().find(|sigil| before.ends_with(sigil)).map_or(0, str::len);
        let rest = after.strip_prefix('}').unwrap_or(after);
        let rest = rest.strip_prefix('"').unwrap_or(rest);
        let is_path = |c: char| c.is_ascii_alphanumeric() || "/._+-@".contains(c);
        let length = if rest.starts_with('/') { rest.find(|c| !is_path(c)).unwrap_or(rest.len()) } else { 0 };
        let goes_on = rest[length..].starts_with(['$', '*', '{', '<', '?', '[']);
        let path = if goes_on { &rest[..length] } else { rest[..length].trim_end_matches(['.', '-']) };
        let end = text.value.len() - rest.len() + path.len();
        read = end;
        let place = QvmDirPath::below(path, if goes_on { Spelling::Begun } else { Spelling::Whole });
        places.extend(place.map(|place| (place, text.span.within(at - sigil..end))));
    }
    places
}

impl QvmDirPath {
    /// A path that is known to its end.
    pub(super) fn whole(path: &str) -> Self {
        Self { path: path.to_owned(), is_partial: false }
    }

    /// A path as a caller writes it: relative to `QVM_DIR`, `*` where a part is not known.
    pub(super) fn of_pattern(text: &str) -> Option<Self> {
        let known = text.split('*').next().unwrap_or_default();
        let spelling = if known.len() < text.len() { Spelling::Begun } else { Spelling::Whole };
        Self::below(&format!("/{known}"), spelling)
    }

    /// The path that a word names, on its own or after `--option=`.
    fn of_word(word: &ShellWord) -> Option<Self> {
        let root = word.pieces.iter().position(|piece| matches!(piece, WordPiece::Variable(name) if name == ROOT))?;
        let is_start = match &word.pieces[..root] {
            [] => true,
            [WordPiece::Text(before)] => before.ends_with(['=', ':']),
            [WordPiece::Variable(_) | WordPiece::Unknown] | [_, _, ..] => false,
        };
        if !is_start {
            return None;
        }
        let path = match word.pieces.get(root + 1) {
            Some(WordPiece::Text(path)) => path.as_str(),
            Some(WordPiece::Variable(_) | WordPiece::Unknown) | None => "",
        };
        let first = path.split([':', ',']).next().unwrap_or_default();
        let goes_on = first.len() == path.len() && word.pieces.len() > root + 1 + usize::from(!path.is_empty());
        Self::below(first, if goes_on { Spelling::Begun } else { Spelling::Whole })
    }

    /// What stands after `QVM_DIR`, its folders tidied; none if it is no path below it.
    fn below(text: &str, spelling: Spelling) -> Option<Self> {
        if !text.is_empty() && !text.starts_with('/') || text.len() > LONGEST_PATH {
            return None;
        }
        let known = if spelling == Spelling::Begun { &text[..text.rfind('/').unwrap_or_default()] } else { text };
        let mut folders = Vec::new();
        let mut is_partial = spelling == Spelling::Begun;
        for folder in known.split('/').filter(|folder| !folder.is_empty() && *folder != ".") {
            match folder {
                ".." => return None,
                // `certs/hosts/NAME/cert.pem`: a part to be filled in.
                name if name.len() > 1 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') => {
                    is_partial = true;
                    break;
                }
                name => folders.push(name),
            }
        }
        Some(Self { path: folders.join("/"), is_partial })
    }
}

/// A path and every folder above it, `QVM_DIR` itself (empty) last.
pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| match path.rfind('/') {
        Some(slash) => Some(&path[..slash]),
        None if path.is_empty() => None,
        None => Some(""),
    })
}
