//! The source files as syntax trees: which file uses which, what its functions take, which types it defines. Code of tests does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{
    Attribute, FnArg, ImplItemFn, Item, ItemFn, ItemImpl, ItemMod, ItemUse, Signature, TraitItemFn, Type, UseTree,
};

/// A module as the names of those around it and its own: `["org", "scan"]`.
pub(crate) type ModulePath = Vec<String>;

/// What one file has.
pub(crate) struct Code {
    /// Paths of other items of the crate that it names, each as a module path with the item's own name at its end.
    pub(crate) named: BTreeSet<ModulePath>,
    /// Its functions.
    pub(crate) functions: Vec<Function>,
    /// The names of the structs, enums, traits and type aliases that it defines.
    pub(crate) types: BTreeSet<String>,
}

/// A function and what it takes.
pub(crate) struct Function {
    pub(crate) name: String,
    /// How many parameters it has, `self` among them.
    pub(crate) parameters: usize,
    pub(crate) has_flag: bool,
}

/// All files below `src`, but for `lib.rs`, `main.rs` and those of unit tests.
pub(crate) fn read(src: &Path) -> BTreeMap<ModulePath, Code> {
    let files = super::rust_files(src).into_iter().map(|path| {
        let below = path.strip_prefix(src).unwrap().with_extension("");
        let module: ModulePath = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let tree = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut reader = Reader {
            module: &module,
            code: Code { named: BTreeSet::new(), functions: Vec::new(), types: BTreeSet::new() },
        };
        reader.visit_file(&tree);
        let code = reader.code;
        (module, code)
    });
    let is_left_out =
        |module: &ModulePath| matches!(module.last().unwrap().as_str(), "lib" | "main" | "tests" | "testing");
    files.filter(|(module, _)| !is_left_out(module)).collect()
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

    fn function(&mut self, signature: &Signature) {
        let is_flag = |input: &FnArg| match input {
            FnArg::Typed(input) => matches!(&*input.ty, Type::Path(path) if path.path.is_ident("bool")),
            FnArg::Receiver(_) => false,
        };
        self.code.functions.push(Function {
            name: signature.ident.to_string(),
            parameters: signature.inputs.len(),
            has_flag: signature.inputs.iter().any(is_flag),
        });
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let defined = match item {
            Item::Struct(item) => Some((&item.ident, &item.attrs)),
            Item::Enum(item) => Some((&item.ident, &item.attrs)),
            Item::Trait(item) => Some((&item.ident, &item.attrs)),
            Item::Type(item) => Some((&item.ident, &item.attrs)),
            _ => None,
        };
        if let Some((name, _)) = defined.filter(|(_, attributes)| !is_test(attributes)) {
            self.code.types.insert(name.to_string());
        }
        visit::visit_item(self, item);
    }

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

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if !is_test(&item.attrs) {
            self.function(&item.sig);
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        // What implements a trait of somebody else takes what that says.
        if item.trait_.is_none() {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.function(&item.sig);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        self.function(&item.sig);
        visit::visit_trait_item_fn(self, item);
    }
}

/// Whether an item is compiled for tests alone.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}
