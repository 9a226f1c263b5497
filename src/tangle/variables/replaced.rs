//! Languages whose variables are replaced in the text: dot, `LilyPond`, Org, LaTeX, SQL (rule T-113).

use super::{Variable, Variables, refuse_value};
use crate::diagnostic::Diagnostic;
use crate::tangle::Refused;
use crate::tangle::lisp::{Lisp, print};
use crate::tangle::text::{Text, TextBuilder};

/// The text with each `$NAME` (in LaTeX the bare name) replaced by the variable's value, one variable after the other.
pub(super) fn replace<'s>(
    variables: &Variables,
    language: &str,
    mut text: Text<'s>,
    found: &mut Vec<Diagnostic>,
) -> Result<Text<'s>, Refused> {
    for variable in &variables.all {
        let value = written(variable, language).ok_or_else(|| refuse_value(variable, language, found))?;
        let name = if language == "latex" {
            print(&Lisp::Symbol(variable.name.clone()))
        } else {
            format!("${}", variable.name)
        };
        text = replace_one(&text, &name, &value, variable);
    }
    Ok(text)
}

/// SQL gets tables by way of files, which only a run could make.
fn written(variable: &Variable, language: &str) -> Option<String> {
    match &variable.value {
        Lisp::Text(text) => Some(text.clone()),
        Lisp::List(_) if matches!(language, "sql" | "sqlite" | "org") => None,
        value => Some(print(value)),
    }
}

fn replace_one<'s>(text: &Text<'_>, name: &str, value: &str, variable: &Variable) -> Text<'s> {
    let whole = text.as_str();
    let mut builder = TextBuilder::default();
    let mut done = 0;
    let mut from = 0;
    while let Some(at) = find_folded(&whole[from..], name).map(|at| from + at) {
        builder.push_part(text, done..at);
        builder.push_made(value, variable.span);
        done = at + name.len();
        from = done;
    }
    builder.push_part(text, done..whole.len());
    builder.finish()
}

/// The first place of a name, letter case aside: Emacs searches so while it tangles.
fn find_folded(text: &str, name: &str) -> Option<usize> {
    (!name.is_empty()).then_some(())?;
    text.as_bytes().windows(name.len()).position(|window| window.eq_ignore_ascii_case(name.as_bytes()))
}
