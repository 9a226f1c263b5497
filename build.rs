//! Lists the files of `templates/`, so that the folder is the only list of built-in templates.
#![expect(clippy::disallowed_methods, reason = "a build script reads the project and writes what the crate includes")]

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=templates");
    let mut names = Vec::new();
    collect(&variable("CARGO_MANIFEST_DIR")?.join("templates"), "", &mut names)?;
    names.sort();
    let mut list = "&[\n".to_owned();
    for name in names {
        let text = format!(r#"include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", {name:?}))"#);
        writeln!(list, "    ({name:?}, {text}),").map_err(io::Error::other)?;
    }
    list.push_str("]\n");
    fs::write(variable("OUT_DIR")?.join("templates.rs"), list)
}

/// Cargo sets it for every build script.
fn variable(name: &str) -> io::Result<PathBuf> {
    env::var_os(name).map(PathBuf::from).ok_or_else(|| io::Error::other(format!("{name} is not set")))
}

/// The names of all files below a folder, with `/` between folders.
fn collect(folder: &Path, above: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{above}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}
