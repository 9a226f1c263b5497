//! The source files as syntax trees: which file uses which. Code of tests does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, UseTree};

/// A module as the names of those around it and its own: `["org", "scan"]`.
pub(crate) type ModulePath = Vec<String>;

/// What one file has.
pub(crate) struct Code {
    /// Paths of other items of the crate that it names, each as a module path with the item's own name behind it.
    pub(crate) named: BTreeSet<ModulePath>,
}

/// All files below `src`, but for `lib.rs` and `main.rs`.
pub(crate) fn read(src: &Path) -> BTreeMap<ModulePath, Code> {
    let files = super::rust_files(src).into_iter().map(|path| {
        let below = path.strip_prefix(src).unwrap().with_extension("");
        let module: ModulePath = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let tree = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut reader = Reader { module: &module, code: Code { named: BTreeSet::new() } };
        reader.visit_file(&tree);
        let code = reader.code;
        (module, code)
    });
    files.filter(|(module, _)| !matches!(&module.join("/")[..], "lib" | "main")).collect()
}

struct Reader<'m> {
    module: &'m ModulePath,
    code: Code,
}

impl Reader<'_> {
    fn name(&mut self, path: &[String]) {
        let mut absolute = self.module.clone();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate") => {
                absolute.clear();
                rest = &path[1..];
            }
            Some("self") => rest = &path[1..],
            _ => {}
        }
        while rest.first().is_some_and(|part| part == "super") {
            absolute.pop();
            rest = &rest[1..];
        }
        absolute.extend_from_slice(rest);
        self.code.named.insert(absolute);
    }

    fn name_all(&mut self, tree: &UseTree, before: &mut Vec<String>) {
        let length = before.len();
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.name_all(&path.tree, before);
            }
            UseTree::Group(group) => group.items.iter().for_each(|item| self.name_all(item, before)),
            UseTree::Name(name) => {
                before.push(name.ident.to_string());
                self.name(before);
            }
            UseTree::Rename(name) => {
                before.push(name.ident.to_string());
                self.name(before);
            }
            UseTree::Glob(_) => self.name(before),
        }
        before.truncate(length);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_test(&item.attrs) {
            self.name_all(&item.tree, &mut Vec::new());
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            self.name(&names);
        }
        visit::visit_path(self, path);
    }
}

/// Whether an item is compiled for tests alone.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}
