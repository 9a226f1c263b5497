//! Which variables a block has, and in what order (rules T-099 and T-100).

use std::collections::HashMap;

use super::{Argument, split_at_spaces};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::tangle::AlreadyReported;
use crate::tangle::arguments::parameters::{ArgumentValue, Parameters};

/// `name=value` as written.
#[derive(Debug, Clone)]
pub(in crate::tangle) struct VariableAssignment {
    pub(in crate::tangle) name: String,
    pub(in crate::tangle) value: String,
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
        for piece in pieces(argument, found)? {
            if let Some((name, value)) = name_and_value(&piece) {
                let assignment =
                    VariableAssignment { name: name.to_owned(), value: value.to_owned(), span: argument.span() };
                if let Some(replaced) = by_name.insert(name.to_owned(), assignments.len()) {
                    assignments[replaced] = None;
                }
                assignments.push(Some(assignment));
            } else if let Some(known) = assignments.iter_mut().flatten().nth(position) {
                known.value = piece;
                known.span = argument.span();
                position += 1;
            } else {
                found.push(Diagnostic::new(
                    Code::UnassignedVariable,
                    argument.span(),
                    format!("variable `{piece}` has no value"),
                    format!("write `:var {piece}=VALUE`"),
                ));
                return Err(AlreadyReported);
            }
        }
    }
    Ok(assignments.into_iter().flatten().collect())
}

/// The value of one `:var`, cut at spaces; pieces that touch an equals sign are joined to their neighbours.
fn pieces(argument: &Argument<'_>, found: &mut Vec<Diagnostic>) -> Result<Vec<String>, AlreadyReported> {
    let text = match argument.meaning() {
        ArgumentValue::Nothing => return Ok(Vec::new()),
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
    let mut joined: Vec<String> = Vec::new();
    for part in split_at_spaces(&text).into_iter().map(|range| &text[range]) {
        match joined.last_mut().filter(|last| last.ends_with('=') || part.starts_with('=')) {
            Some(last) => last.push_str(part),
            None => joined.push(part.to_owned()),
        }
    }
    Ok(joined.into_iter().map(|piece| piece.trim_matches([' ', '\t', '\n', '\r']).to_owned()).collect())
}

/// The name before the first `=`, if it is one word.
fn name_and_value(piece: &str) -> Option<(&str, &str)> {
    let (name, value) = piece.split_once('=')?;
    let name = name.trim_end_matches([' ', '\t']);
    let is_word = !name.is_empty() && !name.contains([' ', '\t', '\n', '\r', '\x0B', '\x0C']);
    is_word.then(|| (name, value.trim_matches([' ', '\t', '\n', '\r'])))
}
