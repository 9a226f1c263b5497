//! The source map of every document the project has: each output byte has one origin, and the way there leads back.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests read documents from files; a failed step fails the test"
)]

use std::fs;
use std::path::{Path, PathBuf};

use qvm_tangle::artifact::{Artifact, Producer};
use qvm_tangle::compile;
use qvm_tangle::map;
use qvm_tangle::source::Sources;
use qvm_tangle::workspace::load::{Loaded, Settings};

/// Every document the project has, each with the path it is read under: whole files and the inputs of recorded cases.
fn documents() -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents = Vec::new();
    for folder in ["org", "tests"] {
        for entry in walkdir::WalkDir::new(root.join(folder)).sort_by_file_name() {
            let path = entry.unwrap().into_path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("org") => documents.push((path.clone(), fs::read(&path).unwrap())),
                Some("txt") => {
                    documents.extend(input(&path).map(|text| (path.with_extension("org"), text.into_bytes())));
                }
                Some(_) | None => {}
            }
        }
    }
    documents
}

/// The document of a recorded case; the few with bytes that are not text serve as well without them.
fn input(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).unwrap();
    let (_, behind) = text.split_once("\n=== input\n")?;
    Some(behind.split("\n=== ").next().unwrap_or_default().to_owned() + "\n")
}

/// Calls `examine` with every output of every document.
fn each_artifact(mut examine: impl FnMut(&Sources, &Artifact)) -> usize {
    let mut count = 0;
    for (path, text) in documents() {
        let loaded = Loaded::read(&path, Some(&text), &Settings::default()).unwrap();
        let (compilation, _) = compile::compile(&loaded.inputs());
        for artifact in &compilation.artifacts {
            examine(&loaded.sources, artifact);
        }
        count += compilation.artifacts.len();
    }
    count
}

#[test]
fn every_byte_of_every_output_has_one_origin_and_copies_equal_it() {
    let outputs = each_artifact(|sources, artifact| {
        let path = artifact.path.display();
        let mut start = 0;
        for origin in &artifact.origins {
            let end = origin.end as usize;
            assert!(end > start, "{path}: an origin of no byte at {start}");
            let text = artifact.text.get(start..end).unwrap_or_else(|| panic!("{path}: {start}..{end} cuts a letter"));
            let from = sources.get(origin.from.source).text().get(origin.from.range());
            assert!(from.is_some(), "{path}: {:?} is no part of its source", origin.from);
            assert!(!origin.verbatim || from == Some(text), "{path}: {text:?} is no copy of {from:?}");
            start = end;
        }
        assert_eq!(start, artifact.text.len(), "{path}: bytes without origin");
    });
    assert!(outputs > 500, "only {outputs} outputs were examined");
}

#[test]
fn from_any_byte_to_its_source_and_back_leads_to_the_byte_again() {
    each_artifact(|_, artifact| {
        for offset in (0..artifact.text.len()).filter(|&at| artifact.text.as_bytes()[at] != b'\n').step_by(23) {
            let found = map::at(artifact, offset).unwrap();
            assert!(found.output.contains(&offset), "{}: {offset} gave {found:?}", artifact.path.display());
            if artifact.producer == Producer::Template && found.made == map::Made::Template {
                continue;
            }
            let back = map::made_from(artifact, found.document);
            let holds = back.iter().any(|mapping| mapping.output.contains(&offset));
            assert!(holds, "{}: {offset} came from {:?}, which gave {back:?}", artifact.path.display(), found.document);
        }
    });
}
