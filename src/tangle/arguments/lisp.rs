//! The piece of Emacs Lisp that header arguments are written in: literals, and expressions that read nothing but
//! values we have (rules T-044 to T-046, T-058, T-102; section 9).
//!
//! Emacs evaluates any Lisp it meets in a header argument. Literals and a few pure functions give the same here;
//! anything else is refused by name, so that nothing is guessed.

mod evaluate;
mod print;
mod read;

pub(crate) use evaluate::{Environment, Evaluated, evaluate};
pub(crate) use print::{display, print};
pub(crate) use read::{Quoted, is_unfinished, number, read_one, single_string};

/// A Lisp object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Lisp {
    /// An integer, as digits with an optional minus: any size.
    Integer(String),
    /// A floating-point number.
    Float(f64),
    /// A string.
    Text(String),
    /// A symbol; `nil` is the empty list.
    Symbol(String),
    /// A list; empty is `nil`.
    List(Vec<Lisp>),
    /// A vector.
    Vector(Vec<Lisp>),
}

impl Lisp {
    /// The empty list.
    pub(crate) const NIL: Self = Self::List(Vec::new());

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn symbol(name: &str) -> Self {
        if name == "nil" { Self::NIL } else { Self::Symbol(name.to_owned()) }
    }

    pub(crate) fn is_nil(&self) -> bool {
        matches!(self, Self::List(items) if items.is_empty())
    }
}
