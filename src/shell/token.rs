//! What shell code is made of: tokens, each with its place and the context it stands in.

use std::ops::Range;

/// A stretch of a script.
///
/// [`TokenKind::Word`] spans a whole word and comes before the tokens inside it, which [`TokenKind::WordEnd`] ends; so do
/// [`TokenKind::Open`] and [`TokenKind::Close`], except that they span their own marks only. All others do not overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// What is around it.
    pub context: Context,
    /// Offset of its first byte.
    pub start: u32,
    /// Offset after its last byte.
    pub end: u32,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A word begins.
    Word(Role),
    /// The word that was begun last ends.
    WordEnd,
    /// The mark that begins something with code or words in it.
    Open(Nesting),
    /// The mark that ends it.
    Close(Nesting),
    /// Characters that stand for themselves, or for file names in code.
    Text,
    /// A backslash and the character that it protects.
    Escape,
    /// A backslash at the end of a line.
    Continuation,
    /// `'…'`.
    Single,
    /// `$'…'`.
    Ansi,
    /// `` `…` ``.
    Backquoted,
    /// `$NAME`.
    Variable,
    /// `$1`, `$@`, `$?` and the like.
    Special,
    /// `;`, `&&`, `|`, `(` and the like.
    Operator,
    /// `<`, `>>` and the like.
    Redirection,
    /// The end of a line of code.
    Newline,
    /// From `#` to the end of the line.
    Comment,
    /// The body of a here-document.
    HereDocument,
    /// One of the values that the caller named, by its index.
    Value(u32),
}

/// Where a token stands: what is around it decides what its characters mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    /// Commands and their words.
    Code,
    /// `'…'`.
    Single,
    /// `"…"`.
    Double,
    /// `$'…'`.
    Ansi,
    /// `` `…` ``.
    Backquotes,
    /// `${…}`.
    Parameter,
    /// `((…))`, `$((…))`, `$[…]`.
    Arithmetic,
    /// `name[…]`, or `[…]` in an array.
    Subscript,
    /// `@(…)` in a pattern, `(…)` in a regular expression.
    Group,
    /// A comment.
    Comment,
    /// A here-document in which bash expands variables.
    HereDocument,
    /// A here-document that bash leaves alone.
    QuotedHereDocument,
}

/// What can have tokens inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// `"…"` or `$"…"`.
    Double,
    /// `${…}`.
    Parameter,
    /// `$(…)`, `<(…)`, `>(…)`.
    Substitution,
    /// `( … )` as a command.
    Subshell,
    /// `((…))`, `$((…))`, `$[…]`.
    Arithmetic,
    /// `name[…]`, or `[…]` in an array.
    Subscript,
    /// `name=( … )`.
    Array,
    /// `@(…)` and the like, or `(…)` in a regular expression.
    Group,
}

/// What a word is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `if`, `{`, `[[` and the like.
    Keyword,
    /// The name of a command.
    Command,
    /// What a command is given.
    Argument,
    /// `NAME=…` before or in place of a command; the offset of the equals sign.
    Assignment(u32),
    /// An element of an array.
    Element,
    /// The name that `for`, `select` or `function` gives, or of a function with `()`.
    Name,
    /// What `for` goes through.
    Item,
    /// What `case` looks at.
    Subject,
    /// A pattern of `case`.
    Pattern,
    /// Operands and operators in `[[ … ]]`.
    Operand,
    /// What stands to the right of `=~`.
    Regex,
    /// The file of a redirection, or the text after `<<<`.
    Target,
    /// The word after `<<`.
    Delimiter,
    /// The number or `{name}` in front of a redirection.
    Descriptor,
}

impl Token {
    /// Its place as a range of bytes.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}
