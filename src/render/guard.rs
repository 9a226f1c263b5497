//! Where values may stand in a script: only where bash takes what is quoted for one piece of data.
//!
//! The guard does not try to understand everything. A value may be a plain word or a part of one: an argument, what is
//! assigned, an element of an array, a pattern of `case`, the file of a redirection. What it stands in must be certain,
//! and nothing beside it may change what its quotes mean. Everything else is refused: quotes of any kind, `${…}`,
//! arithmetic, subscripts, backquotes, here-documents, the names of commands and variables, and what bash takes for code,
//! arithmetic or a name again when it runs (`eval`, `declare -i`, `[[ -v`).
//!
//! Comments hold values, since none ends a line. A here-document with a quoted delimiter holds values of other languages,
//! or is a script of its own with values for bash.

mod command;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::shell::ScriptLayout;
use crate::shell::{Context, LazyLexer, Nesting, Role, Token, TokenKind, is_name};
use command::CommandSoFar;

/// A value in a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedValue {
    /// Its bytes, with its quotes.
    pub range: Range<usize>,
    /// Whether it is quoted for a shell.
    pub for_shell: bool,
}

/// Why a value may not stand where it does, as the first half of a message.
pub type Reason = &'static str;

const IN_QUOTES: Reason = "a value inside quotes would not be data any more; write the placeholder without them";
const IN_ARITHMETIC: Reason =
    "a value inside arithmetic or a subscript may run as code; set a variable to it and use that";
const IN_EXPANSION: Reason =
    "a value inside `${…}`, backquotes or a pattern's parentheses may not stay data; set a variable to it and use that";
const IN_HERE_DOCUMENT: Reason = "a value inside a here-document is not quoted there; set a variable to it, or quote the delimiter for other languages";
const OTHER_LANGUAGE: Reason = "a value for another language may stand only in a here-document with a quoted delimiter";
const AS_NAME: Reason = "a value may not name a command, a variable, a file descriptor or a here-document";
const AS_CODE: Reason = "a value would be taken for code, arithmetic or a name by this command; set a variable to it";
const BESIDE: Reason = "what stands right beside this value would change what its quotes mean";
const IN_SUBSTITUTION: Reason =
    "bash 5.2 loses the quotes of arrays inside `$(…)` and `<(…)`; set a variable to this value before, and use that";
const UNCERTAIN: Reason =
    "it is not certain what the shell makes of the code before this value; write that more simply";

/// The first value that may not stand where it does, by its index, and why.
pub fn refused(text: &str, values: &[PlacedValue]) -> Option<(usize, Reason)> {
    let (scripts, found) = read(text, values);
    // Scripts in here-documents are read when all else is well, each once: none is read inside another.
    found.or_else(|| scripts.iter().find_map(|(body, inside)| refused_in_script(text, values, body, inside)))
}

/// As [`refused`], for a script that stands in a here-document.
fn refused_in_script(
    text: &str,
    values: &[PlacedValue],
    body: &Range<usize>,
    inside: &Range<usize>,
) -> Option<(usize, Reason)> {
    let shifted = values[inside.clone()].iter().map(|value| PlacedValue {
        range: value.range.start - body.start..value.range.end - body.start,
        for_shell: value.for_shell,
    });
    let (scripts, found) = read(&text[body.clone()], &shifted.collect::<Vec<_>>());
    let deeper = scripts.first().map(|(_, inside)| (inside.start, IN_HERE_DOCUMENT));
    found.or(deeper).map(|(index, reason)| (inside.start + index, reason))
}

/// Scripts in here-documents: where each stands, and which values stand in it.
type InnerScripts = Vec<(Range<usize>, Range<usize>)>;

/// The scripts in here-documents, and the first value outside of them that may not stand where it does.
///
/// What comes after the last value matters only to variables that were set to values: a command may take those for code.
fn read(text: &str, values: &[PlacedValue]) -> (InnerScripts, Option<(usize, Reason)>) {
    let ranges: Vec<Range<usize>> = values.iter().map(|value| value.range.clone()).collect();
    let mut lexer = LazyLexer::to_last_value(text, &ranges, ScriptLayout::Exact);
    let mut guard = Guard::new(text, values, lexer.uncertain());
    let mut found = guard.read(lexer.tokens(), 0);
    if found.is_none() && !guard.assigned.is_empty() {
        let known = lexer.tokens().len();
        lexer.to_end();
        found = guard.read(lexer.tokens(), known);
    }
    let found = found.or_else(|| guard.evaluated_value());
    (guard.scripts, found)
}

/// A word that has begun.
struct OpenWord {
    role: Role,
    start: usize,
    /// Whether braces, brackets or a tilde without quotes stand in it, as far as it was read.
    has_pattern: bool,
    /// How many tokens are open in it whose inside may not hold values.
    depth: usize,
}

struct Guard<'t> {
    text: &'t str,
    values: &'t [PlacedValue],
    uncertain: usize,
    /// How long the first line is.
    first_line: usize,
    /// Whether `$'…'` is a quote to the shell that the script is for.
    has_ansi_quotes: bool,
    words: Vec<OpenWord>,
    commands: Vec<CommandSoFar<'t>>,
    /// Variables that take what they are set to for arithmetic or a name.
    evaluated: BTreeSet<&'t str>,
    /// Variables that are set to values.
    assigned: Vec<(&'t str, usize)>,
    /// Here-documents that are scripts, and which values stand in them.
    scripts: InnerScripts,
}

impl<'t> Guard<'t> {
    fn new(text: &'t str, values: &'t [PlacedValue], uncertain: Option<usize>) -> Self {
        let first_line = text.lines().next().unwrap_or_default();
        Self {
            text,
            values,
            uncertain: uncertain.unwrap_or(usize::MAX),
            first_line: first_line.len(),
            has_ansi_quotes: !first_line.starts_with("#!") || first_line.contains("bash"),
            words: Vec::new(),
            commands: vec![CommandSoFar::default()],
            evaluated: BTreeSet::new(),
            assigned: Vec::new(),
            scripts: Vec::new(),
        }
    }

    /// Reads the tokens from an index on.
    fn read(&mut self, tokens: &[Token], from: usize) -> Option<(usize, Reason)> {
        for (at, token) in tokens.iter().enumerate().skip(from) {
            if let TokenKind::Value(index) = token.kind {
                let index = index as usize;
                let before = at.checked_sub(1).and_then(|before| tokens.get(before));
                if let Err(reason) = self.value(index, token, before) {
                    return Some((index, reason));
                }
            } else {
                self.token(token);
            }
        }
        None
    }

    /// The first value that a variable is set to which is taken for code.
    fn evaluated_value(&self) -> Option<(usize, Reason)> {
        let evaluated = |(name, _): &&(&str, usize)| self.evaluated.contains(name) || self.evaluated.contains("");
        self.assigned.iter().find(evaluated).map(|(_, index)| (*index, AS_CODE))
    }

    fn token(&mut self, token: &Token) {
        match token.kind {
            TokenKind::Word(role) => {
                self.words.push(OpenWord { role, start: token.start as usize, has_pattern: false, depth: 0 });
            }
            TokenKind::WordEnd => self.end_word(token.start as usize),
            TokenKind::Open(Nesting::Substitution) => {
                self.commands.push(CommandSoFar::default());
            }
            TokenKind::Close(Nesting::Substitution) => {
                self.commands.pop();
            }
            TokenKind::Open(Nesting::Double | Nesting::Array) | TokenKind::Close(Nesting::Double | Nesting::Array) => {}
            TokenKind::Open(Nesting::Subshell) | TokenKind::Close(Nesting::Subshell) | TokenKind::Newline => {
                self.command().end();
            }
            TokenKind::Open(_) => self.in_word(|word| word.depth += 1),
            TokenKind::Close(_) => self.in_word(|word| word.depth = word.depth.saturating_sub(1)),
            TokenKind::Operator => self.command().end(),
            TokenKind::Redirection => {
                let text = self.text;
                self.command().redirection = &text[token.range()];
            }
            TokenKind::Text => {
                let text = &self.text[token.range()];
                if token.context == Context::Code && text.contains(['{', '[', '~', '*', '?', '!']) {
                    self.in_word(|word| word.has_pattern = true);
                }
            }
            TokenKind::HereDocument if token.context == Context::QuotedHereDocument => {
                let body = token.range();
                if self.text[body.clone()].starts_with("#!") {
                    let inside = |at| self.values.partition_point(|value| value.range.start < at);
                    let inside = inside(body.start)..inside(body.end);
                    if !inside.is_empty() {
                        self.scripts.push((body, inside));
                    }
                }
            }
            _ => {}
        }
    }

    fn in_word(&mut self, change: impl FnOnce(&mut OpenWord)) {
        if let Some(word) = self.words.last_mut() {
            change(word);
        }
    }

    /// The command that is read.
    fn command(&mut self) -> &mut CommandSoFar<'t> {
        if self.commands.is_empty() {
            self.commands.push(CommandSoFar::default());
        }
        self.commands.last_mut().expect("one was just put there")
    }

    fn end_word(&mut self, end: usize) {
        let Some(word) = self.words.pop() else { return };
        let raw = &self.text[word.start..end];
        let evaluated = self.command().take(word.role, raw);
        self.evaluated.extend(evaluated);
    }

    /// Whether a value may stand here; `before` is the token before it.
    fn value(&mut self, index: usize, token: &Token, before: Option<&Token>) -> Result<(), Reason> {
        let range = token.range();
        let value = &self.text[range.clone()];
        let for_shell = self.values.get(index).is_some_and(|value| value.for_shell);
        match token.context {
            Context::QuotedHereDocument if for_shell => return self.shell_in_here_document(index),
            Context::QuotedHereDocument => return Ok(()),
            _ if !for_shell => return Err(OTHER_LANGUAGE),
            Context::HereDocument => return Err(IN_HERE_DOCUMENT),
            Context::Single | Context::Double | Context::Ansi => return Err(IN_QUOTES),
            Context::Arithmetic => return Err(IN_ARITHMETIC),
            Context::Parameter | Context::Backquotes | Context::Group => return Err(IN_EXPANSION),
            _ if range.start >= self.uncertain => return Err(UNCERTAIN),
            Context::Comment => return self.in_comment(&range),
            Context::Subscript => self.in_subscript()?,
            Context::Code => self.in_code(index, &range)?,
        }
        if value.starts_with("$'") && !self.has_ansi_quotes {
            return Err("a value with control characters can be quoted for bash only");
        }
        self.beside(&range, before)
    }

    /// No value may choose the program that a script is run by.
    fn in_comment(&self, range: &Range<usize>) -> Result<(), Reason> {
        if self.text.starts_with("#!") && range.start < self.first_line { Err(AS_NAME) } else { Ok(()) }
    }

    /// What is quoted for a shell is data in a here-document only where that is a script.
    fn shell_in_here_document(&self, index: usize) -> Result<(), Reason> {
        let is_in_script = self.scripts.last().is_some_and(|(_, inside)| inside.contains(&index));
        if is_in_script { Ok(()) } else { Err(IN_HERE_DOCUMENT) }
    }

    /// Only the keys of arrays that are declared to have names for keys are data.
    fn in_subscript(&mut self) -> Result<(), Reason> {
        let [around @ .., word] = &self.words[..] else { return Err(IN_ARITHMETIC) };
        let is_key = word.role == Role::Element && word.depth == 1 && around.iter().all(|word| word.depth == 0);
        if self.commands.len() > 1 {
            return Err(IN_SUBSTITUTION);
        }
        let is_declared = self.command().has_keys();
        if is_key && is_declared { Ok(()) } else { Err(IN_ARITHMETIC) }
    }

    fn in_code(&mut self, index: usize, range: &Range<usize>) -> Result<(), Reason> {
        let [around @ .., word] = &self.words[..] else { return Err(UNCERTAIN) };
        if word.depth > 0 || around.iter().any(|word| word.depth > 0) {
            return Err(IN_ARITHMETIC);
        }
        let (role, start) = (word.role, word.start);
        let array = around.last().filter(|_| role == Role::Element).map(|word| word.start);
        let text = self.text;
        let prefix = &text[start..range.start];
        match role {
            Role::Command | Role::Keyword | Role::Name | Role::Delimiter | Role::Descriptor => Err(AS_NAME),
            Role::Regex => Err(IN_EXPANSION),
            Role::Assignment(equals) => {
                let name = &text[start..(equals as usize).min(range.start)];
                if (equals as usize) < range.start { self.assign(name, index) } else { Err(AS_NAME) }
            }
            Role::Element if self.commands.len() > 1 => Err(IN_SUBSTITUTION),
            Role::Element => {
                let name = array.map_or("", |start| assigned_name(&text[start..range.start]).unwrap_or_default());
                self.command().may_declare()?;
                self.assign(name, index)
            }
            Role::Argument => {
                if let Some(name) = self.command().may_take(prefix)? {
                    self.assign(name, index)?;
                }
                Ok(())
            }
            Role::Item => {
                let name = self.command().variable;
                self.assign(name, index)
            }
            Role::Target if matches!(self.command().redirection, "<&" | ">&") => Err(AS_NAME),
            Role::Target | Role::Subject | Role::Pattern => Ok(()),
            Role::Operand => self.command().may_compare(),
        }
    }

    /// A variable is set to a value.
    fn assign(&mut self, name: &'t str, index: usize) -> Result<(), Reason> {
        /// Variables whose values bash runs as code, or that say which code other programs load.
        const RUN: [&str; 12] = [
            "BASH_ENV",
            "BASH_FUNC_",
            "ENV",
            "LD_AUDIT",
            "LD_LIBRARY_PATH",
            "LD_PRELOAD",
            "PATH",
            "PROMPT_COMMAND",
            "PS0",
            "PS1",
            "PS2",
            "PS4",
        ];
        let name = name.strip_suffix('+').unwrap_or(name);
        let name = name.split('[').next().unwrap_or(name);
        if RUN.contains(&name) {
            return Err(AS_CODE);
        }
        self.assigned.push((name, index));
        Ok(())
    }

    /// What stands right before and after a value must leave its quotes alone.
    fn beside(&self, range: &Range<usize>, before: Option<&Token>) -> Result<(), Reason> {
        let has_pattern = self.words.last().is_some_and(|word| word.has_pattern && word.role != Role::Element);
        let fits_before =
            before.filter(|token| token.end as usize == range.start).is_none_or(|token| match token.kind {
                TokenKind::Text => self.text[..range.start].ends_with(is_plain),
                TokenKind::Escape => token.range().len() > 1,
                TokenKind::Variable | TokenKind::Special | TokenKind::Continuation => false,
                _ => true,
            });
        let fits_after = !self.text[range.end..].starts_with(['(', '<', '>', '{', '[']);
        if fits_before && fits_after && !has_pattern { Ok(()) } else { Err(BESIDE) }
    }
}

/// Characters that mean nothing to bash wherever they stand in a word.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "_./:,=@%+-^".contains(c)
}

/// The name that a word assigns to, if it begins as an assignment.
fn assigned_name(prefix: &str) -> Option<&str> {
    let (name, _) = prefix.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    is_name(name).then_some(name)
}

#[cfg(test)]
mod tests;
