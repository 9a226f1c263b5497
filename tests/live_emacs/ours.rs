//! Our answer to a document, in this process: the compiler and the look at the disk, without the writing.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use qvm_tangle::compile::{self, Inputs};
use qvm_tangle::diagnostic::{Code, Diagnostic, Severity, place};
use qvm_tangle::drift::OnDisk;
use qvm_tangle::org;
use qvm_tangle::render;
use qvm_tangle::source::{Sources, decode};
use qvm_tangle::tangle::{self, Languages, TangleEnvironment};
use qvm_tangle::workspace::confine::Roots;
use qvm_tangle::workspace::observe::Observed;

use crate::bytes::masked;
use crate::case_file::CaseFile;
use crate::emacs::ENVIRONMENT;
use crate::generate::{Document, Profile};

/// What our program makes of a document.
#[derive(Debug)]
pub(crate) struct Ours {
    /// Codes of errors; with one nothing is written.
    pub(crate) errors: Vec<Code>,
    /// Codes of warnings.
    pub(crate) warnings: Vec<Code>,
    /// Errors for people.
    pub(crate) messages: Vec<String>,
    /// Files that would be made or changed, sorted by name.
    pub(crate) writes: Vec<CaseFile>,
}

/// Puts the document and the files beside it into a folder.
pub(crate) fn lay_out(document: &Document, folder: &Path) {
    fs::create_dir_all(folder.join("home")).unwrap();
    let input = CaseFile { name: b"input.org".to_vec(), mode: 0o644, bytes: document.text.clone() };
    for file in std::iter::once(&input).chain(&document.before) {
        let path = folder.join(OsStr::from_bytes(&file.name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &file.bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(file.mode)).unwrap();
    }
}

/// Our answer to a document that lies in a folder.
pub(crate) fn answer(document: &Document, folder: &Path) -> Ours {
    let decoded = decode::decode(document.text.clone());
    let mut sources = Sources::default();
    let id = sources.add("input.org", decoded.text);
    let builtin_templates = render::add_builtin(&mut sources, &[]);
    let path = folder.join("input.org");
    let home = folder.join("home");
    let mut environment: BTreeMap<String, String> =
        ENVIRONMENT.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    environment.insert("HOME".to_owned(), home.display().to_string());
    let parsed = org::parse(sources.shared(id));
    let setup_files = tangle::read_setup_files(parsed.document(), folder, &home, |path| {
        let Ok(bytes) = fs::read(path) else { return Ok::<_, Infallible>(None) };
        let id = sources.add(path.display().to_string(), decode::decode(bytes).text);
        Ok(Some(Arc::clone(sources.shared(id))))
    });
    let surroundings = TangleEnvironment {
        document: path.clone(),
        base: folder.to_owned(),
        home,
        languages: if document.profile == Profile::All { Languages::All } else { Languages::None },
        shell: "/bin/sh".to_owned(),
        setup_files: setup_files.unwrap(),
        environment,
        ..TangleEnvironment::default()
    };
    let inputs = Inputs {
        sources: &sources,
        document: &parsed,
        unwritable: decoded.unwritable,
        file_name: "input.org",
        seen_from_graph: "input.org",
        surroundings: &surroundings,
        builtin_templates: &builtin_templates,
        own_templates: &[],
        graph: None,
    };
    let (compilation, mut found) = compile::compile(&inputs);
    let mut observed = Observed::default();
    let roots = Roots::new(folder, &[]).unwrap();
    observed.artifacts(&compilation.artifacts, &path, &roots, &mut found).unwrap();
    compile::finish_diagnostics(&inputs, &mut found);
    let mut writes: Vec<CaseFile> = Vec::new();
    for artifact in &compilation.artifacts {
        let before = observed.on_disk.get(&artifact.path);
        let (old, present) = match before {
            Some(OnDisk::File { bytes, mode }) => (Some(bytes.as_slice()), *mode),
            Some(OnDisk::Missing) | None => (None, 0o644),
        };
        let mode = artifact.mode.unwrap_or(present);
        if old != Some(artifact.text.as_bytes()) || mode != present {
            let name = artifact.path.strip_prefix(folder).unwrap().as_os_str().as_bytes().to_vec();
            writes.push(CaseFile { name, mode, bytes: masked(artifact.text.as_bytes(), folder) });
        }
    }
    writes.sort();
    let codes = |severity| found.iter().filter(|one| one.code.severity() == severity).map(|one| one.code).collect();
    Ours {
        errors: codes(Severity::Error),
        warnings: codes(Severity::Warning),
        messages: found
            .iter()
            .filter(|one| one.code.severity() == Severity::Error)
            .map(|one| shown(&sources, one))
            .collect(),
        writes,
    }
}

fn shown(sources: &Sources, diagnostic: &Diagnostic) -> String {
    format!("{}: {}: {}", place(sources, diagnostic.span), diagnostic.code.name(), diagnostic.message)
}
