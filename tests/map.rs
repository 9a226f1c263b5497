//! The source map of every document the project has: each output byte has one origin, and the way there leads back.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests read documents from files; a failed step fails the test"
)]

use std::fs;
use std::path::{Path, PathBuf};

use qvm_tangle::artifact::{Artifact, OriginKind, Producer};
use qvm_tangle::compile;
use qvm_tangle::map;
use qvm_tangle::source::Sources;
use qvm_tangle::tangle::Languages;
use qvm_tangle::workspace;
use qvm_tangle::workspace::load::{DocumentOptions, Loaded, Settings};

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
    let (_, rest) = text.split_once("\n=== input\n")?;
    Some(rest.split("\n=== ").next().unwrap_or_default().to_owned() + "\n")
}

/// With its project's own templates and picture, and with every language's Babel support, whose text is generated too.
fn settings(path: &Path) -> Settings {
    // Some fixtures are wrong configurations.
    let project = workspace::project(None, path).unwrap_or_default();
    let languages = Languages::parse(["all"]).unwrap();
    Settings::new(&project, DocumentOptions { languages, ..DocumentOptions::default() }).unwrap()
}

/// Calls `examine` with every output of every document.
fn each_artifact(mut examine: impl FnMut(&Sources, &Artifact)) {
    for (path, text) in documents() {
        for settings in [Settings::default(), settings(&path)] {
            let loaded = Loaded::read(&path, Some(&text), &settings).unwrap();
            let (compilation, _) = compile::compile(&loaded.inputs());
            for artifact in &compilation.artifacts {
                examine(&loaded.sources, artifact);
            }
        }
    }
}

#[test]
fn every_byte_of_every_output_has_one_origin_and_copies_equal_it() {
    let mut outputs = 0;
    each_artifact(|sources, artifact| {
        outputs += 1;
        let path = artifact.path.display();
        let mut start = 0;
        for origin in &artifact.origins {
            let end = origin.end as usize;
            assert!(end > start, "{path}: an origin of no byte at {start}");
            let text = artifact.text.get(start..end).unwrap_or_else(|| panic!("{path}: {start}..{end} cuts a letter"));
            let from = sources.get(origin.from.source).text().get(origin.from.range());
            assert!(from.is_some(), "{path}: {:?} is no part of its source", origin.from);
            assert!(origin.way != OriginKind::Copied || from == Some(text), "{path}: {text:?} is no copy of {from:?}");
            start = end;
        }
        assert_eq!(start, artifact.text.len(), "{path}: bytes without origin");
    });
    assert!(outputs > 1000, "only {outputs} outputs were examined");
}

/// A map without copies would be true as well, and of no use.
#[test]
fn what_is_not_made_up_counts_as_a_copy() {
    each_artifact(|sources, artifact| {
        let (mut start, mut copied) = (0, 0);
        for origin in &artifact.origins {
            let text = &artifact.text[start..origin.end as usize];
            let from = sources.slice(origin.from);
            let path = artifact.path.display();
            if origin.way == OriginKind::Copied {
                copied += text.len();
            } else if artifact.producer == Producer::Blocks {
                assert_ne!(text, from, "{path}: a copy that is not known as one");
            } else if artifact.producer == Producer::Template && origin.way == OriginKind::Derived {
                assert_eq!(from, "document", "{path}: {text:?} is neither copied nor a value");
            }
            start = origin.end as usize;
        }
        // The person's own blocks have no generated text but shebang lines.
        if artifact.producer == Producer::Blocks && artifact.path.ends_with("gen-host-cert.sh") {
            assert!(copied * 10 > start * 9, "only {copied} of {start} bytes are copies");
        }
    });
}

#[test]
fn from_any_byte_to_its_source_and_back_leads_to_the_byte_again() {
    each_artifact(|_, artifact| {
        for offset in (0..artifact.text.len()).filter(|&at| artifact.text.as_bytes()[at] != b'\n').step_by(23) {
            let found = map::at(artifact, offset).unwrap();
            assert!(found.output.contains(&offset), "{}: {offset} gave {found:?}", artifact.path.display());
            if matches!(found.made, map::MadeFrom::Template | map::MadeFrom::Picture) {
                continue;
            }
            let back = map::made_from(artifact, found.document);
            let holds = back.iter().any(|mapping| mapping.output.contains(&offset));
            assert!(holds, "{}: {offset} came from {:?}, which gave {back:?}", artifact.path.display(), found.document);
        }
    });
}
