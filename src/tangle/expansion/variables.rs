//! Variables and what the support for a language makes of a body (rules T-098 to T-113).
//!
//! `assignment` says which variables a block has, `value` and `reference` what they are, `table` how tables are
//! prepared; each language writes them in its own form. A language whose form we do not have is refused where its
//! support is loaded, and passed over with a warning where it is not, as Emacs does in silence.
//!
//! A new language is a function in `script` or a file of its own, and its arm in [`expand`]. It leaves the arm of those
//! whose variables Emacs passes over, or of those that are refused with variables. `refuse_value` is for a value that
//! Emacs stops at, and the changelog has a list of the languages.
//! - The case `tests/cases/variables/var-<language>.txt` has the lines `rules: T-112` and `profile: all`, and a section
//!   `input`; `ORG_LISP=…/org/lisp tests/record-cases -w var-<language>` with Org 9.8 writes the rest. With Debian's Org
//!   alone it writes sections `9.5 …`, and the answer of 9.8 is written by hand: see `tests/cases/README.md`.
//! - Other cases may have it among refused languages (`grep -l <language> tests/cases/variables/*`).
//! - `tests/live_emacs/generate/arguments.rs` lists the languages whose variables it makes.
//! - A language that Emacs does not bring has its extension in `tangle/languages.rs` and its header arguments in
//!   `tangle/arguments/keys.rs`, and `tests/record-cases-run.el` loads its support.
//!
//! `cargo test --test tangle_cases variables/`, and `--test live_emacs`.

mod c;
mod elements;
mod index;
mod lists;
mod literal;
mod lua;
mod perl;
mod reference;
mod replaced;
mod script;
mod shell;
mod table;
mod value;

use std::rc::Rc;

use crate::diagnostic::{Code, Diagnostic};
use crate::org::SourceBlock;
use crate::source::Span;
use crate::tangle::arguments::assignment::assignments;
use crate::tangle::arguments::lisp::{Lisp, print};
use crate::tangle::arguments::parameters::Parameters;
use crate::tangle::arguments::settings::BlockSettings;
use crate::tangle::text::body::{surround, trimmed};
use crate::tangle::text::{Text, TextBuilder};
use crate::tangle::{AlreadyReported, Tangling, WantedBlock};
pub(in crate::tangle) use elements::Elements;
use table::{Preparation, Prepared};

/// One variable of a block.
#[derive(Debug, Clone)]
struct Variable {
    name: String,
    /// Shared with others that refer to the same element.
    value: Rc<Lisp>,
    /// Where it is assigned.
    span: Span,
}

/// The variables of a block, ready to be written.
#[derive(Debug, Default)]
struct BlockVariables {
    all: Vec<Variable>,
    /// Header rows that were taken off tables: variable and cells.
    headers: Vec<(String, Rc<Vec<Lisp>>)>,
}

/// A block's body with everything around it that its arguments and its language's support ask for.
pub(in crate::tangle) fn expand<'s>(
    tangling: &Tangling<'s, '_>,
    wanted: &WantedBlock<'_, 's>,
    text: Text<'s>,
    found: &mut Vec<Diagnostic>,
) -> Result<Text<'s>, AlreadyReported> {
    let WantedBlock { block, parameters, settings, .. } = *wanted;
    let language = block.language.map_or("", |language| language.value);
    if !settings.expands || !tangling.surroundings.languages.know(language) {
        // Emacs works the values out all the same, so what is wrong with one stops it; nothing keeps them.
        let mut first = None;
        each(tangling, parameters, found, |variable, _header, _found| {
            first.get_or_insert((variable.name, variable.span));
            Ok(())
        })?;
        if !settings.expands {
            return Ok(text);
        }
        report_dropped(first.as_ref(), language, found);
        return Ok(plain(settings, Vec::new(), text));
    }
    if crate::tangle::languages::is_shell(language) {
        // Each value is written before the next one is made: a text is far smaller than its Lisp.
        let form = shell::Form::of(parameters, tangling.surroundings, found)?;
        let mut lines = Vec::new();
        each(tangling, parameters, found, |variable, _header, found| {
            lines.push(shell::line(&variable, &form, &tangling.surroundings.shell, found)?);
            Ok(())
        })?;
        return Ok(plain(settings, lines, text));
    }
    let variables = read(tangling, parameters, found)?;
    let lines = match language {
        "emacs-lisp" | "elisp" => return Ok(emacs_lisp(&variables, settings, text, block.begin)),
        "lisp" => return common_lisp(&variables, wanted, text, found),
        "C" | "cpp" | "C++" | "D" => {
            return c::expand(&variables, wanted, text, tangling.surroundings, found);
        }
        "dot" | "lilypond" | "LilyPond" | "org" | "latex" | "sql" | "sqlite" => {
            let text = plain(settings, Vec::new(), replaced::replace(&variables, language, text, found)?);
            return Ok(if language == "latex" { trimmed(text) } else { text });
        }
        "fortran" if variables.all.is_empty() => return fortran(wanted, text, found),
        "python" => script::python(&variables),
        "js" => script::javascript(&variables),
        "ruby" => script::ruby(&variables),
        "perl" => perl::lines(&variables),
        "lua" => lua::lines(&variables, found)?,
        "awk" | "calc" | "css" | "forth" | "groovy" | "makefile" | "maxima" | "sed" => Vec::new(),
        "haskell" | "julia" | "matlab" | "ocaml" | "octave" | "processing" | "R" | "scheme"
            if variables.all.is_empty() =>
        {
            Vec::new()
        }
        _ => return Err(refuse_language(language, block, found)),
    };
    Ok(plain(settings, lines, text))
}

fn read<'s>(
    tangling: &Tangling<'s, '_>,
    parameters: &Parameters<'s>,
    found: &mut Vec<Diagnostic>,
) -> Result<BlockVariables, AlreadyReported> {
    let mut variables = BlockVariables::default();
    each(tangling, parameters, found, |variable, header, _found| {
        variables.headers.extend(header.map(|cells| (variable.name.clone(), cells)));
        variables.all.push(variable);
        Ok(())
    })?;
    Ok(variables)
}

/// Works the variables of a block out, one after the other, each with the header row that was taken off it.
fn each<'s>(
    tangling: &Tangling<'s, '_>,
    parameters: &Parameters<'s>,
    found: &mut Vec<Diagnostic>,
    mut take: impl FnMut(Variable, Option<Rc<Vec<Lisp>>>, &mut Vec<Diagnostic>) -> Result<(), AlreadyReported>,
) -> Result<(), AlreadyReported> {
    let assignments = assignments(parameters, found)?;
    let mut preparation = Preparation::of(parameters, tangling.surroundings, found)?;
    for assignment in assignments {
        let value = value::value(tangling, &assignment, found)?;
        let prepared = preparation.prepare(&value);
        let variable = Variable { name: assignment.name, value, span: assignment.span };
        let Some(Prepared { value, header }) = prepared else {
            return Err(refuse_value(&variable, ":rownames", found));
        };
        take(Variable { value, ..variable }, header, found)?;
    }
    Ok(())
}

/// Prologue, variables, body and epilogue, each on lines of its own.
fn plain<'s>(settings: &BlockSettings, lines: Vec<(String, Span)>, text: Text<'s>) -> Text<'s> {
    let before: Vec<(String, Span)> = settings.prologue.iter().cloned().chain(lines).collect();
    surround(&before, text, settings.epilogue.as_ref())
}

/// `(let (…) …)` around the body; without variables the body alone, prologue and epilogue left out (rule T-111).
fn emacs_lisp<'s>(variables: &BlockVariables, settings: &BlockSettings, text: Text<'s>, span: Span) -> Text<'s> {
    if variables.all.is_empty() {
        return text;
    }
    let mut builder = TextBuilder::default();
    builder.push_made("(let (", span);
    for (index, variable) in variables.all.iter().enumerate() {
        let indentation = if index > 0 { "\n      " } else { "" };
        builder.push_made(indentation, span);
        let name = print(&Lisp::Symbol(variable.name.clone()));
        builder.push_made(&format!("({name} '{})", print(&variable.value)), variable.span);
    }
    builder.push_made(")\n", span);
    if let Some((prologue, span)) = &settings.prologue {
        builder.push_made(&format!("{prologue}\n      "), *span);
    }
    builder.push(&text);
    if let Some((epilogue, span)) = &settings.epilogue {
        builder.push_made(&format!("\n      {epilogue}\n"), *span);
    }
    builder.push_made("\n)", span);
    builder.finish()
}

/// `(cl:let (…) …)`; without variables the trimmed body alone.
fn common_lisp<'s>(
    variables: &BlockVariables,
    wanted: &WantedBlock<'_, 's>,
    text: Text<'s>,
    found: &mut Vec<Diagnostic>,
) -> Result<Text<'s>, AlreadyReported> {
    let WantedBlock { block, parameters, settings, .. } = *wanted;
    let results = parameters.unevaluated(":results");
    if results.is_some_and(|results| results.split_whitespace().any(|word| word == "code" || word == "pp")) {
        return Err(refuse_language("lisp", block, found));
    }
    if variables.all.is_empty() {
        return Ok(trimmed(text));
    }
    let span = block.begin;
    let mut builder = TextBuilder::default();
    builder.push_made("(cl:let (", span);
    for (index, variable) in variables.all.iter().enumerate() {
        builder.push_made(if index > 0 { "\n      " } else { "" }, span);
        let name = print(&Lisp::Symbol(variable.name.clone()));
        builder.push_made(&format!("({name} (cl:quote {}))", print(&variable.value)), variable.span);
    }
    builder.push_made(")\n", span);
    if let Some((prologue, span)) = &settings.prologue {
        builder.push_made(&format!("{prologue}\n"), *span);
    }
    builder.push(&text);
    if let Some((epilogue, span)) = &settings.epilogue {
        builder.push_made(&format!("\n{epilogue}\n"), *span);
    }
    builder.push_made(")", span);
    Ok(builder.finish())
}

/// `program main` around a body that has no program of its own.
///
/// Within it Emacs puts the prologue before the body and again where the epilogue should be.
fn fortran<'s>(
    wanted: &WantedBlock<'_, 's>,
    text: Text<'s>,
    found: &mut Vec<Diagnostic>,
) -> Result<Text<'s>, AlreadyReported> {
    let WantedBlock { block, parameters, settings, .. } = *wanted;
    if [":includes", ":defines"].iter().any(|key| parameters.get(key).is_some()) {
        return Err(refuse_language("fortran", block, found));
    }
    if parameters.unevaluated(":main").as_deref() == Some("no") {
        return Ok(plain(settings, Vec::new(), text));
    }
    let mut builder = TextBuilder::default();
    let push_prologue = |builder: &mut TextBuilder| {
        if let Some((prologue, span)) = &settings.prologue {
            builder.push_made(&format!("{prologue}\n"), *span);
        }
    };
    push_prologue(&mut builder);
    builder.push(&text);
    push_prologue(&mut builder);
    let body = builder.finish();
    let is_program = |line: &str| {
        let line = line.trim_start_matches([' ', '\t']);
        let is_word = |rest: &str| !rest.starts_with(char::is_alphanumeric);
        line.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("program") && is_word(&line[7..]))
    };
    if body.as_str().lines().any(is_program) {
        return Ok(body);
    }
    let (begin, end) = (("program main".to_owned(), block.begin), ("end program main".to_owned(), block.begin));
    Ok(surround(&[begin], body, Some(&end)))
}

fn report_dropped(first: Option<&(String, Span)>, language: &str, found: &mut Vec<Diagnostic>) {
    let Some((name, span)) = first else { return };
    let help = if crate::tangle::Languages::All.know(language) {
        format!("load the support for it with `languages`, or set `{name}` in the block itself")
    } else {
        format!("set `{name}` in the block itself")
    };
    let message = format!("`:var {name}=…` has no effect, since no support for `{language}` is loaded");
    found.push(Diagnostic::new(Code::DroppedVariables, *span, message, help));
}

fn refuse_language(language: &str, block: &SourceBlock<'_>, found: &mut Vec<Diagnostic>) -> AlreadyReported {
    found.push(Diagnostic::new(
        Code::UnsupportedLanguage,
        block.begin,
        format!("what the support for `{language}` makes of this block is not known"),
        "use `:no-expand` and write into the block what it needs, or do not load the language",
    ));
    AlreadyReported
}

/// A value that a language's support cannot write.
fn refuse_value(variable: &Variable, language: &str, found: &mut Vec<Diagnostic>) -> AlreadyReported {
    found.push(Diagnostic::new(
        Code::UnsupportedLanguage,
        variable.span,
        format!("the support for `{language}` cannot write the value of `{}`", variable.name),
        "use a number, a text or a table of these",
    ));
    AlreadyReported
}
