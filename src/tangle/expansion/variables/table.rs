//! Tables made ready for a program: header row, row names and rules (rule T-105).

use std::collections::HashMap;
use std::rc::Rc;

use crate::diagnostic::Diagnostic;
use crate::tangle::arguments::lisp::Lisp;
use crate::tangle::arguments::parameters::Parameters;
use crate::tangle::arguments::settings::text_alone;
use crate::tangle::{AlreadyReported, TangleEnvironment};

/// What a block asks for of its tables.
pub(super) struct Preparation {
    column_names: Option<String>,
    row_names: Option<String>,
    keeps_rules: bool,
    /// What was made of values that others share, by their addresses; they are kept, so that no other has their address.
    done: HashMap<*const Lisp, (Rc<Lisp>, Prepared)>,
}

/// A value made ready.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) value: Rc<Lisp>,
    /// The header row that was taken off.
    pub(super) header: Option<Rc<Vec<Lisp>>>,
}

impl Preparation {
    pub(super) fn of(
        parameters: &Parameters<'_>,
        surroundings: &TangleEnvironment,
        found: &mut Vec<Diagnostic>,
    ) -> Result<Self, AlreadyReported> {
        let mut word = |key| text_alone(parameters, key, surroundings, found);
        let column_names = word(":colnames")?;
        let row_names = word(":rownames")?.filter(|value| value != "no");
        let keeps_rules = word(":hlines")?.as_deref() == Some("yes");
        Ok(Self { column_names, row_names, keeps_rules, done: HashMap::new() })
    }

    /// Takes header row, first column and rules off a list, as the block asks; none if some row has no first column.
    pub(super) fn prepare(&mut self, value: &Rc<Lisp>) -> Option<Prepared> {
        if let Some((_, prepared)) = self.done.get(&Rc::as_ptr(value)) {
            return Some(prepared.clone());
        }
        let is_shared = Rc::strong_count(value) > 1;
        let prepared = self.prepare_anew(value)?;
        if is_shared {
            self.done.insert(Rc::as_ptr(value), (Rc::clone(value), prepared.clone()));
        }
        Some(prepared)
    }

    fn prepare_anew(&self, value: &Rc<Lisp>) -> Option<Prepared> {
        let as_it_is = || Prepared { value: Rc::clone(value), header: None };
        let Lisp::List(rows) = &**value else { return Some(as_it_is()) };
        let takes_header = match self.column_names.as_deref() {
            Some("no") => false,
            Some(_) => true,
            None => has_header(rows),
        };
        if !takes_header && self.row_names.is_none() && (self.keeps_rules || !rows.iter().any(is_rule)) {
            return Some(as_it_is());
        }
        let mut rows = rows.clone();
        let header = takes_header.then(|| Rc::new(take_header(&mut rows)));
        if self.row_names.is_some() && !take_row_names(&mut rows) {
            return None;
        }
        if !self.keeps_rules {
            rows.retain(|row| !is_rule(row));
        }
        Some(Prepared { value: Rc::new(Lisp::List(rows)), header })
    }
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
    let rules = rows.iter().take_while(|row| is_rule(row)).count();
    rows.drain(..rules);
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
