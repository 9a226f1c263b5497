//! Words: what they are made of, where they end, and what they are there for.

use super::Lexer;
use super::frame::{
    CasePart, Closer, CommandListFrame, CommandPosition, Frame, Operand, PendingRedirection, Tabs, WordFrame, WordPlace,
};
use crate::shell::name_length;
use crate::shell::token::{Context, Nesting, Role, TokenKind};

/// Whether a run of plain characters ends here.
fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            | b'\r'
            | b'\n'
            | b';'
            | b'&'
            | b'|'
            | b'('
            | b')'
            | b'<'
            | b'>'
            | b'\\'
            | b'\''
            | b'"'
            | b'$'
            | b'`'
    )
}

impl Lexer<'_> {
    /// Begins a word here.
    pub(super) fn begin_word(&mut self) {
        let place = match self.frames.last() {
            Some(Frame::Code(CommandListFrame { redirection: Some(_), .. })) => WordPlace::Other,
            Some(Frame::Code(code)) => match code.position {
                CommandPosition::Start
                | CommandPosition::Time
                | CommandPosition::Coprocess
                | CommandPosition::Prefix
                | CommandPosition::FunctionHead => WordPlace::Command,
                CommandPosition::FirstArgument | CommandPosition::Arguments | CommandPosition::CoprocessName => {
                    WordPlace::Argument
                }
                CommandPosition::End
                | CommandPosition::ForName
                | CommandPosition::ForIn
                | CommandPosition::ForItems
                | CommandPosition::FunctionName => WordPlace::Other,
            },
            Some(Frame::Array) => WordPlace::Element,
            Some(Frame::Condition(Operand::Pattern)) => WordPlace::Pattern,
            Some(Frame::Condition(Operand::Regex)) => WordPlace::Regex,
            _ => WordPlace::Other,
        };
        self.frames.push(Frame::Word(WordFrame { token: self.tokens.len(), start: self.at, place, equals: None }));
        self.take(TokenKind::Word(Role::Argument), 0);
    }

    /// One step inside a word.
    pub(super) fn word(&mut self) {
        if self.take_value() {
            return;
        }
        let Some(Frame::Word(WordFrame { start, place, equals, .. })) = self.frames.last() else { return };
        let (start, place, equals) = (*start, *place, *equals);
        match self.ahead() {
            [b'<' | b'>', b'(', ..] => {
                self.bash_only();
                self.open(Nesting::Substitution, Frame::Code(CommandListFrame::new(Closer::Substitution)), 2);
            }
            [b'(', ..] if equals.is_some_and(|equals| equals + 1 == self.at) => {
                self.bash_only();
                self.open(Nesting::Array, Frame::Array, 1);
            }
            [b'(', ..] if place == WordPlace::Regex => self.group(1),
            [b'|', ..] if place == WordPlace::Regex => self.take(TokenKind::Text, 1),
            [b'(', ..] if self.ends_in_pattern_mark() => {
                // Without `extglob` this is an error, or something else.
                if place != WordPlace::Pattern {
                    self.doubt(start);
                }
                self.group(1);
            }
            [b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>', ..] => self.end_word(),
            [b'[', ..] if place == WordPlace::Element && self.at == start => self.subscript(),
            [b'[', ..] if self.may_be_subscripted() => self.subscript(),
            [b'"', ..] => self.open(Nesting::Double, Frame::Double, 1),
            [b'$', b'"', ..] => self.open(Nesting::Double, Frame::Double, 2),
            [b'\\', b'\n', ..] => {
                self.doubt(start);
                self.take(TokenKind::Continuation, 2);
            }
            _ if self.take_special() => {}
            _ => self.plain(),
        }
    }

    /// Characters that stand for themselves.
    fn plain(&mut self) {
        let ahead = self.ahead();
        let mut length = 1 + ahead[1..].iter().take_while(|byte| !is_special(**byte)).count();
        let Some(Frame::Word(WordFrame { start, place, equals, .. })) = self.frames.last() else { return };
        let (start, place, equals) = (*start, *place, *equals);
        let assigns = matches!(place, WordPlace::Command | WordPlace::Argument);
        let name = name_length(ahead);
        let is_name = assigns && self.at == start && name > 0 && !ahead[0].is_ascii_digit();
        if is_name && place == WordPlace::Command && ahead.get(name) == Some(&b'[') {
            length = name;
        }
        let is_after_subscript = self.is_after_subscript();
        if equals.is_none() && (is_name || assigns && is_after_subscript) {
            let after = if is_name { &ahead[name..] } else { ahead };
            let offset = match after {
                [b'=', ..] => Some(0),
                [b'+', b'=', ..] => Some(1),
                _ => None,
            };
            let equals = offset.map(|offset| self.at + if is_name { name } else { 0 } + offset);
            if let Some(at) = equals {
                length = at + 1 - self.at;
                if let Some(Frame::Word(word)) = self.frames.last_mut() {
                    word.equals = Some(at);
                }
            }
        }
        self.take(TokenKind::Text, length);
    }

    fn is_after_subscript(&self) -> bool {
        self.tokens.last().is_some_and(|token| token.kind == TokenKind::Close(Nesting::Subscript))
    }

    /// Whether the word so far is a name and a `[` begins its subscript.
    fn may_be_subscripted(&self) -> bool {
        let Some(Frame::Word(WordFrame { token, start, place: WordPlace::Command, .. })) = self.frames.last() else {
            return false;
        };
        let is_one_text =
            self.tokens.len() == token + 2 && self.tokens.last().is_some_and(|last| last.kind == TokenKind::Text);
        is_one_text && name_length(&self.bytes[*start..self.at]) == self.at - start
    }

    /// `?`, `*`, `+`, `@` or `!` without quotes, right before this place.
    fn ends_in_pattern_mark(&self) -> bool {
        self.tokens.last().is_some_and(|last| {
            last.kind == TokenKind::Text
                && last.end as usize == self.at
                && matches!(self.bytes[self.at - 1], b'?' | b'*' | b'+' | b'@' | b'!')
        })
    }

    fn subscript(&mut self) {
        self.bash_only();
        let frame = Frame::Brackets { nesting: Nesting::Subscript, depth: 0 };
        self.open(Nesting::Subscript, frame, 1);
    }

    fn group(&mut self, length: usize) {
        let frame = Frame::Brackets { nesting: Nesting::Group, depth: 0 };
        self.open(Nesting::Group, frame, length);
    }

    /// Ends the word on top, and tells what is around it what it is.
    pub(super) fn end_word(&mut self) {
        let Some(Frame::Word(word)) = self.frames.pop() else { return };
        if word.start == self.at {
            self.tokens.truncate(word.token);
            return self.take_odd(TokenKind::Operator);
        }
        let role = self.role(&word);
        self.tokens[word.token].kind = TokenKind::Word(role);
        self.tokens[word.token].end = u32::try_from(self.at).expect("texts are shorter than 4 GiB");
        self.take_as(TokenKind::WordEnd, Context::Code, 0);
        self.advance(&word, role);
    }

    fn role(&self, word: &WordFrame) -> Role {
        let raw = &self.text[word.start..self.at];
        match self.frames.last() {
            Some(Frame::Code(code)) => self.role_in_code(word, raw, code),
            Some(Frame::Case(CasePart::Subject)) => Role::Subject,
            Some(Frame::Case(CasePart::In)) => Role::Keyword,
            Some(Frame::Case(CasePart::Branch)) if raw == "esac" => Role::Keyword,
            Some(Frame::Case(CasePart::Branch | CasePart::Patterns)) => Role::Pattern,
            Some(Frame::Condition(_)) if raw == "]]" => Role::Keyword,
            Some(Frame::Condition(Operand::Regex)) => Role::Regex,
            Some(Frame::Condition(Operand::Plain | Operand::Pattern)) => Role::Operand,
            Some(Frame::Array) => Role::Element,
            _ => Role::Argument,
        }
    }

    fn role_in_code(&self, word: &WordFrame, raw: &str, code: &CommandListFrame) -> Role {
        match code.redirection {
            Some(PendingRedirection::File) => return Role::Target,
            Some(PendingRedirection::HereDocument { .. }) => return Role::Delimiter,
            None => {}
        }
        let is_number = raw.bytes().all(|byte| byte.is_ascii_digit());
        let is_variable = raw.starts_with('{') && raw.ends_with('}') && raw.len() > 2;
        if (is_number || is_variable) && matches!(self.bytes.get(self.at), Some(b'<' | b'>')) {
            return Role::Descriptor;
        }
        let equals = word.equals.map(|at| u32::try_from(at).expect("texts are shorter than 4 GiB"));
        match code.position {
            CommandPosition::Time if matches!(raw, "-p" | "--") => Role::Keyword,
            CommandPosition::Start
            | CommandPosition::Time
            | CommandPosition::Coprocess
            | CommandPosition::FunctionHead
                if is_keyword(raw) =>
            {
                Role::Keyword
            }
            CommandPosition::Start
            | CommandPosition::Time
            | CommandPosition::Coprocess
            | CommandPosition::Prefix
            | CommandPosition::FunctionHead => equals.map_or(Role::Command, Role::Assignment),
            CommandPosition::CoprocessName if opens_compound(raw) => Role::Keyword,
            CommandPosition::End if is_keyword(raw) => Role::Keyword,
            CommandPosition::ForIn if matches!(raw, "in" | "do" | "{") => Role::Keyword,
            CommandPosition::CoprocessName
            | CommandPosition::FirstArgument
            | CommandPosition::Arguments
            | CommandPosition::End
            | CommandPosition::ForIn => Role::Argument,
            CommandPosition::ForName | CommandPosition::FunctionName => Role::Name,
            CommandPosition::ForItems => Role::Item,
        }
    }

    /// What comes after the word.
    fn advance(&mut self, word: &WordFrame, role: Role) {
        let text = self.text;
        let raw = &text[word.start..self.at];
        let Some(frame) = self.frames.last_mut() else { return };
        match frame {
            Frame::Code(_) => self.settle_code(word, raw, role),
            Frame::Case(part) => match (*part, role) {
                (CasePart::Subject, _) => *part = CasePart::In,
                (CasePart::In, _) => {
                    *part = CasePart::Branch;
                    if raw != "in" {
                        self.doubt(word.start);
                    }
                }
                (CasePart::Branch, Role::Keyword) => self.end_case(),
                (CasePart::Branch | CasePart::Patterns, _) => {
                    *part = CasePart::Patterns;
                    if raw == "esac" {
                        self.doubt(word.start);
                    }
                }
            },
            Frame::Condition(operand) => {
                *operand = match raw {
                    "==" | "!=" | "=" => Operand::Pattern,
                    "=~" => Operand::Regex,
                    _ => Operand::Plain,
                };
                if raw == "]]" {
                    self.frames.pop();
                    self.set_position(CommandPosition::End);
                }
            }
            _ => {}
        }
    }

    fn settle_code(&mut self, word: &WordFrame, raw: &str, role: Role) {
        let Some(Frame::Code(code)) = self.frames.last_mut() else { return };
        let waiting = code.redirection.take();
        match role {
            Role::Delimiter => {
                let tabs = match waiting {
                    Some(PendingRedirection::HereDocument { tabs }) => tabs,
                    _ => Tabs::Kept,
                };
                self.announce(raw, tabs);
            }
            Role::Keyword => self.keyword(word.start, raw),
            Role::Assignment(_) => code.position = CommandPosition::Prefix,
            Role::Command => {
                code.position = match code.position {
                    CommandPosition::Coprocess => CommandPosition::CoprocessName,
                    _ => CommandPosition::FirstArgument,
                };
            }
            Role::Name => {
                code.position = match code.position {
                    CommandPosition::FunctionName => CommandPosition::FunctionHead,
                    _ => CommandPosition::ForIn,
                };
            }
            Role::Target | Role::Descriptor | Role::Item => {}
            _ => {
                if matches!(code.position, CommandPosition::End | CommandPosition::ForIn) {
                    self.doubt(word.start);
                }
                self.set_position(CommandPosition::Arguments);
            }
        }
    }
}

/// Words that are none where a command can begin.
fn is_keyword(raw: &str) -> bool {
    opens_compound(raw)
        || matches!(
            raw,
            "then" | "elif" | "else" | "fi" | "do" | "done" | "esac" | "!" | "}" | "time" | "coproc" | "function"
        )
}

fn opens_compound(raw: &str) -> bool {
    matches!(raw, "if" | "while" | "until" | "for" | "select" | "case" | "{" | "[[")
}
