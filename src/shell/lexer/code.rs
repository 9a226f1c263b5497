//! Lists of commands: what separates them, keywords, `case`, `[[ … ]]`, arrays.

use super::Lexer;
use super::frame::{
    ArithmeticKind, CasePart, Closer, CommandListFrame, CommandPosition, Frame, Operand, PendingRedirection, Tabs,
};
use crate::shell::token::{Context, Nesting, Role, TokenKind};

/// Longest first.
const REDIRECTIONS: [&[u8]; 13] =
    [b"&>>", b"<<<", b"<<-", b"&>", b"<<", b">>", b">|", b"<>", b">&", b"<&", b"<", b">", b""];

impl Lexer<'_> {
    /// One step in a list of commands, between words.
    pub(super) fn code(&mut self) {
        if self.take_gap() {
            return;
        }
        let Some(Frame::Code(code)) = self.frames.last() else { return };
        let (closer, position) = (code.closer, code.position);
        match self.ahead() {
            [b'\n', ..] => self.end_line(),
            [b'<' | b'>', b'(', ..] => self.begin_word(),
            [b'<' | b'>', ..] | [b'&', b'>', ..] => self.redirection(),
            [b';', b';', b'&', ..] => self.end_branch(closer, 3),
            [b';', b';' | b'&', ..] => self.end_branch(closer, 2),
            [b'&', b'&', ..] | [b'|', b'|' | b'&', ..] => self.separate(2),
            [b';' | b'&' | b'|', ..] => self.separate(1),
            [b'(', b'(', ..] if position == CommandPosition::ForName => {
                self.bash_only();
                self.begin_arithmetic(ArithmeticKind::For, 2);
            }
            [b'(', b'(', ..] if begins_command(position) => {
                self.bash_only();
                self.begin_arithmetic(ArithmeticKind::Command, 2);
            }
            [b'(', ..] if position == CommandPosition::FunctionHead => self.parentheses(),
            [b'(', ..] if position == CommandPosition::FirstArgument => self.function(),
            [b'(', ..] => {
                if !begins_command(position) && position != CommandPosition::CoprocessName {
                    self.doubt(self.at);
                }
                self.open(Nesting::Subshell, Frame::Code(CommandListFrame::new(Closer::Subshell)), 1);
            }
            [b')', ..] => self.end_code(closer),
            _ => self.begin_word(),
        }
    }

    /// Blanks, comments, and lines that go on: what can stand between two words anywhere.
    fn take_gap(&mut self) -> bool {
        match self.ahead() {
            [b' ' | b'\t', ..] => self.at += 1,
            [b'\r', ..] => {
                self.doubt(self.at);
                self.at += 1;
            }
            [b'\\', b'\n', ..] => {
                if self.at > 0 && !matches!(self.bytes[self.at - 1], b' ' | b'\t' | b'\n') {
                    self.doubt(self.at);
                }
                self.take(TokenKind::Continuation, 2);
            }
            [b'#', ..] => {
                self.doubt_if_counted();
                let rest = &self.bytes[self.at..];
                let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                self.take_as(TokenKind::Comment, Context::Comment, length);
            }
            _ => return false,
        }
        true
    }

    /// Ends a line of code, where here-documents begin.
    fn end_line(&mut self) {
        self.take(TokenKind::Newline, 1);
        if let Some(Frame::Code(code)) = self.frames.last_mut() {
            match code.position {
                CommandPosition::ForName
                | CommandPosition::ForIn
                | CommandPosition::FunctionName
                | CommandPosition::FunctionHead => {}
                _ => code.position = CommandPosition::Start,
            }
            if code.redirection.take().is_some() {
                self.doubt(self.at - 1);
            }
        }
        self.here_documents();
    }

    /// `;`, `&&`, `|` and the like.
    fn separate(&mut self, length: usize) {
        if let Some(Frame::Code(CommandListFrame { redirection: Some(_), .. })) = self.frames.last() {
            self.doubt(self.at);
        }
        self.take(TokenKind::Operator, length);
        if let Some(Frame::Code(code)) = self.frames.last_mut() {
            code.redirection = None;
            code.position = CommandPosition::Start;
        }
    }

    fn redirection(&mut self) {
        let ahead = self.ahead();
        let operator = REDIRECTIONS.iter().find(|operator| ahead.starts_with(operator)).copied().unwrap_or_default();
        if matches!(operator, b"&>" | b"&>>" | b"<<<") {
            self.bash_only();
        }
        let Some(Frame::Code(code)) = self.frames.last_mut() else { return };
        let is_odd = code.redirection.is_some()
            || matches!(code.position, CommandPosition::ForName | CommandPosition::ForIn | CommandPosition::ForItems)
            || matches!(
                code.position,
                CommandPosition::FunctionName | CommandPosition::FunctionHead | CommandPosition::CoprocessName
            );
        code.redirection = Some(match operator {
            b"<<" => PendingRedirection::HereDocument { tabs: Tabs::Kept },
            b"<<-" => PendingRedirection::HereDocument { tabs: Tabs::Dropped },
            _ => PendingRedirection::File,
        });
        if begins_command(code.position) {
            code.position = CommandPosition::Prefix;
        }
        if is_odd {
            self.doubt(self.at);
        }
        self.take(TokenKind::Redirection, operator.len());
    }

    /// `;;`, `;&` or `;;&`.
    fn end_branch(&mut self, closer: Closer, length: usize) {
        if closer == Closer::Branch {
            self.take(TokenKind::Operator, length);
            self.close(0);
            self.set_case(CasePart::Branch);
        } else {
            self.doubt(self.at);
            self.separate(length);
        }
    }

    fn set_case(&mut self, part: CasePart) {
        if let Some(Frame::Case(case)) = self.frames.last_mut() {
            *case = part;
        }
    }

    /// A closing parenthesis between commands.
    fn end_code(&mut self, closer: Closer) {
        match closer {
            Closer::Substitution => self.close(1),
            Closer::Subshell => {
                self.close(1);
                self.set_position(CommandPosition::End);
            }
            Closer::End => self.take_odd(TokenKind::Operator),
            Closer::Branch => {
                // A branch that nothing has ended, in something that this parenthesis ends.
                self.doubt(self.at);
                self.close(0);
                self.close(0);
            }
        }
    }

    /// `name (`: the parentheses of a function.
    fn function(&mut self) {
        // The name was taken for a command.
        let end = self.tokens.last().map(|token| token.end);
        let word = self.tokens.iter_mut().rev().find(|token| matches!(token.kind, TokenKind::Word(_)));
        match word.filter(|word| Some(word.end) == end) {
            Some(word) => word.kind = TokenKind::Word(Role::Name),
            None => self.doubt(self.at),
        }
        self.parentheses();
    }

    /// `()` after the name of a function.
    fn parentheses(&mut self) {
        self.take(TokenKind::Operator, 1);
        while matches!(self.ahead(), [b' ' | b'\t', ..]) {
            self.at += 1;
        }
        if matches!(self.ahead(), [b')', ..]) {
            self.take(TokenKind::Operator, 1);
        } else {
            self.doubt(self.at);
        }
        self.set_position(CommandPosition::Start);
    }

    /// A word that steers, at a place where it is one.
    pub(super) fn keyword(&mut self, start: usize, raw: &str) {
        let Some(Frame::Code(code)) = self.frames.last_mut() else { return };
        match raw {
            "for" | "select" => code.position = CommandPosition::ForName,
            "in" => code.position = CommandPosition::ForItems,
            "function" => code.position = CommandPosition::FunctionName,
            "time" => code.position = CommandPosition::Time,
            "coproc" => code.position = CommandPosition::Coprocess,
            "-p" | "--" => {}
            "fi" | "done" | "}" => code.position = CommandPosition::End,
            "case" => self.frames.push(Frame::Case(CasePart::Subject)),
            "[[" => {
                self.bash_only();
                self.frames.push(Frame::Condition(Operand::Plain));
            }
            "esac" if code.closer == Closer::Branch => {
                self.close(0);
                self.end_case();
            }
            "esac" => {
                code.position = CommandPosition::End;
                self.doubt(start);
            }
            _ => code.position = CommandPosition::Start,
        }
        if raw == "case" {
            self.doubt_if_counted();
        }
    }

    /// After `esac`.
    pub(super) fn end_case(&mut self) {
        self.frames.pop();
        self.set_position(CommandPosition::End);
    }

    /// One step between `case` and the code of a branch.
    pub(super) fn case(&mut self) {
        if self.take_gap() {
            return;
        }
        let Some(Frame::Case(part)) = self.frames.last_mut() else { return };
        let is_pattern = matches!(part, CasePart::Branch | CasePart::Patterns);
        match self.ahead() {
            [b'\n', ..] => {
                self.take(TokenKind::Newline, 1);
                self.here_documents();
            }
            [b'<' | b'>', b'(', ..] => self.begin_word(),
            [b'(', ..] if is_pattern => {
                self.set_case(CasePart::Patterns);
                self.take(TokenKind::Operator, 1);
            }
            [b'|', ..] if is_pattern => self.take(TokenKind::Operator, 1),
            [b')', ..] if is_pattern => {
                self.take(TokenKind::Operator, 1);
                self.frames.push(Frame::Code(CommandListFrame::new(Closer::Branch)));
            }
            [b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>', ..] => {
                // No `case` after all: give it up.
                self.doubt(self.at);
                self.end_case();
                self.set_position(CommandPosition::Arguments);
            }
            _ => self.begin_word(),
        }
    }

    /// One step inside `[[ … ]]`, between words.
    pub(super) fn condition(&mut self) {
        if matches!(self.ahead(), [b'#', ..]) {
            self.doubt(self.at);
        }
        if self.take_gap() {
            return;
        }
        let Some(Frame::Condition(operand)) = self.frames.last_mut() else { return };
        let operand = *operand;
        match self.ahead() {
            [b'\n', ..] => {
                self.take(TokenKind::Newline, 1);
                self.here_documents();
            }
            [b'<' | b'>', b'(', ..] => self.begin_word(),
            [b'(' | b'|', ..] if operand == Operand::Regex => self.begin_word(),
            [b'&', b'&', ..] | [b'|', b'|', ..] => self.take(TokenKind::Operator, 2),
            [b'(' | b')' | b'<' | b'>', ..] => self.take(TokenKind::Operator, 1),
            [b';' | b'&' | b'|', ..] => {
                self.doubt(self.at);
                self.frames.pop();
                self.set_position(CommandPosition::Arguments);
            }
            _ => self.begin_word(),
        }
    }

    /// One step between the elements of an array.
    pub(super) fn array(&mut self) {
        if self.take_gap() {
            return;
        }
        match self.ahead() {
            [b'\n', ..] => {
                if !self.pending.is_empty() {
                    self.doubt(self.at);
                }
                self.at += 1;
            }
            [b')', ..] => {
                self.close(1);
                if !matches!(self.bytes.get(self.at), None | Some(b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b')')) {
                    self.doubt(self.at);
                }
            }
            [b'<' | b'>', b'(', ..] => self.begin_word(),
            [b';' | b'&' | b'|' | b'(' | b'<' | b'>', ..] => self.take_odd(TokenKind::Operator),
            _ => self.begin_word(),
        }
    }
}

/// Whether a command, and with it a keyword, can stand at a position.
fn begins_command(position: CommandPosition) -> bool {
    matches!(
        position,
        CommandPosition::Start | CommandPosition::Time | CommandPosition::Coprocess | CommandPosition::FunctionHead
    )
}
