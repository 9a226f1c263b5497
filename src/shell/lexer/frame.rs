//! What can be open at a place of a script.

use crate::shell::token::Nesting;

/// Something that has begun and not ended yet.
#[derive(Debug)]
pub(super) enum Frame {
    /// Commands.
    Code(CommandListFrame),
    /// `case … esac`; its branches are frames of code.
    Case(CasePart),
    /// `[[ … ]]`, and what its next word is.
    Condition(Operand),
    /// `=( … )`.
    Array,
    /// A word.
    Word(WordFrame),
    /// `"…"`.
    Double,
    /// `${…}`.
    Parameter,
    /// `((…))`, `$((…))`, `$[…]`.
    Arithmetic(Arithmetic),
    /// A subscript or a group of a pattern, in which bash counts brackets.
    Brackets { nesting: Nesting, depth: usize },
}

/// A list of commands.
#[derive(Debug)]
pub(super) struct CommandListFrame {
    pub(super) closer: Closer,
    pub(super) position: CommandPosition,
    /// The redirection whose word comes next.
    pub(super) redirection: Option<PendingRedirection>,
}

/// What ends a list of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closer {
    /// The end of the text.
    End,
    /// The parenthesis of a subshell.
    Subshell,
    /// The parenthesis of a substitution.
    Substitution,
    /// `;;` or `esac`.
    Branch,
}

/// What the next word of a list of commands can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CommandPosition {
    /// A keyword, an assignment or a command.
    Start,
    /// As [`CommandPosition::Start`], or an option of `time`.
    Time,
    /// As [`CommandPosition::Start`], or the name of a coprocess.
    Coprocess,
    /// An argument, or a keyword if the word before was the name of a coprocess.
    CoprocessName,
    /// An assignment or a command.
    Prefix,
    /// An argument, or the parentheses of a function.
    FirstArgument,
    /// An argument.
    Arguments,
    /// Nothing but a keyword: a compound command has ended.
    End,
    /// The name that `for` or `select` gives.
    ForName,
    /// `in` or `do`.
    ForIn,
    /// What `for` goes through.
    ForItems,
    /// The name that `function` gives.
    FunctionName,
    /// The parentheses after it, or what follows them.
    FunctionHead,
}

/// What a here-document does with the tabs that its lines start with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tabs {
    /// `<<`.
    Kept,
    /// `<<-`.
    Dropped,
}

/// A redirection that waits for its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PendingRedirection {
    File,
    HereDocument { tabs: Tabs },
}

/// Where a `case` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CasePart {
    Subject,
    In,
    /// Before the first pattern of a branch: `esac` can stand here.
    Branch,
    /// In the patterns of a branch.
    Patterns,
}

/// What the next word of `[[ … ]]` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operand {
    Plain,
    /// After `==`, `!=` or `=`.
    Pattern,
    /// After `=~`.
    Regex,
}

/// A word that is being read.
#[derive(Debug)]
pub(super) struct WordFrame {
    /// The index of its token.
    pub(super) token: usize,
    pub(super) start: usize,
    pub(super) place: WordPlace,
    /// Where the equals sign of an assignment stands.
    pub(super) equals: Option<usize>,
}

/// Where a word stands, as far as that changes how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordPlace {
    /// Where a command or an assignment can stand.
    Command,
    Argument,
    Element,
    /// In `[[ … ]]` to the right of `==`.
    Pattern,
    /// In `[[ … ]]` to the right of `=~`.
    Regex,
    Other,
}

/// Arithmetic, and how to go back to its start if it turns out to be none.
#[derive(Debug)]
pub(super) struct Arithmetic {
    pub(super) kind: ArithmeticKind,
    pub(super) depth: usize,
    pub(super) start: usize,
    /// How many tokens, values and here-documents there were before it.
    pub(super) before: (usize, usize, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArithmeticKind {
    /// `$((…))`.
    Expansion,
    /// `((…))`.
    Command,
    /// `for ((…))`.
    For,
    /// `$[…]`.
    Brackets,
}

impl CommandListFrame {
    pub(super) fn new(closer: Closer) -> Self {
        Self { closer, position: CommandPosition::Start, redirection: None }
    }
}

impl Frame {
    /// Whether here-documents that begin in it must end in it.
    pub(super) fn is_unit(&self) -> bool {
        matches!(self, Self::Code(CommandListFrame { closer: Closer::Substitution, .. }))
    }

    /// Whether bash finds its end by counting brackets.
    pub(super) fn is_counted(&self) -> bool {
        matches!(self, Self::Arithmetic(_) | Self::Brackets { .. })
    }

    /// What its marks are called; none if it has none.
    pub(super) fn nesting(&self) -> Option<Nesting> {
        match self {
            Self::Code(CommandListFrame { closer: Closer::Substitution, .. }) => Some(Nesting::Substitution),
            Self::Code(CommandListFrame { closer: Closer::Subshell, .. }) => Some(Nesting::Subshell),
            Self::Array => Some(Nesting::Array),
            Self::Double => Some(Nesting::Double),
            Self::Parameter => Some(Nesting::Parameter),
            Self::Arithmetic(_) => Some(Nesting::Arithmetic),
            Self::Brackets { nesting, .. } => Some(*nesting),
            Self::Code(CommandListFrame { closer: Closer::End | Closer::Branch, .. })
            | Self::Case(_)
            | Self::Condition(_)
            | Self::Word(_) => None,
        }
    }
}
