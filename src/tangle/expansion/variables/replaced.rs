//! Languages whose variables are replaced in the text: dot, `LilyPond`, Org, LaTeX, SQL (rule T-113).

use super::{BlockVariables, Variable, refuse_value};
use crate::diagnostic::Diagnostic;
use crate::tangle::AlreadyReported;
use crate::tangle::arguments::lisp::{Lisp, print};
use crate::tangle::text::{Text, TextBuilder};

/// The text with each `$NAME` (in LaTeX the bare name) replaced by the variable's value, one variable after the other.
pub(super) fn replace<'s>(
    variables: &BlockVariables,
    language: &str,
    mut text: Text<'s>,
    found: &mut Vec<Diagnostic>,
) -> Result<Text<'s>, AlreadyReported> {
    let mut folded = text.as_str().to_ascii_lowercase();
    for variable in &variables.all {
        let value = written(variable, language).ok_or_else(|| refuse_value(variable, language, found))?;
        let name = if language == "latex" {
            print(&Lisp::Symbol(variable.name.clone()))
        } else {
            format!("${}", variable.name)
        };
        // Most names are not in most texts, and looking for one in a folded text is fast.
        let name = name.to_ascii_lowercase();
        if !name.is_empty() && memchr::memmem::find(folded.as_bytes(), name.as_bytes()).is_some() {
            text = replace_one(&text, &folded, &name, &value, variable);
            folded = text.as_str().to_ascii_lowercase();
        }
    }
    Ok(text)
}

/// SQL gets tables by way of files, which only a run could make.
fn written(variable: &Variable, language: &str) -> Option<String> {
    match &*variable.value {
        Lisp::Text(text) => Some(text.clone()),
        Lisp::List(_) if matches!(language, "sql" | "sqlite" | "org") => None,
        value => Some(print(value)),
    }
}

/// Every place of a name, letter case aside: Emacs searches so while it tangles. `folded` is the text, and `name` the name, in
/// small letters.
fn replace_one<'s>(text: &Text<'_>, folded: &str, name: &str, value: &str, variable: &Variable) -> Text<'s> {
    let mut builder = TextBuilder::default();
    let mut done = 0;
    for at in memchr::memmem::find_iter(folded.as_bytes(), name.as_bytes()) {
        builder.push_part(text, done..at);
        builder.push_made(value, variable.span);
        done = at + name.len();
    }
    builder.push_part(text, done..folded.len());
    builder.finish()
}
