//! Tables made ready for a program: header row, row names and rules (rule T-105).

use super::super::lisp::Lisp;
use super::super::parameters::Parameters;
use super::super::settings::text;
use super::super::{Refused, Surroundings};
use super::{Variable, Variables, refuse_value};
use crate::diagnostic::Diagnostic;

/// Takes header rows, first columns and rules off the lists among the variables, as the block asks.
pub(super) fn prepare(
    variables: Vec<Variable>,
    parameters: &Parameters<'_>,
    surroundings: &Surroundings,
    found: &mut Vec<Diagnostic>,
) -> Result<Variables, Refused> {
    let mut word = |key| Ok::<_, Refused>(text(parameters, key, surroundings, found)?.map(|(value, _)| value));
    let column_names = word(":colnames")?;
    let row_names = word(":rownames")?;
    let rules = word(":hlines")?.unwrap_or_else(|| "no".to_owned());
    let mut prepared = Variables::default();
    for mut variable in variables {
        if let Lisp::List(rows) = &mut variable.value {
            let takes_header = match column_names.as_deref() {
                Some("no") => false,
                Some(_) => true,
                None => has_header(rows),
            };
            if takes_header {
                let header = take_header(rows);
                prepared.headers.push((variable.name.clone(), header));
            }
            if row_names.as_deref().is_some_and(|value| value != "no") && !take_row_names(rows) {
                return Err(refuse_value(&variable, ":rownames", found));
            }
            if rules != "yes" {
                rows.retain(|row| !is_rule(row));
            }
        }
        prepared.all.push(variable);
    }
    Ok(prepared)
}

pub(super) fn is_rule(row: &Lisp) -> bool {
    matches!(row, Lisp::Symbol(name) if name == "hline")
}

/// Exactly one rule, directly below the first row.
fn has_header(rows: &[Lisp]) -> bool {
    matches!(rows, [first, second, rest @ ..] if !is_rule(first) && is_rule(second) && !rest.iter().any(is_rule))
}

/// The first row, taken off with the rule below it.
fn take_header(rows: &mut Vec<Lisp>) -> Vec<Lisp> {
    while rows.first().is_some_and(is_rule) {
        rows.remove(0);
    }
    if rows.is_empty() {
        return Vec::new();
    }
    let header = rows.remove(0);
    if rows.first().is_some_and(is_rule) {
        rows.remove(0);
    }
    match header {
        Lisp::List(cells) => cells,
        other => vec![other],
    }
}

/// Takes the first column off; false if some row is no list.
fn take_row_names(rows: &mut Vec<Lisp>) -> bool {
    rows.retain(|row| !is_rule(row));
    rows.iter_mut().all(|row| match row {
        Lisp::List(cells) => {
            if !cells.is_empty() {
                cells.remove(0);
            }
            true
        }
        Lisp::Integer(_) | Lisp::Float(_) | Lisp::Text(_) | Lisp::Symbol(_) | Lisp::Vector(_) => false,
    })
}
