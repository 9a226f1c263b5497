//! The templates in this program: every file of the folder `templates/`.

use crate::render::Template;
use crate::render::header::{Header, OutputPresence};
use crate::source::Sources;

/// Names below `templates/` and texts, sorted by name; the build script lists the folder.
const BUILTIN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// What the paths of built-in templates begin with in messages.
const FOLDER: &str = "<built-in>/";

/// Whether a path that messages show is that of a built-in template, which is no file.
pub fn is_builtin(path: &str) -> bool {
    path.starts_with(FOLDER)
}

/// The outputs that are made only where the configuration asks for them.
pub fn optional_outputs() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().filter(|(_, text)| presence(text) == OutputPresence::Optional).map(|(name, _)| output_of(name))
}

/// Adds the texts of the built-in templates, so that messages can show them; of the optional ones, those of the named
/// outputs.
pub fn add_builtin(sources: &mut Sources, optional: &[String]) -> Vec<Template> {
    let template = |&(name, text): &(&str, &str)| Template {
        name: name.to_owned(),
        source: sources.add(format!("{FOLDER}{name}"), text),
        for_each: Header::of(text).and_then(|header| header.for_each).map(str::to_owned),
    };
    BUILTIN.iter().filter(|(name, text)| is_asked_for(name, text, optional)).map(template).collect()
}

/// Whether a template gives an output by itself, or its output is among the optional ones that are asked for.
pub fn is_asked_for(template: &str, text: &str, optional: &[String]) -> bool {
    presence(text) == OutputPresence::Always || optional.iter().any(|wanted| wanted == output_of(template))
}

fn presence(template: &str) -> OutputPresence {
    Header::of(template).unwrap_or_default().presence
}

/// The name of a template's output: `a/b.sh.shell.j2` gives `a/b.sh`.
pub fn output_of(template: &str) -> &str {
    let name = template.strip_suffix(".j2").unwrap_or(template);
    name.rsplit_once('.').map_or(name, |(output, _)| output)
}
