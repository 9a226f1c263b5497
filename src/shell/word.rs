//! Words as a command gets them, as far as that can be told without running anything.

use crate::shell::is_name;
use crate::source::Span;

/// One word as it is written.
#[derive(Debug, Clone)]
pub struct ShellWord {
    /// Where it stands.
    pub span: Span,
    /// Its parts.
    pub pieces: Vec<WordPiece>,
}

/// A part of a word.
///
/// What cannot be known without running it (a command substitution, a glob) is a piece of its own, so that rules can
/// tell "this word says X" from "this word says something".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordPiece {
    /// Text as the command gets it.
    Text(String),
    /// `$NAME` or `${NAME}`.
    Variable(String),
    /// Whatever this becomes is known only when it runs.
    Unknown,
}

impl ShellWord {
    /// The word's text if all of it is known.
    pub fn literal(&self) -> Option<&str> {
        match &self.pieces[..] {
            [] => Some(""),
            [WordPiece::Text(text)] => Some(text),
            [WordPiece::Variable(_) | WordPiece::Unknown] | [_, _, ..] => None,
        }
    }

    /// The text at the start of the word, as far as it is known.
    pub fn start(&self) -> &str {
        match self.pieces.first() {
            Some(WordPiece::Text(text)) => text,
            Some(WordPiece::Variable(_) | WordPiece::Unknown) | None => "",
        }
    }

    /// One spelling for all ways to write the word; none if part of it is unknown.
    pub fn canonical(&self) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                WordPiece::Text(part) => text.push_str(part),
                WordPiece::Variable(name) => text.extend(["${", name, "}"]),
                WordPiece::Unknown => return None,
            }
        }
        Some(text)
    }

    /// `NAME=…` parted at its first equals sign, whose offset in the text this gives.
    pub(super) fn assignment(&self) -> Option<(&str, usize)> {
        let text = self.start();
        let equals = text.find('=')?;
        let name = text[..equals].strip_suffix('+').unwrap_or(&text[..equals]);
        is_name(name).then_some((name, equals))
    }

    pub(super) fn push_text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(WordPiece::Text(last)) = self.pieces.last_mut() {
            last.push_str(text);
        } else {
            self.pieces.push(WordPiece::Text(text.to_owned()));
        }
    }
}

/// The name of the command that words call, without its folder, if it is known.
pub fn name_of(words: &[ShellWord]) -> Option<&str> {
    let name = words.first()?.literal()?;
    Some(name.rsplit('/').next().unwrap_or(name))
}
