//! Which variables a block has, and in what order (rules T-099 and T-100).

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::known::{AssignedPiece, AssignedValue};
use super::{Argument, split_at_spaces};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::tangle::AlreadyReported;
use crate::tangle::arguments::parameters::{ArgumentValue, Parameters};

/// `name=value` as written.
#[derive(Debug, Clone)]
pub(in crate::tangle) struct VariableAssignment {
    pub(in crate::tangle) name: String,
    pub(in crate::tangle) value: Rc<AssignedValue>,
    pub(in crate::tangle) span: Span,
}

/// The variables from all sources: the same name again replaces the value and moves to the end.
pub(in crate::tangle) fn assignments(
    parameters: &Parameters<'_>,
    found: &mut Vec<Diagnostic>,
) -> Result<Vec<VariableAssignment>, AlreadyReported> {
    let mut assignments: Vec<Option<VariableAssignment>> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    // How many values without a name have gone to variables that were known already.
    let mut position = 0;
    for argument in parameters.all(":var") {
        for AssignedPiece { name, value } in pieces(argument, found)? {
            let value = Rc::clone(value);
            if let Some(name) = name {
                if let Some(replaced) = by_name.insert(name.clone(), assignments.len()) {
                    assignments[replaced] = None;
                }
                assignments.push(Some(VariableAssignment { name: name.clone(), value, span: argument.span() }));
            } else if let Some(known) = assignments.iter_mut().flatten().nth(position) {
                known.value = value;
                known.span = argument.span();
                position += 1;
            } else {
                found.push(Diagnostic::new(
                    Code::UnassignedVariable,
                    argument.span(),
                    format!("variable `{}` has no value", value.text),
                    format!("write `:var {}=VALUE`", value.text),
                ));
                return Err(AlreadyReported);
            }
        }
    }
    Ok(assignments.into_iter().flatten().collect())
}

/// The value of one `:var`, cut at spaces; pieces that touch an equals sign are joined to their neighbours.
fn pieces<'a>(argument: &'a Argument<'_>, found: &mut Vec<Diagnostic>) -> Result<&'a [AssignedPiece], AlreadyReported> {
    let text = match argument.meaning() {
        ArgumentValue::Nothing => return Ok(&[]),
        ArgumentValue::Text(text) => text,
        ArgumentValue::Number(_) | ArgumentValue::Lisp(_) => {
            found.push(Diagnostic::new(
                Code::UnassignedVariable,
                argument.span(),
                format!("`:var {}` names no variable", argument.written()),
                "write `:var NAME=VALUE`",
            ));
            return Err(AlreadyReported);
        }
    };
    Ok(argument.known.assigned.get_or_init(|| cut(&text)))
}

fn cut(text: &str) -> Vec<AssignedPiece> {
    let mut joined: Vec<String> = Vec::new();
    for part in split_at_spaces(text).into_iter().map(|range| &text[range]) {
        match joined.last_mut().filter(|last| last.ends_with('=') || part.starts_with('=')) {
            Some(last) => last.push_str(part),
            None => joined.push(part.to_owned()),
        }
    }
    joined.iter().map(|piece| assigned(piece.trim_matches([' ', '\t', '\n', '\r']))).collect()
}

fn assigned(piece: &str) -> AssignedPiece {
    let (name, text) = name_and_value(piece).map_or((None, piece), |(name, value)| (Some(name.to_owned()), value));
    AssignedPiece { name, value: Rc::new(AssignedValue { text: text.to_owned(), evaluation: OnceCell::new() }) }
}

/// The name before the first `=`, if it is one word.
fn name_and_value(piece: &str) -> Option<(&str, &str)> {
    let (name, value) = piece.split_once('=')?;
    let name = name.trim_end_matches([' ', '\t']);
    let is_word = !name.is_empty() && !name.contains([' ', '\t', '\n', '\r', '\x0B', '\x0C']);
    is_word.then(|| (name, value.trim_matches([' ', '\t', '\n', '\r'])))
}
