//! The templates in this program: every file of the folder `templates/`.

use std::sync::LazyLock;

use crate::render::Template;
use crate::render::header::{Header, OutputPresence};
use crate::source::Sources;

/// Names below `templates/` and texts, sorted by name; the build script lists the folder.
const BUILTIN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// What the names and texts say, read once for all documents of a run.
static KNOWN: LazyLock<Vec<BuiltinTemplate>> =
    LazyLock::new(|| BUILTIN.iter().map(|&(name, text)| BuiltinTemplate::new(name, text)).collect());

/// What the paths of built-in templates begin with in messages.
const FOLDER: &str = "<built-in>/";

/// A template in this program.
struct BuiltinTemplate {
    name: &'static str,
    /// The path that messages show.
    path: String,
    text: &'static str,
    header: Header<'static>,
}

impl BuiltinTemplate {
    fn new(name: &'static str, text: &'static str) -> Self {
        Self { name, path: format!("{FOLDER}{name}"), text, header: Header::of(text).unwrap_or_default() }
    }
}

/// Whether a path that messages show is that of a built-in template, which is no file.
pub fn is_builtin(path: &str) -> bool {
    path.starts_with(FOLDER)
}

/// The outputs that are made only where the configuration asks for them.
pub fn optional_outputs() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().filter(|known| known.header.presence == OutputPresence::Optional).map(|known| output_of(known.name))
}

/// Adds the texts of the built-in templates, so that messages can show them; of the optional ones, those of the named
/// outputs.
pub fn add_builtin(sources: &mut Sources, optional: &[String]) -> Vec<Template> {
    let wanted = KNOWN.iter().filter(|known| is_wanted(known.name, &known.header, optional));
    let template = |known: &'static BuiltinTemplate| Template {
        name: known.name.to_owned(),
        source: sources.add_static(&known.path, known.text),
        for_each: known.header.for_each.map(str::to_owned),
    };
    wanted.map(template).collect()
}

/// Whether a template gives an output by itself, or its output is among the optional ones that are asked for.
pub fn is_asked_for(template: &str, text: &str, optional: &[String]) -> bool {
    is_wanted(template, &Header::of(text).unwrap_or_default(), optional)
}

fn is_wanted(template: &str, header: &Header<'_>, optional: &[String]) -> bool {
    header.presence == OutputPresence::Always || optional.iter().any(|wanted| wanted == output_of(template))
}

/// The name of a template's output: `a/b.sh.shell.j2` gives `a/b.sh`.
pub fn output_of(template: &str) -> &str {
    let name = template.strip_suffix(".j2").unwrap_or(template);
    name.rsplit_once('.').map_or(name, |(output, _)| output)
}
