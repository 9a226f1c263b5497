//! The templates in this program: every file of the folder `templates/`.

use crate::render::Template;
use crate::render::header::Header;
use crate::source::Sources;

/// Names below `templates/` and texts, sorted by name; the build script lists the folder.
const BUILTIN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// What the paths of built-in templates begin with in messages.
const FOLDER: &str = "<built-in>/";

/// Whether a path that messages show is that of a built-in template, which is no file.
pub fn is_builtin(path: &str) -> bool {
    path.starts_with(FOLDER)
}

/// Adds the texts of all built-in templates, so that messages can show them.
pub fn add_builtin(sources: &mut Sources) -> Vec<Template> {
    let template = |&(name, text): &(&str, &str)| Template {
        name: name.to_owned(),
        source: sources.add(format!("{FOLDER}{name}"), text),
        for_each: Header::of(text).and_then(|header| header.for_each).map(str::to_owned),
    };
    BUILTIN.iter().map(template).collect()
}
