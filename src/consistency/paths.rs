//! Paths below `QVM_DIR`: `unwritten-path` for one that is read and that nothing writes, `unmade-folder` for a folder
//! that a tangled block writes to and that nothing makes.
//!
//! Only `QVM_DIR` is followed: it is the folder that all scripts share, and nothing else writes there.

use std::collections::{BTreeMap, BTreeSet};

use crate::artifact::{Artifact, Producer};
use crate::consistency::ROOT;
use crate::consistency::effect::Use;
use crate::consistency::facts::Facts;
use crate::consistency::uses::{PathUse, QvmDirPath, UseSite, ancestors, raw_places, uses};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Spanned};

/// At most this many other places that read a path are shown.
const MOST_LABELS: usize = 3;
/// At most this many diagnostics look for a path that is nearly theirs, and each in as many: a look costs a comparison.
const MOST_HINTS: usize = 50;
const MOST_CANDIDATES: usize = 256;
/// Longer paths are compared with none.
const LONGEST_HINT: usize = 128;

/// What is there once every block and every template's script has run.
#[derive(Default)]
struct FileTree {
    /// Files that are written, and where if a block does.
    files: BTreeMap<String, Option<Span>>,
    /// Folders that must be there for a file below them to be written.
    used: BTreeSet<String>,
    /// Folders that something makes.
    made: BTreeSet<String>,
    /// Places below which anything may be.
    open: BTreeSet<String>,
}

/// Applies both rules.
pub(super) fn check(facts: &Facts<'_, '_>, found: &mut Vec<Diagnostic>) {
    let mut uses = uses(facts);
    let mut tree = FileTree::default();
    for artifact in facts.artifacts.iter().filter(|artifact| artifact.producer == Producer::Template) {
        tree.add_template(artifact);
        uses.extend(reads_of_template(artifact));
    }
    for path_use in &uses {
        tree.add(path_use);
    }
    report_unwritten(&uses, &tree, found);
    report_unmade(&uses, &tree, found);
}

impl FileTree {
    fn add(&mut self, path_use: &PathUse) {
        let QvmDirPath { path, is_partial } = &path_use.place;
        match (path_use.what, is_partial) {
            (Use::Nothing | Use::Read, _) => {}
            (Use::Open, _) | (Use::Write, true) => self.add_open(path),
            (Use::Make, false) => self.made.extend(ancestors(path).map(str::to_owned)),
            (Use::Make, true) => {
                self.made.extend(ancestors(path).map(str::to_owned));
                self.add_open(path);
            }
            (Use::Write, false) => {
                self.files.entry(path.clone()).or_insert(Some(path_use.span));
                self.used.extend(ancestors(path).skip(1).map(str::to_owned));
            }
        }
    }

    fn add_open(&mut self, path: &str) {
        self.open.insert(path.to_owned());
        self.used.extend(ancestors(path).map(str::to_owned));
    }

    /// What a template's script writes, in folders that it makes; one that says nothing may write what it names.
    fn add_template(&mut self, artifact: &Artifact) {
        let Some(touches) = &artifact.touches else {
            for (place, _) in raw_places(Spanned::new(&artifact.text, artifact.declared)) {
                self.add_open(&place.path);
            }
            return;
        };
        for QvmDirPath { path, is_partial } in touches.writes.iter().filter_map(|text| QvmDirPath::of_pattern(text)) {
            self.made.extend(ancestors(&path).skip(usize::from(!is_partial)).map(str::to_owned));
            if is_partial {
                self.add_open(&path);
            } else {
                self.files.insert(path, None);
            }
        }
    }

    fn has(&self, place: &QvmDirPath) -> bool {
        let QvmDirPath { path, is_partial } = place;
        let is_file = !is_partial && self.files.contains_key(path);
        is_file || path.is_empty() || self.used.contains(path) || self.made.contains(path) || self.is_open(path)
    }

    fn is_open(&self, path: &str) -> bool {
        !self.open.is_empty() && ancestors(path).any(|ancestor| self.open.contains(ancestor))
    }

    /// The written path that shares most words with another, and is spelled most like it.
    fn nearest(&self, path: &str) -> Option<(&str, Span)> {
        if path.len() > LONGEST_HINT {
            return None;
        }
        let words: BTreeSet<&str> = words(path).collect();
        let files = self.files.iter().filter_map(|(file, span)| Some((file.as_str(), (*span)?)));
        let distance = |file: &str| {
            let shared = words.iter().filter(|word| self::words(file).any(|other| other == **word)).count();
            (words.len() - shared, strsim::damerau_levenshtein(file, path))
        };
        files
            .filter(|(file, _)| file.len() <= LONGEST_HINT)
            .take(MOST_CANDIDATES)
            .min_by_key(|(file, _)| distance(file))
    }
}

/// What a template's script says it reads.
fn reads_of_template(artifact: &Artifact) -> Vec<PathUse> {
    let name = artifact.path.file_name().unwrap_or_default().to_string_lossy();
    let reads = artifact.touches.iter().flat_map(|touches| &touches.reads);
    let places = reads.filter_map(|text| QvmDirPath::of_pattern(text));
    let path_use = |place| PathUse {
        place,
        what: Use::Read,
        span: artifact.declared,
        site: UseSite::Template(name.clone().into_owned()),
    };
    places.map(path_use).collect()
}

/// A path as a script writes it.
fn shown(path: &str) -> String {
    format!("${{{ROOT}}}/{path}")
}

fn words(path: &str) -> impl Iterator<Item = &str> {
    path.split(|c: char| !c.is_alphanumeric())
}

/// Reports each path that is read and not written, once with the paths above and below it.
fn report_unwritten(uses: &[PathUse], tree: &FileTree, found: &mut Vec<Diagnostic>) {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut reported: BTreeMap<&str, usize> = BTreeMap::new();
    for path_use in uses.iter().filter(|path_use| path_use.what == Use::Read && !tree.has(&path_use.place)) {
        let path = path_use.place.path.as_str();
        if let Some(&index) = ancestors(path).find_map(|ancestor| reported.get(ancestor)) {
            let diagnostic = &mut diagnostics[index];
            if diagnostic.labels.len() <= MOST_LABELS && !matches!(path_use.site, UseSite::Template(_)) {
                *diagnostic = diagnostic.clone().label(path_use.span, "also read here");
            }
            continue;
        }
        let hint = if diagnostics.len() < MOST_HINTS { tree.nearest(path) } else { None };
        // A folder that is not there either is the same mistake.
        let missing = ancestors(path).take_while(|ancestor| !tree.has(&QvmDirPath::whole(ancestor)));
        reported.extend(missing.map(|missing| (missing, diagnostics.len())));
        diagnostics.push(unwritten(path_use, hint));
    }
    found.append(&mut diagnostics);
}

fn unwritten(path_use: &PathUse, hint: Option<(&str, Span)>) -> Diagnostic {
    let path = &path_use.place.path;
    let message = match &path_use.site {
        UseSite::Template(script) => format!("`{script}` reads `{}`, but no block or template writes it", shown(path)),
        UseSite::Untangled | UseSite::Tangled => {
            format!("`{}` is read here, but no block or template writes it", shown(path))
        }
    };
    let help = match hint {
        Some((near, _)) => format!("write it in a block, or read what is written, such as `{}`", shown(near)),
        None => "write it in a block, or read a path that is written".to_owned(),
    };
    let diagnostic = Diagnostic::new(Code::UnwrittenPath, path_use.span, message, help);
    match hint {
        Some((_, span)) => diagnostic.label(span, "the path most like it that is written"),
        None => diagnostic,
    }
}

/// Reports folders that tangled blocks write to before anybody has made them.
fn report_unmade(uses: &[PathUse], tree: &FileTree, found: &mut Vec<Diagnostic>) {
    let mut reported: BTreeSet<&str> = BTreeSet::new();
    let writes = uses.iter().filter(|path_use| path_use.site == UseSite::Tangled && path_use.what == Use::Write);
    for path_use in writes.filter(|path_use| !path_use.place.is_partial) {
        let Some((folder, _)) = path_use.place.path.rsplit_once('/') else { continue };
        if !tree.made.contains(folder) && !tree.is_open(folder) && reported.insert(folder) {
            let message = format!("nothing makes the folder `{}`, so this cannot be written", shown(folder));
            let help = format!("add `mkdir -p \"{}\"` before it", shown(folder));
            found.push(Diagnostic::new(Code::UnmadeFolder, path_use.span, message, help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::consistency::testing::{check, check_with_templates, diagnostics, shown, tangled};

    const READ: &str = "cat \"${QVM_DIR}/a/b.pem\"";

    #[test]
    fn what_is_read_is_written_somewhere() {
        check(&shown(READ), &["unwritten-path \"${QVM_DIR}/a/b.pem\""]);
        for write in [
            "openssl x509 -in x -out \"$QVM_DIR\"/a/b.pem",
            "date > $QVM_DIR/a//b.pem",
            "cp x \"${QVM_DIR}/a\"",
            "install -m 600 x \"${QVM_DIR}/a/b.pem\"",
            "my-tool --state \"$QVM_DIR/a/\"",
            "for f in \"$QVM_DIR\"/*; do x; done",
            "folder=$QVM_DIR/a",
            "cat <<EOF > x\n${QVM_DIR}/a\nEOF",
            "(cd \"$QVM_DIR\" && make)",
        ] {
            check(&format!("{}{}", shown(READ), shown(write)), &[]);
        }
        for other in
            ["rm -f \"$QVM_DIR/a/b.pem\"", "echo $QVM_DIR/a/b.pem", "[ -e $QVM_DIR/a/b.pem ]", "mkdir $QVM_DIR/a"]
        {
            check(&format!("{}{}", shown(READ), shown(other)), &["unwritten-path \"${QVM_DIR}/a/b.pem\""]);
        }
    }

    #[test]
    fn one_mistake_is_reported_once_whatever_the_number_of_readers() {
        let export = shown("export SSL_CERT_DIR=\"${QVM_DIR}\"/a");
        check(&format!("{}{export}See =$QVM_DIR/a/c.pem=.\n", shown(READ)), &["unwritten-path $QVM_DIR/a/c.pem"]);
        check(&format!("{export}{}", shown(READ)), &["unwritten-path \"${QVM_DIR}\"/a"]);
        check(&format!("{}{export}", shown(READ)), &["unwritten-path \"${QVM_DIR}/a/b.pem\""]);
    }

    #[test]
    fn prose_reads_what_it_names() {
        check("It is stored in QVM_DIR/certs/ca.\n", &["unwritten-path QVM_DIR/certs/ca"]);
        check("In =${QVM_DIR}/a= and QVM_DIR, not MY_QVM_DIR/x.\n", &["unwritten-path ${QVM_DIR}/a"]);
        check(&format!("In =QVM_DIR/a/NAME/x=, \"${{QVM_DIR}}\"/a/$x.\n{}", shown("date >$QVM_DIR/a/b")), &[]);
    }

    #[test]
    fn templates_write_what_they_say() {
        let text = shown("cat $QVM_DIR/ca-cert/qvm-ca.pem");
        check_with_templates(&text, &[("a.sh", "writes: ca-cert/qvm-ca.pem")], &[]);
        check_with_templates(
            &text,
            &[("a.sh", "writes: svc/*\n$QVM_DIR/ca-cert/qvm-ca.pem")],
            &["unwritten-path $QVM_DIR/ca-cert/qvm-ca.pem"],
        );
        check_with_templates(&text, &[("own.sh", "x >$QVM_DIR/ca-cert/$y")], &[]);
        check_with_templates(&text, &[("own.sh", "cd \"$QVM_DIR\"")], &[]);
    }

    #[test]
    fn what_templates_read_is_written_somewhere() {
        let (reads, writes) = (("a.sh", "reads: certs/ca/priv.pem"), ("b.sh", "writes: certs/ca/*"));
        check_with_templates("x\n", &[reads, writes], &[]);
        check_with_templates("x\n", &[reads], &["unwritten-path "]);
        check_with_templates(&shown("touch $QVM_DIR/certs/ca/priv.pem"), &[reads], &[]);
    }

    #[test]
    fn the_hint_is_the_path_that_shares_most_words() {
        let writes = tangled("mkdir -p $QVM_DIR/certs/ca\ntouch $QVM_DIR/certs/ca/cert.pem $QVM_DIR/certs/ca/pub.pem");
        let found = diagnostics(&format!("{writes}{}", shown("cat $QVM_DIR/ca-cert/qvm-ca.pem")), &[]);
        assert!(found[0].2.ends_with("such as `${QVM_DIR}/certs/ca/cert.pem`"), "{found:?}");
    }

    #[test]
    fn folders_are_made_before_they_are_written_to() {
        let write = "touch \"$QVM_DIR/a/b/c\" \"$QVM_DIR/a/b/d\" $QVM_DIR/e";
        check(&tangled(write), &["unmade-folder \"$QVM_DIR/a/b/c\""]);
        check(&shown(write), &[]);
        check(&format!("{}{}", tangled(write), shown("mkdir -p $QVM_DIR/a/b/c")), &[]);
        check(&tangled(&format!("install -d \"$QVM_DIR/a/b\"\n{write}")), &[]);
        check(&tangled(&format!("{write}\nmkdir -p $QVM_DIR/a/$x")), &[]);
    }
}
