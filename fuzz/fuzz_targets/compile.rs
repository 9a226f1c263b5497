//! Any bytes compile without a panic: `cargo +nightly fuzz run compile ../tests/fixtures`.
#![no_main]

use std::path::{Path, PathBuf};

use libfuzzer_sys::fuzz_target;
use qvm_tangle::compile::{self, Inputs};
use qvm_tangle::org;
use qvm_tangle::render;
use qvm_tangle::report::{ReportStyle, human};
use qvm_tangle::source::{Sources, decode};
use qvm_tangle::tangle::TangleEnvironment;

fuzz_target!(|bytes: &[u8]| {
    let decoded = decode::decode(bytes.to_vec());
    let mut sources = Sources::default();
    let document = sources.add("fuzz.org", decoded.text);
    let document = org::parse(sources.shared(document));
    let builtin_templates = render::add_builtin(&mut sources, &[]);
    let surroundings = TangleEnvironment {
        document: PathBuf::from("/project/fuzz.org"),
        base: PathBuf::from("/project"),
        home: PathBuf::from("/home/user"),
        ..TangleEnvironment::default()
    };
    let inputs = Inputs {
        sources: &sources,
        document: &document,
        unwritable: decoded.unwritable,
        file_name: "fuzz.org",
        seen_from_graph: "fuzz.org",
        surroundings: &surroundings,
        builtin_templates: &builtin_templates,
        own_templates: &[],
        graph: Some(Path::new("/project/network.svg")),
    };
    let (_, mut found) = compile::compile(&inputs);
    compile::finish_diagnostics(&inputs, &mut found);
    for diagnostic in &found {
        let _ = human::render(&sources, diagnostic, ReportStyle::Plain);
    }
});
