//! A word while its tokens come.

use crate::shell::is_name;
use crate::shell::token::{Context, Nesting, Role, Token, TokenKind};
use crate::shell::word::{ShellWord, WordPiece};
use crate::source::Span;

/// Braces that expand are closed within as many bytes; looking further for each brace would not be linear.
const LONGEST_BRACES: usize = 256;

/// A word that has begun and not ended.
pub(super) struct Unfinished {
    pub(super) role: Role,
    /// The elements of its array, if it has one.
    pub(super) elements: Option<Vec<ShellWord>>,
    start: usize,
    end: usize,
    pieces: Vec<WordPiece>,
    /// How many expansions are open whose inside is not looked at, and where the outermost began.
    depth: usize,
    expansion: usize,
    /// What stands before this place is done with.
    done: usize,
}

impl Unfinished {
    pub(super) fn new(role: Role, token: &Token) -> Self {
        let range = token.range();
        let (start, end) = (range.start, range.end);
        Self { role, elements: None, start, end, pieces: Vec::new(), depth: 0, expansion: start, done: start }
    }

    /// The word, and the elements of its array.
    pub(super) fn finish(self, text: &str, span: Span) -> (ShellWord, Option<Vec<ShellWord>>) {
        // A name with a subscript is assigned to as the name itself is.
        let mut word = ShellWord { span: span.within(self.start..self.end), pieces: self.pieces };
        if let (Role::Assignment(equals), None) = (self.role, word.assignment()) {
            let name: String =
                text[self.start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let equals = equals as usize;
            word.span = span.within(equals - name.len().min(equals - self.start)..self.end);
            let skipped = word.pieces.first().is_some_and(|piece| *piece == WordPiece::Text(name.clone()));
            let after = word.pieces.split_off(usize::from(skipped));
            word.pieces = vec![WordPiece::Text(name)];
            for piece in after {
                match piece {
                    WordPiece::Text(text) => word.push_text(&text),
                    piece => word.pieces.push(piece),
                }
            }
        }
        (word, self.elements)
    }

    /// Takes a part of the word.
    pub(super) fn take(&mut self, token: &Token, text: &str) {
        let range = token.range();
        match token.kind {
            TokenKind::Open(Nesting::Double) | TokenKind::Close(Nesting::Double | Nesting::Array) => {}
            TokenKind::Open(Nesting::Array) => self.elements = Some(Vec::new()),
            TokenKind::Open(Nesting::Substitution) => self.unknown(range.start),
            TokenKind::Open(_) => {
                if self.depth == 0 {
                    self.expansion = range.start;
                }
                self.depth += 1;
            }
            TokenKind::Close(nesting) => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.expanded(nesting, &text[self.expansion..range.end]);
                }
            }
            _ if self.depth > 0 || range.end <= self.done => {}
            TokenKind::Text if token.context == Context::Double => self.push(&text[range]),
            TokenKind::Text => self.text(range.start.max(self.done), range.end, text),
            TokenKind::Single => {
                let inside = &text[range.start + 1..range.end];
                self.push(inside.strip_suffix('\'').unwrap_or(inside));
            }
            TokenKind::Ansi => match decoded(&text[range.clone()]) {
                Some(decoded) => self.push(&decoded),
                None => self.unknown(range.start),
            },
            TokenKind::Escape => {
                let protected = &text[range.start + 1..range.end];
                if token.context == Context::Double && !protected.starts_with(['$', '`', '"', '\\']) {
                    self.push("\\");
                }
                self.push(protected);
            }
            TokenKind::Variable => self.pieces.push(WordPiece::Variable(text[range.start + 1..range.end].to_owned())),
            _ => self.unknown(range.start),
        }
    }

    fn push(&mut self, text: &str) {
        let last = self.pieces.last_mut();
        match last {
            _ if text.is_empty() => {}
            Some(WordPiece::Text(last)) => last.push_str(text),
            Some(WordPiece::Variable(_) | WordPiece::Unknown) | None => {
                self.pieces.push(WordPiece::Text(text.to_owned()));
            }
        }
    }

    fn unknown(&mut self, at: usize) {
        if self.depth == 0 && at >= self.done {
            self.pieces.push(WordPiece::Unknown);
        }
    }

    /// What an expansion gives, by how it is written.
    fn expanded(&mut self, nesting: Nesting, written: &str) {
        if nesting == Nesting::Subscript {
            return;
        }
        let inside = written.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
        // `${NAME:?…}` is the value or the end of the script.
        let name = inside.split_once('?').map_or(inside, |(name, _)| name.strip_suffix(':').unwrap_or(name));
        if nesting == Nesting::Parameter && is_name(name) {
            self.pieces.push(WordPiece::Variable(name.to_owned()));
        } else {
            self.pieces.push(WordPiece::Unknown);
        }
    }

    /// Plain characters: globs are not known, `{a,b}` and `{1..3}` become several words.
    fn text(&mut self, start: usize, end: usize, text: &str) {
        let mut at = start;
        while at < end {
            let rest = &text[at..end];
            let length = rest.find(['*', '?', '{']).unwrap_or(rest.len());
            self.push(&rest[..length]);
            at += length;
            if at >= end {
                return;
            }
            let braces = if text.as_bytes()[at] == b'{' { braces(&text[at + 1..self.end.max(at + 1)]) } else { None };
            if let Some(length) = braces {
                self.pieces.push(WordPiece::Unknown);
                at += 1 + length + 1;
                self.done = at;
            } else if text.as_bytes()[at] == b'{' {
                self.push("{");
                at += 1;
            } else {
                self.pieces.push(WordPiece::Unknown);
                at += 1;
            }
        }
    }
}

/// The length of what stands in braces that expand.
fn braces(inside: &str) -> Option<usize> {
    let bytes = inside.as_bytes();
    let end = bytes.iter().take(LONGEST_BRACES).position(|byte| *byte == b'}' || byte.is_ascii_whitespace())?;
    let list = &bytes[..end];
    let expands = list.contains(&b',') || list.windows(2).any(|two| two == b"..");
    (bytes[end] == b'}' && expands).then_some(end)
}

/// The text that `$'…'` stands for, if it has only the usual escapes.
fn decoded(written: &str) -> Option<String> {
    let mut text = String::new();
    let mut characters = written.strip_prefix("$'")?.strip_suffix('\'')?.chars();
    while let Some(c) = characters.next() {
        text.push(match c {
            '\\' => match characters.next()? {
                'n' => '\n',
                't' => '\t',
                protected @ ('\'' | '\\' | '"') => protected,
                _ => return None,
            },
            c => c,
        });
    }
    Some(text)
}
