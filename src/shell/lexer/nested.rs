//! What can stand inside words: quotes, expansions, substitutions, subscripts, arithmetic.

use super::Lexer;
use super::frame::{Arithmetic, ArithmeticKind, Closer, CommandListFrame, CommandPosition, Frame};
use crate::shell::name_length;
use crate::shell::token::{Context, Nesting, TokenKind};

impl Lexer<'_> {
    /// Takes what means the same in words, in `${…}` and in arithmetic: quotes, escapes, `$`.
    pub(super) fn take_special(&mut self) -> bool {
        match self.ahead() {
            [b'\\', b'\n', ..] => {
                self.doubt(self.at);
                self.take(TokenKind::Continuation, 2);
            }
            [b'\\', ..] => self.escape(),
            [b'\'', ..] => self.quoted(TokenKind::Single, Context::Single, 1),
            [b'$', b'\'', ..] => {
                self.bash_only();
                self.quoted(TokenKind::Ansi, Context::Ansi, 2);
            }
            [b'`', ..] => self.quoted(TokenKind::Backquoted, Context::Backquotes, 1),
            [b'$', ..] => self.dollar(),
            _ => return false,
        }
        true
    }

    /// A backslash and what it protects.
    fn escape(&mut self) {
        let protected = self.ahead().get(1).is_some();
        let length = if protected { self.text[self.at + 1..].chars().next().map_or(0, char::len_utf8) } else { 0 };
        self.take(TokenKind::Escape, 1 + length);
    }

    /// Up to the closing quote, which is the last character of the opening mark.
    fn quoted(&mut self, kind: TokenKind, context: Context, opening: usize) {
        let quote = self.bytes[self.at + opening - 1];
        let mut end = self.at + opening;
        let found = loop {
            let rest = &self.bytes[end..];
            let next = if kind == TokenKind::Single {
                memchr::memchr(quote, rest)
            } else {
                memchr::memchr2(quote, b'\\', rest)
            };
            match next {
                None => break None,
                Some(offset) if rest[offset] == quote => break Some(end + offset + 1),
                Some(offset) if offset + 1 == rest.len() => break None,
                Some(offset) => {
                    end += offset + 1 + self.text[end + offset + 1..].chars().next().map_or(1, char::len_utf8);
                }
            }
        };
        if found.is_none() {
            self.doubt(self.at);
        }
        self.take_as(kind, context, found.unwrap_or(self.bytes.len()) - self.at);
    }

    /// Everything that begins with a dollar sign, but for quotes.
    fn dollar(&mut self) {
        let ahead = self.ahead();
        match ahead {
            [_, b'(', b'(', ..] => self.begin_arithmetic(ArithmeticKind::Expansion, 3),
            [_, b'(', ..] => {
                self.open(Nesting::Substitution, Frame::Code(CommandListFrame::new(Closer::Substitution)), 2);
            }
            [_, b'[', ..] => {
                self.bash_only();
                self.begin_arithmetic(ArithmeticKind::Brackets, 2);
            }
            [_, b'{', rest @ ..] => {
                // Newer releases run what stands in `${ … }`.
                if matches!(rest.first(), Some(b' ' | b'\t' | b'\n' | b'|' | b'(') | None) {
                    self.doubt(self.at);
                }
                self.open(Nesting::Parameter, Frame::Parameter, 2);
            }
            [_, byte, rest @ ..] if byte.is_ascii_digit() || b"@*#?$!-".contains(byte) => {
                if *byte == b'$' && matches!(rest.first(), Some(b'(' | b'{' | b'[' | b'\'' | b'"')) {
                    self.doubt(self.at);
                }
                self.take(TokenKind::Special, 2);
            }
            [_, rest @ ..] => match name_length(rest) {
                0 => self.take(TokenKind::Text, 1),
                length => self.take(TokenKind::Variable, 1 + length),
            },
            [] => {}
        }
    }

    /// One step inside double quotes.
    pub(super) fn double(&mut self) {
        if self.take_value() {
            return;
        }
        match self.ahead() {
            [b'"', ..] => self.close(1),
            [b'\\', b'\n', ..] => {
                if matches!(self.bytes[self.at - 1], b'$' | b'{' | b'(') {
                    self.doubt(self.at);
                }
                self.take(TokenKind::Continuation, 2);
            }
            [b'\\', ..] => self.escape(),
            [b'`', ..] => self.quoted(TokenKind::Backquoted, Context::Backquotes, 1),
            [b'$', ..] => self.dollar(),
            ahead => {
                let end = ahead.iter().position(|byte| b"\"\\`$".contains(byte));
                self.take(TokenKind::Text, end.unwrap_or(ahead.len()));
            }
        }
    }

    /// One step inside `${…}`.
    pub(super) fn parameter(&mut self) {
        if self.take_value() {
            return;
        }
        match self.ahead() {
            [b'}', ..] => self.close(1),
            [b'"', ..] => {
                if self.is_quoted() {
                    self.bash_only();
                }
                self.open(Nesting::Double, Frame::Double, 1);
            }
            [b'\'', ..] | [b'$', b'\'', ..] => {
                let start = self.at;
                self.take_special();
                // Within double quotes, shells and their modes differ in whether these are quotes.
                let inside = self.text[start..self.at].trim_start_matches('$').trim_matches('\'');
                if self.is_quoted() && inside.contains(['}', '"', '`', '$', '\'']) {
                    self.doubt(start);
                }
            }
            [b'<' | b'>', b'(', ..] => {
                self.doubt(self.at);
                self.take(TokenKind::Text, 2);
            }
            _ if self.take_special() => {}
            ahead => {
                let end = ahead.iter().skip(1).position(|byte| b"}\"'\\`$<>".contains(byte));
                self.take(TokenKind::Text, end.map_or(ahead.len(), |end| end + 1));
            }
        }
    }

    /// Whether the `${…}` on top stands in something other than a word, such as double quotes.
    fn is_quoted(&self) -> bool {
        let around = self.frames.len().checked_sub(2).and_then(|index| self.frames.get(index));
        !matches!(around, Some(Frame::Word(_)))
    }

    /// One step inside a subscript or a group of a pattern.
    pub(super) fn brackets(&mut self) {
        if self.take_value() {
            return;
        }
        let ahead = self.ahead();
        let Some(Frame::Brackets { nesting, depth }) = self.frames.last_mut() else { return };
        let (opening, closing) = if *nesting == Nesting::Subscript { (b'[', b']') } else { (b'(', b')') };
        match ahead {
            [byte, ..] if *byte == closing && *depth == 0 => self.close(1),
            [byte, ..] if *byte == closing || *byte == opening => {
                *depth = if *byte == closing { *depth - 1 } else { *depth + 1 };
                self.take(TokenKind::Text, 1);
            }
            [b'"', ..] => self.open(Nesting::Double, Frame::Double, 1),
            _ if self.take_special() => {}
            _ => {
                let stops = |byte: &u8| b"()[]\"'\\`$".contains(byte);
                let end = ahead.iter().skip(1).position(stops);
                self.take(TokenKind::Text, end.map_or(ahead.len(), |end| end + 1));
            }
        }
    }

    /// Opens arithmetic with a mark of this many bytes.
    pub(super) fn begin_arithmetic(&mut self, kind: ArithmeticKind, length: usize) {
        let before = (self.tokens.len(), self.value, self.pending.len());
        let frame = Frame::Arithmetic(Arithmetic { kind, depth: 0, start: self.at, before });
        self.open(Nesting::Arithmetic, frame, length);
    }

    /// One step inside arithmetic.
    pub(super) fn arithmetic(&mut self) {
        if self.take_value() {
            return;
        }
        let ahead = self.ahead();
        let Some(Frame::Arithmetic(Arithmetic { kind, depth, .. })) = self.frames.last_mut() else { return };
        let is_bracketed = *kind == ArithmeticKind::Brackets;
        match ahead {
            [b']', ..] if is_bracketed && *depth == 0 => self.close(1),
            [b')', b')', ..] if !is_bracketed && *depth == 0 => self.end_arithmetic(),
            [b')', ..] if !is_bracketed && *depth == 0 => self.reread(),
            [b'(', ..] if !is_bracketed => {
                *depth += 1;
                self.take(TokenKind::Text, 1);
            }
            [b'[', ..] if is_bracketed => {
                *depth += 1;
                self.take(TokenKind::Text, 1);
            }
            [b')', ..] if !is_bracketed => {
                *depth -= 1;
                self.take(TokenKind::Text, 1);
            }
            [b']', ..] if is_bracketed => {
                *depth -= 1;
                self.take(TokenKind::Text, 1);
            }
            [b'"', ..] => self.open(Nesting::Double, Frame::Double, 1),
            _ if self.take_special() => {}
            _ => {
                let end = ahead.iter().skip(1).position(|byte| b"()[]\"'\\`$".contains(byte));
                self.take(TokenKind::Text, end.map_or(ahead.len(), |end| end + 1));
            }
        }
    }

    fn end_arithmetic(&mut self) {
        let Some(Frame::Arithmetic(Arithmetic { kind, .. })) = self.frames.last() else { return };
        let kind = *kind;
        self.close(2);
        match kind {
            ArithmeticKind::Command => self.set_position(CommandPosition::End),
            // `do`, or a semicolon before it.
            ArithmeticKind::For => self.set_position(CommandPosition::Start),
            ArithmeticKind::Expansion | ArithmeticKind::Brackets => {}
        }
    }

    /// It was no arithmetic, but a substitution or a subshell that begins with a subshell.
    fn reread(&mut self) {
        let Some(Frame::Arithmetic(Arithmetic { kind, start, before, .. })) = self.frames.last() else { return };
        let (kind, start, before) = (*kind, *start, *before);
        self.doubt(start);
        let Some(budget) = self.budget.checked_sub(self.at - start).filter(|_| kind != ArithmeticKind::For) else {
            return self.close(1);
        };
        self.budget = budget;
        self.frames.pop();
        self.counted -= 1;
        self.tokens.truncate(before.0);
        self.value = before.1;
        self.pending.truncate(before.2);
        self.at = start;
        if kind == ArithmeticKind::Expansion {
            self.open(Nesting::Substitution, Frame::Code(CommandListFrame::new(Closer::Substitution)), 2);
        } else {
            self.open(Nesting::Subshell, Frame::Code(CommandListFrame::new(Closer::Subshell)), 1);
        }
    }
}
