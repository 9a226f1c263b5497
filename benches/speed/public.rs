//! Org files as people write them: all of a folder in one run, beside one Emacs that tangles them one after the other.
//!
//! The folder is what `ORG_FILES` names; its files are copied, and the copies are tangled. A document with an error, such as
//! a target outside of the folder, stops our run for all of them, so that neither program gets it. Bytes are compared as
//! well: each output that differs is named.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::process::{self, Folder, Used};
use crate::{MEGABYTE, milliseconds};

const TANGLE_ALL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/speed/tangle-all.el");

/// Measures both, if there is a folder to measure with.
pub(crate) fn measure() {
    let Some(files) = std::env::var_os("ORG_FILES").map(PathBuf::from) else {
        println!("public: ORG_FILES names no folder of Org files");
        return;
    };
    let folder = Folder::new();
    let documents = copied(&files, &folder);
    let refused = process::documents_with_errors(&folder, &documents);
    let tangled: Vec<&str> =
        documents.iter().map(String::as_str).filter(|document| !refused.contains(*document)).collect();
    println!("{} Org files, of which {} have an error for us and are left out", documents.len(), refused.len());
    let ours = process::used(&folder, &tangled);
    let our_outputs = taken_outputs(&folder, &documents);
    let theirs = process::used_by("emacs", &folder, &[&["-Q", "--batch", "-l", TANGLE_ALL][..], &tangled].concat());
    let their_outputs = taken_outputs(&folder, &documents);
    let line = |name: &str, used: &Used| {
        let [wall, processor] = [used.wall, used.processor].map(milliseconds);
        println!("{name:<48} {wall:>10}   processor {processor:>10}   {:>5} MB", used.memory / MEGABYTE);
    };
    line(&format!("{} files in one run", tangled.len()), &ours);
    line("  the same, one Emacs", &theirs);
    let [wall, processor] = [(theirs.wall, ours.wall), (theirs.processor, ours.processor)]
        .map(|(theirs, ours)| theirs.as_secs_f64() / ours.as_secs_f64());
    println!("  {wall:.0} times less time, {processor:.0} times less processor time");
    compare(&our_outputs, &their_outputs);
}

/// Texts by their paths below the folder.
type Outputs = BTreeMap<PathBuf, Vec<u8>>;

/// What a program wrote into the folder, which is then as it was before.
fn taken_outputs(folder: &Folder, documents: &[String]) -> Outputs {
    let root = folder.path("");
    let documents: BTreeSet<&Path> = documents.iter().map(Path::new).collect();
    let outputs = below(&root).into_iter().filter(|path| !documents.contains(path.as_path()));
    let take = |path: PathBuf| {
        let text = fs::read(root.join(&path)).unwrap();
        fs::remove_file(root.join(&path)).unwrap();
        (path, text)
    };
    outputs.map(take).collect()
}

/// Copies all Org files; gives their paths below the folder.
fn copied(files: &Path, folder: &Folder) -> Vec<String> {
    let is_document = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "org");
    let documents = below(files).into_iter().filter(is_document).filter_map(|path| path.to_str().map(str::to_owned));
    let documents: Vec<String> = documents.collect();
    for document in &documents {
        let copy = folder.path(document);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(files.join(document), copy).unwrap();
    }
    documents
}

/// The paths of all files below a folder, without it.
fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    files.map(|entry| entry.path().strip_prefix(folder).unwrap().to_owned()).collect()
}

fn compare(ours: &Outputs, theirs: &Outputs) {
    let paths: BTreeSet<&PathBuf> = ours.keys().chain(theirs.keys()).collect();
    let differing: Vec<_> = paths.iter().filter(|path| ours.get(**path) != theirs.get(**path)).collect();
    println!("  {} outputs, {} of them with the same bytes", paths.len(), paths.len() - differing.len());
    for path in differing {
        let what = match (ours.get(*path), theirs.get(*path)) {
            (Some(_), Some(_)) => "differs",
            (Some(_), None) => "is ours alone",
            (None, _) => "is Emacs' alone",
        };
        println!("    {} {what}", path.display());
    }
}
