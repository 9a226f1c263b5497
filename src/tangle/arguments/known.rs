//! What header arguments were found to be, once it was asked for: many blocks may inherit one, and what it is does not
//! depend on the block.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::tangle::AlreadyReported;
use crate::tangle::arguments::lisp::Lisp;

/// What was found of the value of one argument.
#[derive(Debug, Clone, Default)]
pub(in crate::tangle) struct KnownValue {
    /// Its text without quotes, where it has some.
    pub(in crate::tangle) content: OnceCell<String>,
    /// What its Lisp gives.
    pub(in crate::tangle) lisp: OnceCell<KnownLisp>,
    /// Whether a word of what it gives lets references be expanded.
    pub(in crate::tangle) allows_noweb: OnceCell<bool>,
    /// Of `:var`: what is assigned.
    pub(in crate::tangle) assigned: OnceCell<Vec<AssignedPiece>>,
}

/// A value, and what there is to say of it for each block.
pub(in crate::tangle) type KnownLisp = (Result<Rc<Lisp>, AlreadyReported>, Vec<Diagnostic>);

/// `name=value`, or a value alone.
#[derive(Debug, Clone)]
pub(in crate::tangle) struct AssignedPiece {
    pub(in crate::tangle) name: Option<String>,
    pub(in crate::tangle) value: Rc<AssignedValue>,
}

/// What is assigned to a variable.
#[derive(Debug)]
pub(in crate::tangle) struct AssignedValue {
    /// As written.
    pub(in crate::tangle) text: String,
    /// What it is; none if it refers to something in the document.
    pub(in crate::tangle) evaluation: OnceCell<Option<KnownLisp>>,
}
