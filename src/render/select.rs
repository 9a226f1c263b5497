//! Which outputs there are: from the names of templates, and the rows that a template is repeated for.
//!
//! What a template renders to is not known here; what it is called, and that no two outputs are the same file, is.

use std::collections::HashMap;
use std::path::{Component, Path};

use crate::diagnostic::{Code, Diagnostic, closest};
use crate::render::header::Header;
use crate::render::model::ModelNode;
use crate::render::quote::Language;
use crate::render::{RenderRequest, Template};
use crate::source::Sources;

/// A file to render.
#[derive(Debug)]
pub(crate) struct SelectedOutput<'a> {
    /// Where it goes, relative to the folder of the outputs.
    pub(crate) path: String,
    /// What it is made from.
    pub(crate) template: &'a Template,
    /// Its row: the name of a list or table, and the index in it.
    pub(crate) row: Option<(&'a str, usize)>,
}

/// All outputs of a request, sorted by path. Templates that cannot have any go to `found`.
///
/// A template of the project that replaces a built-in one is of use where that one is, unless it says more itself.
pub(crate) fn select<'a>(
    request: &RenderRequest<'a>,
    model: &ModelNode,
    sources: &'a Sources,
    found: &mut Vec<Diagnostic>,
) -> Vec<SelectedOutput<'a>> {
    let own = named(request.own, request, found);
    let builtin = named(request.builtin, request, found);
    let header = |template: &Template| Header::of(sources.get(template.source).text());
    let replaced = |output: &str| builtin.iter().find(|(name, _)| *name == output).map(|(_, template)| *template);
    let kept = builtin.iter().filter(|(output, _)| own.iter().all(|(name, _)| name != output));
    let mut outputs = Vec::new();
    for (output, template) in kept.chain(&own) {
        let header = header(template).or_else(|| replaced(output).and_then(header)).unwrap_or_default();
        let for_each = template.for_each.as_deref().or(header.for_each);
        let paths = is_needed(&header, model)
            .and_then(|needed| if needed { paths(output, template, for_each, model) } else { Ok(Vec::new()) });
        match paths {
            Ok(paths) => outputs.extend(paths),
            Err(reason) => found.push(misnamed(template, request, &reason)),
        }
    }
    outputs.sort_by(|a, b| a.path.cmp(&b.path));
    refuse_twins(&outputs, request, found);
    outputs
}

/// The templates that give outputs, each with the name of its output.
fn named<'a>(
    templates: &'a [Template],
    request: &RenderRequest<'_>,
    found: &mut Vec<Diagnostic>,
) -> Vec<(&'a str, &'a Template)> {
    templates.iter().filter_map(|template| Some((output_name(template, request, found)?, template))).collect()
}

/// Whether all lists that a template needs have rows.
fn is_needed(header: &Header<'_>, model: &ModelNode) -> Result<bool, String> {
    let mut needed = true;
    for list in &header.needs {
        let rows =
            rows(model, list).ok_or_else(|| format!("needs the rows of `{list}`, but there is no such table"))?;
        needed &= !rows.is_empty();
    }
    Ok(needed)
}

/// The rows of a list of the model, else of a named table.
fn rows<'m>(model: &'m ModelNode, list: &str) -> Option<&'m [ModelNode]> {
    let table = || model.get("tables").and_then(|tables| tables.get(list));
    model.get(list).or_else(table).and_then(ModelNode::rows)
}

/// The output part of a template's name; none for a part, or for a name that has no language.
fn output_name<'a>(
    template: &'a Template,
    request: &RenderRequest<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<&'a str> {
    let split = template.name.strip_suffix(".j2").and_then(|name| name.rsplit_once('.'));
    let known = split.filter(|(output, language)| !output.is_empty() && Language::from_name(language).is_some());
    let Some((output, _)) = known else {
        let languages = Language::ALL.map(|(name, _)| name);
        let written = split.map_or("", |(_, language)| language);
        let reason = match closest(written, languages) {
            Some(near) => format!("does not end in a known language; did you mean `.{near}.j2`?"),
            None => format!("does not end in `.LANGUAGE.j2` with one of {}", languages.join(", ")),
        };
        found.push(misnamed(template, request, &reason));
        return None;
    };
    let file = output.rsplit('/').next().unwrap_or(output);
    (!file.starts_with('_')).then_some(output)
}

/// The paths of a template's outputs: one, or one for each row.
fn paths<'a>(
    output: &str,
    template: &'a Template,
    for_each: Option<&'a str>,
    model: &ModelNode,
) -> Result<Vec<SelectedOutput<'a>>, String> {
    let Some(list) = for_each else {
        return match safe_path(output) {
            true if output.contains('{') => Err("has `{` in it but is not repeated for the rows of a table".to_owned()),
            true => Ok(vec![SelectedOutput { path: output.to_owned(), template, row: None }]),
            false => Err("leads out of the folder of the outputs".to_owned()),
        };
    };
    let rows = rows(model, list)
        .ok_or_else(|| format!("is to be repeated for the rows of `{list}`, but there is no such table"))?;
    rows.iter()
        .enumerate()
        .map(|(index, row)| Ok(SelectedOutput { path: row_path(output, row)?, template, row: Some((list, index)) }))
        .collect()
}

/// The path with each `{column}` replaced by the row's value.
fn row_path(output: &str, row: &ModelNode) -> Result<String, String> {
    let mut path = String::new();
    let mut rest = output;
    while let Some((before, column, after)) = rest.split_once('{').and_then(|(before, after)| {
        let (column, after) = after.split_once('}')?;
        Some((before, column, after))
    }) {
        let value = row.get(column).and_then(ModelNode::leaf);
        let value = value.ok_or_else(|| format!("names the column `{column}`, which the table does not have"))?;
        if value.text.contains('/') || value.text.chars().any(char::is_control) {
            return Err(format!("would make a path of `{}`", value.text.escape_debug()));
        }
        path.push_str(before);
        path.push_str(&value.text);
        rest = after;
    }
    path.push_str(rest);
    if safe_path(&path) { Ok(path) } else { Err(format!("would be written to `{path}`")) }
}

/// Whether a path stays where it is put: names only, no `..`, nothing absolute.
fn safe_path(path: &str) -> bool {
    let named = |component| matches!(component, Component::Normal(_));
    !path.is_empty()
        && Path::new(path).components().all(named)
        && !path.split('/').any(|part| part.is_empty() || part == ".")
}

fn refuse_twins(outputs: &[SelectedOutput<'_>], request: &RenderRequest<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen = HashMap::new();
    for output in outputs {
        if let Some(first) = seen.insert(&output.path, output.template) {
            let reason = format!("gives `{}`, which `{}` gives as well", output.path, first.name);
            found.push(misnamed(output.template, request, &reason));
        }
    }
}

fn misnamed(template: &Template, request: &RenderRequest<'_>, reason: &str) -> Diagnostic {
    Diagnostic::new(
        Code::MisnamedTemplate,
        request.network.bridge.span,
        format!("template `{}` {reason}", template.name),
        "rename the template's file, or correct `for-each` in the configuration",
    )
}

#[cfg(test)]
mod tests {
    use super::{row_path, safe_path};
    use crate::render::model::{Leaf, ModelNode};
    use crate::render::quote::QuoteKind;

    #[track_caller]
    fn check(output: &str, name: &str, expected: Result<&str, &str>) {
        let leaf = ModelNode::Leaf(Leaf { text: name.to_owned(), kind: QuoteKind::Text, span: None });
        let path = row_path(output, &ModelNode::Map(vec![("name".into(), leaf)]));
        assert_eq!(path.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn a_row_names_its_output_and_cannot_lead_elsewhere() {
        check("seeds/{name}/meta-data", "cp", Ok("seeds/cp/meta-data"));
        check("{name}-{name}", "a", Ok("a-a"));
        check("{other}", "a", Err("names the column `other`, which the table does not have"));
        check("seeds/{name}/x", "..", Err("would be written to `seeds/../x`"));
        check("{name}", "a/b", Err("would make a path of `a/b`"));
        check("{name}", "a\nb", Err("would make a path of `a\\nb`"));
        check("{name}", "", Err("would be written to ``"));
    }

    #[test]
    fn a_path_is_safe_if_it_only_goes_down() {
        assert!(safe_path("cloud-init/user-data"));
        for path in ["/etc/passwd", "../x", "a//b", "a/./b", "a/", ""] {
            assert!(!safe_path(path), "{path}");
        }
    }
}
