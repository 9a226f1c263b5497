//! The lexer: one walk over the text with a stack of its own, since code nests as deep as its author likes.
//!
//! What is open at a place is a stack of [`Frame`]s. Each step looks at the frame on top and the next bytes, and takes
//! some of them, or opens or closes a frame. Bash tries `((` as arithmetic and, if that does not end in `))`, reads it
//! again as code; so do we, as long as all that is read twice is not longer than the text.

mod code;
mod frame;
mod here_document;
mod nested;
mod word;

use std::ops::Range;

use crate::shell::token::{Context, Nesting, Token, TokenKind};
use frame::{Closer, CommandListFrame, CommandPosition, Frame};
use here_document::HereDocument;

/// Whether the text stands as the shell will see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScriptLayout {
    /// To the byte.
    Exact,
    /// Its lines may have an indentation that is taken away first, as in a block of a document.
    Indented,
}

/// The tokens of a text.
#[derive(Debug)]
pub struct Lexed {
    /// In the order of the text.
    pub tokens: Vec<Token>,
    /// The first place from which on bash, or the shell that the first line names, may read the text in another way.
    pub uncertain: Option<usize>,
}

/// Which shell the script is for, by its first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ShellDialect {
    Bash,
    /// Another shell, which shares with bash what POSIX says.
    Posix,
}

/// Reads a script. `values` are ranges of the text, sorted, that are one piece of data each, whatever is in them.
pub fn lex(text: &str, values: &[Range<usize>], layout: ScriptLayout) -> Lexed {
    let mut lexer = begun(text, values, layout);
    lexer.run();
    Lexed { tokens: lexer.tokens, uncertain: lexer.uncertain }
}

/// A script that is read as far as its values need: what comes after the command with the last one changes nothing before.
pub struct LazyLexer<'t>(Lexer<'t>);

impl<'t> LazyLexer<'t> {
    /// Reads to the end of the command with the last value.
    pub fn to_last_value(text: &'t str, values: &'t [Range<usize>], layout: ScriptLayout) -> Self {
        let mut lexer = begun(text, values, layout);
        while !lexer.is_after_last_value() && lexer.at < lexer.bytes.len() {
            lexer.step();
            lexer.pass_values();
        }
        if lexer.at >= lexer.bytes.len() {
            lexer.run();
        }
        Self(lexer)
    }

    /// Reads the rest.
    pub fn to_end(&mut self) {
        self.0.run();
    }

    /// The tokens that were read.
    pub fn tokens(&self) -> &[Token] {
        &self.0.tokens
    }

    /// As [`Lexed::uncertain`].
    pub fn uncertain(&self) -> Option<usize> {
        self.0.uncertain
    }
}

fn begun<'t>(text: &'t str, values: &'t [Range<usize>], layout: ScriptLayout) -> Lexer<'t> {
    let mut lexer = Lexer::new(text, values, layout);
    lexer.dialect = dialect(text).unwrap_or_else(|| {
        lexer.doubt(0);
        ShellDialect::Posix
    });
    if let Some(zero) = memchr::memchr(0, text.as_bytes()) {
        // Bash drops them, which can make one word of two.
        lexer.doubt(zero);
    }
    lexer
}

/// Bash without a first line that says otherwise; none for a program that is no shell we know.
fn dialect(text: &str) -> Option<ShellDialect> {
    let Some(line) = text.strip_prefix("#!").and_then(|rest| rest.lines().next()) else {
        return Some(ShellDialect::Bash);
    };
    let mut words = line.split_ascii_whitespace();
    let program = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let first = words.next().map(program)?;
    let name = if first == "env" { program(words.find(|word| !word.starts_with('-'))?) } else { first };
    match name.as_str() {
        "bash" => Some(ShellDialect::Bash),
        "sh" | "dash" | "ash" | "ksh" => Some(ShellDialect::Posix),
        _ => None,
    }
}

struct Lexer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    tokens: Vec<Token>,
    frames: Vec<Frame>,
    values: &'t [Range<usize>],
    /// The index of the first value still ahead.
    value: usize,
    layout: ScriptLayout,
    dialect: ShellDialect,
    pending: Vec<HereDocument>,
    /// How many substitutions are open: here-documents belong to the innermost.
    units: u32,
    /// How many frames are open in which bash only counts brackets.
    counted: u32,
    /// How many bytes may still be read again.
    budget: usize,
    uncertain: Option<usize>,
}

impl<'t> Lexer<'t> {
    fn new(text: &'t str, values: &'t [Range<usize>], layout: ScriptLayout) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            tokens: Vec::new(),
            frames: vec![Frame::Code(CommandListFrame::new(Closer::End))],
            values,
            value: 0,
            layout,
            dialect: ShellDialect::Bash,
            pending: Vec::new(),
            units: 0,
            counted: 0,
            budget: text.len(),
            uncertain: None,
        }
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            self.step();
            self.pass_values();
        }
        while let Some(frame) = self.frames.last() {
            match frame {
                Frame::Word(_) => self.end_word(),
                Frame::Code(CommandListFrame { closer: Closer::End, .. }) => break,
                _ => {
                    self.doubt(self.at);
                    self.close(0);
                }
            }
        }
    }

    /// Whether all values are taken and nothing is open: no later byte makes this one read anything again, doubt what stands
    /// before this place, or change what a word before it is there for.
    fn is_after_last_value(&self) -> bool {
        let ends_line = |token: &Token| matches!(token.kind, TokenKind::Newline | TokenKind::HereDocument);
        self.value == self.values.len()
            && self.frames.len() == 1
            && self.pending.is_empty()
            && self.tokens.last().is_none_or(ends_line)
    }

    fn step(&mut self) {
        match self.frames.last_mut() {
            Some(Frame::Word(_)) => self.word(),
            Some(Frame::Double) => self.double(),
            Some(Frame::Parameter) => self.parameter(),
            Some(Frame::Arithmetic(_)) => self.arithmetic(),
            Some(Frame::Brackets { .. }) => self.brackets(),
            Some(Frame::Case(_)) => self.case(),
            Some(Frame::Condition(_)) => self.condition(),
            Some(Frame::Array) => self.array(),
            Some(Frame::Code(_)) | None => self.code(),
        }
    }

    /// Values that the last step went over stand in what it took, such as quotes or a comment.
    fn pass_values(&mut self) {
        while let Some(value) = self.values.get(self.value).filter(|value| value.start < self.at) {
            let context = self.tokens.last().map_or(Context::Code, |token| token.context);
            let (start, end) = (value.start, value.end);
            self.at = self.at.max(end.min(self.bytes.len()));
            self.push_value(start, end, context);
        }
    }

    /// If a value begins here, takes it.
    fn take_value(&mut self) -> bool {
        let Some(value) = self.values.get(self.value).filter(|value| value.start == self.at) else { return false };
        let (start, end) = (value.start, value.end);
        self.at = end;
        self.push_value(start, end, self.context());
        true
    }

    fn push_value(&mut self, start: usize, end: usize, context: Context) {
        let index = u32::try_from(self.value).expect("no more values than bytes");
        self.tokens.push(token(TokenKind::Value(index), context, start, end));
        self.value += 1;
    }

    /// The bytes from here to the next value or the end.
    fn ahead(&self) -> &'t [u8] {
        let end = self.values.get(self.value).map_or(self.bytes.len(), |value| value.start);
        self.bytes.get(self.at..end).unwrap_or_default()
    }

    /// What the frame on top makes of its characters.
    fn context(&self) -> Context {
        match self.frames.last() {
            Some(Frame::Double) => Context::Double,
            Some(Frame::Parameter) => Context::Parameter,
            Some(Frame::Arithmetic(_)) => Context::Arithmetic,
            Some(Frame::Brackets { nesting: Nesting::Subscript, .. }) => Context::Subscript,
            Some(Frame::Brackets { .. }) => Context::Group,
            Some(Frame::Word(_) | Frame::Code(_) | Frame::Case(_) | Frame::Condition(_) | Frame::Array) | None => {
                Context::Code
            }
        }
    }

    /// Takes this many bytes as one token.
    fn take(&mut self, kind: TokenKind, length: usize) {
        self.take_as(kind, self.context(), length);
    }

    fn take_as(&mut self, kind: TokenKind, context: Context, length: usize) {
        let end = (self.at + length).min(self.bytes.len());
        self.tokens.push(token(kind, context, self.at, end));
        self.at = end;
    }

    /// Takes one character that means nothing here, or that bash would complain of.
    fn take_odd(&mut self, kind: TokenKind) {
        self.doubt(self.at);
        let length = self.text[self.at..].chars().next().map_or(1, char::len_utf8);
        self.take(kind, length);
    }

    /// From this place on bash may see the text differently.
    fn doubt(&mut self, at: usize) {
        self.uncertain = Some(self.uncertain.map_or(at, |first| first.min(at)));
    }

    /// What follows is not what POSIX says: another shell than bash may read it otherwise.
    fn bash_only(&mut self) {
        if self.dialect != ShellDialect::Bash {
            self.doubt(self.at);
        }
    }

    /// Opens a frame with a mark of this many bytes.
    fn open(&mut self, nesting: Nesting, frame: Frame, length: usize) {
        self.take(TokenKind::Open(nesting), length);
        self.units += u32::from(frame.is_unit());
        self.counted += u32::from(frame.is_counted());
        self.frames.push(frame);
    }

    /// Closes the frame on top, with a mark of this many bytes if it has one.
    fn close(&mut self, length: usize) {
        let Some(frame) = self.frames.pop() else { return };
        self.units -= u32::from(frame.is_unit());
        self.counted -= u32::from(frame.is_counted());
        if let Some(nesting) = frame.nesting() {
            self.take(TokenKind::Close(nesting), length);
        }
        // Those of the innermost substitution come last.
        while self.pending.last().is_some_and(|document| document.unit > self.units) {
            self.doubt(self.at);
            self.pending.pop();
        }
    }

    /// Comments, branches and here-documents where bash only counts brackets: releases differ in what they see of them.
    fn doubt_if_counted(&mut self) {
        if self.counted > 0 {
            self.doubt(self.at);
        }
    }

    fn set_position(&mut self, position: CommandPosition) {
        if let Some(Frame::Code(code)) = self.frames.last_mut() {
            code.position = position;
        }
    }
}

fn token(kind: TokenKind, context: Context, start: usize, end: usize) -> Token {
    let offset = |at: usize| u32::try_from(at).expect("texts are shorter than 4 GiB");
    Token { kind, context, start: offset(start), end: offset(end) }
}
