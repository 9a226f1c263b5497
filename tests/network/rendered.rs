//! Documents of `tests/network/documents`, read and rendered as the program does it.

#![expect(dead_code, reason = "each test uses a part of it")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "it belongs to the tests")]
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use qvm_tangle::artifact::Artifact;
use qvm_tangle::diagnostic::{Diagnostic, Severity, place};
use qvm_tangle::network::{self, Network};
use qvm_tangle::org;
use qvm_tangle::render::{self, RenderRequest, Template};
use qvm_tangle::source::Sources;

/// A document, its network, and the templates to render it with.
pub(crate) struct Project {
    pub(crate) sources: Sources,
    pub(crate) networks: Vec<Network>,
    pub(crate) builtin: Vec<Template>,
    pub(crate) own: Vec<Template>,
    pub(crate) name: String,
}

impl Project {
    pub(crate) fn of(document: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/network/documents").join(document);
        Self::new(document, &fs::read_to_string(path).unwrap())
    }

    pub(crate) fn new(name: &str, text: &str) -> Self {
        let mut sources = Sources::default();
        let optional: Vec<_> = render::optional_outputs().map(str::to_owned).collect();
        let builtin = render::add_builtin(&mut sources, &optional);
        let id = sources.add(name, text);
        let mut found = Vec::new();
        let networks = network::read(org::parse(sources.shared(id)).document(), &mut found);
        let errors: Vec<&Diagnostic> = found.iter().filter(|it| it.severity == Severity::Error).collect();
        assert!(!networks.is_empty(), "{name} has no network: {errors:?}");
        Self { sources, networks, builtin, own: Vec::new(), name: name.to_owned() }
    }

    /// Adds a template as if from the project's own folder.
    pub(crate) fn template(mut self, name: &str, text: &str, for_each: Option<&str>) -> Self {
        let source = self.sources.add(format!("templates/{name}"), text);
        self.own.push(Template { name: name.to_owned(), source, for_each: for_each.map(str::to_owned) });
        self
    }

    pub(crate) fn request(&self) -> RenderRequest<'_> {
        RenderRequest {
            network: &self.networks[0],
            document: &self.name,
            builtin: &self.builtin,
            own: &self.own,
            headings: &[],
            folder: Path::new("/generated"),
        }
    }

    /// The artifacts, or the diagnostics as `place: code: message`.
    pub(crate) fn render(&self) -> Result<Vec<Artifact>, Vec<String>> {
        let mut found = Vec::new();
        let artifacts = render::render_all(&self.networks, &self.request(), &self.sources, &mut found);
        if found.is_empty() { Ok(artifacts) } else { Err(self.lines(&found)) }
    }

    pub(crate) fn lines(&self, found: &[Diagnostic]) -> Vec<String> {
        let line = |it: &Diagnostic| {
            let labels: Vec<String> = it.labels.iter().map(|label| place(&self.sources, label.span)).collect();
            format!("{}: {}: {} [{}]", place(&self.sources, it.span), it.code.name(), it.message, labels.join(" "))
        };
        found.iter().map(line).collect()
    }

    /// The text of one output.
    pub(crate) fn output(&self, path: &str) -> String {
        let artifacts = self.render().unwrap();
        let wanted = Path::new("/generated").join(path);
        artifacts.into_iter().find(|it| it.path == wanted).unwrap_or_else(|| panic!("no {path}")).text
    }
}

/// The names of all documents.
pub(crate) fn documents() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/network/documents");
    let mut names: Vec<String> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.strip_suffix(".org").is_some());
    names.sort();
    names
}

/// Writes artifacts below a folder of the test's own, and gives their new paths.
pub(crate) fn write(artifacts: &[Artifact], folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let _ = fs::remove_dir_all(&folder);
    let mut paths = Vec::new();
    for artifact in artifacts {
        let path = folder.join(artifact.path.strip_prefix("/generated").unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &artifact.text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(artifact.mode.unwrap())).unwrap();
        paths.push(path);
    }
    paths
}
