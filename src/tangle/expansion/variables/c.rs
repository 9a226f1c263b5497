//! C, C++ and D: includes, defines, typed variables, and a `main` around the body (rule T-113).

use std::collections::HashMap;
use std::rc::Rc;

use super::{BlockVariables, Variable, refuse_value};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::tangle::arguments::evaluate::refuse;
use crate::tangle::arguments::lisp::{Lisp, display, print, read_one};
use crate::tangle::arguments::parameters::{ArgumentValue, Parameters};
use crate::tangle::arguments::settings::{BlockSettings, text_alone};
use crate::tangle::text::body::surround;
use crate::tangle::text::{Text, TextBuilder};
use crate::tangle::{AlreadyReported, TangleEnvironment, WantedBlock};

/// Which of the three languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CLanguage {
    C,
    D,
}

/// What all numbers of a value are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Integer,
    Float,
    Text,
}

/// The body with what stands before it, and `main` around it unless it has one.
pub(super) fn expand<'s>(
    variables: &BlockVariables,
    wanted: &WantedBlock<'_, 's>,
    body: Text<'s>,
    surroundings: &TangleEnvironment,
    found: &mut Vec<Diagnostic>,
) -> Result<Text<'s>, AlreadyReported> {
    let WantedBlock { block, parameters, settings, .. } = *wanted;
    let dialect =
        if block.language.is_some_and(|language| language.value == "D") { CLanguage::D } else { CLanguage::C };
    let mut word = |key| text_alone(parameters, key, surroundings, found);
    let wants_main = word(":main")?.as_deref() != Some("no");
    let mut parts = match dialect {
        CLanguage::C => {
            let mut items = |key, size| items(parameters, key, size, surroundings, found);
            c_head(&items(":includes", 1)?, &items(":defines", 2)?, &items(":namespaces", 1)?)
        }
        CLanguage::D => d_head(&word(":imports")?.unwrap_or_default()),
    };
    parts.push(joined(variables, found, |variable| declaration(variable, dialect))?);
    parts.push(joined(variables, found, |variable| Some(sizes(variable)))?);
    parts.push(if variables.headers.is_empty() { String::new() } else { column_lookup(dialect).to_owned() });
    parts.push(headers(variables, dialect));
    let span = variables.all.first().map_or(block.begin, |variable| variable.span);
    let mut builder = TextBuilder::default();
    builder.push_made(&parts.join("\n"), span);
    builder.push_made("\n", span);
    let body = match dialect {
        CLanguage::C => with_prologue(settings, body, block.begin),
        CLanguage::D => body,
    };
    if wants_main && !has_main(body.as_str()) {
        builder.push_made("int main() {\n", block.begin);
        builder.push(&body);
        builder.push_made("\nreturn 0;\n}\n", block.begin);
    } else {
        builder.push(&body);
    }
    builder.push_made("\n", block.begin);
    Ok(builder.finish())
}

fn with_prologue<'s>(settings: &BlockSettings, body: Text<'s>, span: Span) -> Text<'s> {
    let before: Vec<_> = settings.prologue.iter().cloned().collect();
    let body = surround(&before, body, settings.epilogue.as_ref());
    if settings.epilogue.is_none() {
        return body;
    }
    let mut builder = TextBuilder::default();
    builder.push(&body);
    builder.push_made("\n", span);
    builder.finish()
}

/// The items of an argument: those of a list, or else this many words of a text each. Emacs reads a text in quotes twice.
fn items(
    parameters: &Parameters<'_>,
    key: &str,
    size: usize,
    surroundings: &TangleEnvironment,
    found: &mut Vec<Diagnostic>,
) -> Result<Vec<String>, AlreadyReported> {
    let Some(argument) = parameters.get(key) else { return Ok(Vec::new()) };
    let text = match argument.meaning() {
        ArgumentValue::Lisp(written) => match argument.evaluated(surroundings, found)? {
            Lisp::Text(text) => text.clone(),
            value => {
                let refuse = || refuse(written, key, argument.span(), "gives no list of names", found);
                return listed(value).ok_or_else(refuse);
            }
        },
        ArgumentValue::Text(_) | ArgumentValue::Number(_) | ArgumentValue::Nothing => {
            text_alone(parameters, key, surroundings, found)?.unwrap_or_default()
        }
    };
    let text = match read_one(&text) {
        Some((Lisp::Text(inner), end)) if end == text.len() => inner,
        Some(_) | None => text,
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    Ok(words.chunks_exact(size).map(|words| words.join(" ")).collect())
}

fn listed(value: &Lisp) -> Option<Vec<String>> {
    let name = |item: &Lisp| match item {
        Lisp::Text(name) | Lisp::Symbol(name) => Some(name.clone()),
        Lisp::Integer(_) | Lisp::Float(_) | Lisp::List(_) | Lisp::Vector(_) => None,
    };
    match value {
        value if value.is_nil() => Some(Vec::new()),
        Lisp::List(items) => items.iter().map(name).collect(),
        Lisp::Text(_) | Lisp::Symbol(_) | Lisp::Integer(_) | Lisp::Float(_) | Lisp::Vector(_) => None,
    }
}

fn c_head(includes: &[String], defines: &[String], namespaces: &[String]) -> Vec<String> {
    let include =
        |name: &String| if name.starts_with('<') { format!("#include {name}") } else { format!("#include \"{name}\"") };
    let includes: Vec<String> = includes.iter().map(include).collect();
    let defines: Vec<String> = defines.iter().map(|define| format!("#define {define}")).collect();
    let namespaces: Vec<String> = namespaces.iter().map(|name| format!("using namespace {name};")).collect();
    vec![includes.join("\n"), defines.join("\n"), namespaces.join("\n")]
}

fn d_head(imports: &str) -> Vec<String> {
    let imports = imports.split_whitespace().chain(["std.stdio", "std.conv"]);
    let imports: Vec<String> = imports.map(|name| format!("import {name};")).collect();
    vec!["module mmm;".to_owned(), imports.join("\n")]
}

fn joined(
    variables: &BlockVariables,
    found: &mut Vec<Diagnostic>,
    write: impl Fn(&Variable) -> Option<String>,
) -> Result<String, AlreadyReported> {
    let mut lines = Vec::with_capacity(variables.all.len());
    for variable in &variables.all {
        lines.push(write(variable).ok_or_else(|| refuse_value(variable, "C", found))?);
    }
    Ok(lines.join("\n"))
}

/// `int name[2][2] = {…};`.
fn declaration(variable: &Variable, dialect: CLanguage) -> Option<String> {
    let value = match &*variable.value {
        Lisp::Symbol(name) if name.chars().count() == 1 => {
            &Lisp::Integer(name.chars().next().map_or(0, u32::from).to_string())
        }
        Lisp::Symbol(name) => &Lisp::text(name.as_str()),
        value if value.is_nil() => &Lisp::text("nil"),
        value => value,
    };
    let base = base_type(value)?;
    let (open, close) = if dialect == CLanguage::D { ('[', ']') } else { ('{', '}') };
    let list = |items: &[Lisp]| -> Option<String> {
        let items: Option<Vec<String>> = items.iter().map(|item| scalar(item, base)).collect();
        Some(format!("{open}{}{close}", items?.join(",")))
    };
    let (suffix, data) = match value {
        Lisp::List(rows) if matches!(rows.first(), Some(Lisp::List(_))) => {
            let columns = if let Some(Lisp::List(cells)) = rows.first() { cells.len() } else { 0 };
            let lines = rows.iter().map(|row| match row {
                Lisp::List(cells) => list(cells).map(|text| format!(" {text}")),
                _ => None,
            });
            let lines: Option<Vec<String>> = lines.collect();
            let size = match dialect {
                CLanguage::C => format!("[{}][{columns}]", rows.len()),
                CLanguage::D => format!("[{columns}][{}]", rows.len()),
            };
            (size, format!("{open}\n{}\n{close}", lines?.join(",\n")))
        }
        Lisp::List(items) | Lisp::Vector(items) => (format!("[{}]", items.len()), list(items)?),
        scalar_value => (String::new(), scalar(scalar_value, base)?),
    };
    let (name, kind) = (&variable.name, type_name(base, dialect));
    Some(match dialect {
        CLanguage::C => format!("{kind} {name}{suffix} = {data};"),
        CLanguage::D => format!("{kind}{suffix} {name} = {data};"),
    })
}

fn type_name(base: Type, dialect: CLanguage) -> &'static str {
    match (base, dialect) {
        (Type::Integer, _) => "int",
        (Type::Float, _) => "double",
        (Type::Text, CLanguage::C) => "const char*",
        (Type::Text, CLanguage::D) => "string",
    }
}

/// The type that holds all values: whole numbers, numbers, texts. None for an empty list.
fn base_type(value: &Lisp) -> Option<Type> {
    match value {
        Lisp::Integer(_) => Some(Type::Integer),
        Lisp::Float(_) => Some(Type::Float),
        Lisp::List(items) | Lisp::Vector(items) => {
            items.iter().filter_map(base_type).reduce(|one, other| match (one, other) {
                (Type::Text, _) | (_, Type::Text) => Type::Text,
                (Type::Float, _) | (_, Type::Float) => Type::Float,
                (Type::Integer, Type::Integer) => Type::Integer,
            })
        }
        Lisp::Text(_) | Lisp::Symbol(_) => Some(Type::Text),
    }
}

/// One value; none for a list where a whole number has to stand.
fn scalar(value: &Lisp, base: Type) -> Option<String> {
    match (base, value) {
        (Type::Integer, Lisp::List(_) | Lisp::Vector(_)) => None,
        (Type::Integer | Type::Float, value) => Some(display(value)),
        (Type::Text, value) => Some(format!("\"{}\"", display(value))),
    }
}

/// Constants for the numbers of rows and columns of a table, and nothing for what is none.
fn sizes(variable: &Variable) -> String {
    let name = &variable.name;
    match &*variable.value {
        Lisp::List(rows) => match rows.first() {
            Some(Lisp::List(cells)) => {
                format!("const int {name}_rows = {};\nconst int {name}_cols = {};", rows.len(), cells.len())
            }
            Some(_) => format!("const int {name}_cols = {};", rows.len()),
            None => format!("const int {name}_rows = 0;\nconst int {name}_cols = 0;"),
        },
        Lisp::Integer(_) | Lisp::Float(_) | Lisp::Text(_) | Lisp::Symbol(_) | Lisp::Vector(_) => String::new(),
    }
}

/// A function that finds a column by its name.
fn column_lookup(dialect: CLanguage) -> &'static str {
    match dialect {
        CLanguage::C => {
            "\n#ifndef _STRING_H\n#include <string.h>\n#endif\n\
             int get_column_num (int nbcols, const char** header, const char* column)\n{\n  int c;\n  \
             for (c=0; c<nbcols; c++)\n    if (strcmp(header[c],column)==0)\n      return c;\n  return -1;\n}\n"
        }
        CLanguage::D => {
            "int get_column_num (string[] header, string column)\n{\n  foreach (c, h; header)\n    if (h==column)\n      \
             return to!int(c);\n  return -1;\n}\n"
        }
    }
}

/// For each table whose header row was taken off: the header, and a function that reads a cell by it.
fn headers(variables: &BlockVariables, dialect: CLanguage) -> String {
    let by_name: HashMap<&str, &Variable> =
        variables.all.iter().map(|variable| (variable.name.as_str(), variable)).collect();
    let header = |(name, cells): &(String, Rc<Vec<Lisp>>)| {
        let base = by_name.get(name.as_str()).and_then(|variable| base_type(&variable.value));
        let kind = base.map_or("", |base| type_name(base, dialect));
        let quoted: Vec<String> = cells
            .iter()
            .map(
                |cell| if let Lisp::Text(text) = cell { format!("\"{text}\"") } else { format!("\"{}\"", print(cell)) },
            )
            .collect();
        let (count, list) = (cells.len(), quoted.join(","));
        match dialect {
            CLanguage::C => format!(
                "const char* {name}_header[{count}] = {{{list}}};\n{kind} {name}_h (int row, const char* col) \
                 {{ return {name}[row][get_column_num({count},{name}_header,col)]; }}"
            ),
            CLanguage::D => format!(
                "string[{count}] {name}_header = [{list}];\n{kind} {name}_h (size_t row, string col) \
                 {{ return {name}[row][get_column_num({name}_header,col)]; }}"
            ),
        }
    };
    variables.headers.iter().map(header).collect::<Vec<_>>().join("\n")
}

/// Whether a body defines `main`: a word of the letters of `int` and `void` at a line's start, then `main (…)`.
fn has_main(body: &str) -> bool {
    let lower = body.to_ascii_lowercase();
    lower.match_indices("main").any(|(at, word)| {
        let before = lower[..at].trim_end_matches([' ', '\t', '\n', '\r']);
        let start = before.trim_end_matches(['i', 'n', 't', 'v', 'o', 'd']);
        let line_start = start.trim_end_matches([' ', '\t']);
        let after = lower[at + word.len()..].trim_start_matches([' ', '\t']);
        let parameters = || after.strip_prefix('(').and_then(|rest| rest.lines().next());
        start.len() < before.len()
            && (line_start.is_empty() || line_start.ends_with('\n'))
            && parameters().is_some_and(|line| line.contains(')'))
    })
}
