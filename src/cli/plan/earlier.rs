//! The documents as they were: by this machine's memory of the last write, else by a git revision.

use std::path::{Path, PathBuf};

use crate::build::{self, BuildRequest, Built, BuiltDocument, Input};
use crate::cli::Shared;
use crate::cli::permission::RunPurpose;
use crate::cli::request::{configured_documents, request_for};
use crate::workspace::staged::{Exported, is_in_work_tree};
use crate::workspace::{Failure, project, shown};

/// What is compared with where this machine has kept nothing.
const NEWEST: &str = "HEAD";

/// The documents as they were, beside those of the run.
#[derive(Default)]
pub(super) struct Earlier {
    runs: Vec<Built>,
    pairs: Vec<Pair>,
    exported: Option<Exported>,
}

/// A document as it is, by its number in the run, and as it was.
struct Pair {
    new: Option<usize>,
    old: Option<Former>,
    against: String,
}

/// The run in which an earlier document was compiled, and its number there.
#[derive(Clone, Copy)]
struct Former {
    run: usize,
    document: usize,
}

impl Earlier {
    /// Compiles the documents of a run as they were at a revision, or at their last write.
    pub(super) fn of(
        shared: &Shared,
        request: BuildRequest,
        built: &Built,
        against: Option<&str>,
    ) -> Result<Self, Failure> {
        let mut earlier = Self::default();
        let is_whole = request.whole_project;
        let all: Vec<usize> = (0..built.documents.len()).collect();
        let left = match against {
            Some(_) => all,
            None => earlier.add_kept(request, built, all)?,
        };
        if !left.is_empty() {
            let first = &built.documents[left[0]].input.path;
            if !is_in_work_tree(first) {
                return Err(Failure::Unusable(first.clone(), no_history(against)));
            }
            let revision = against.unwrap_or(NEWEST);
            earlier.add_revision(shared, built, &left, revision)?;
            if is_whole && against.is_some() {
                earlier.add_gone(shared, built, revision)?;
            }
        }
        earlier.pairs.sort_by_key(|pair| pair.new.unwrap_or(usize::MAX));
        Ok(earlier)
    }

    /// Each pair: the document of the run, the earlier one, and how that is known.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (Option<usize>, Option<&BuiltDocument>, &str)> {
        let former = |former: Former| self.runs.get(former.run)?.documents.get(former.document);
        self.pairs.iter().map(move |pair| (pair.new, pair.old.and_then(former), pair.against.as_str()))
    }

    /// Where an output of an earlier document lies, seen from the work tree.
    pub(super) fn place(&self, path: &Path) -> PathBuf {
        self.exported.as_ref().map_or_else(|| path.to_owned(), |exported| exported.in_work_tree(path))
    }

    /// Adds what this machine has kept; gives the documents of which it has nothing, though they were written.
    fn add_kept(&mut self, mut request: BuildRequest, built: &Built, all: Vec<usize>) -> Result<Vec<usize>, Failure> {
        let (mut inputs, mut left, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        for index in all {
            match built.last_written(index) {
                Some((path, text)) => {
                    inputs.push(Input { shown: shown(&path), path, text: Some(text), is_named: false });
                    numbers.push(index);
                }
                None if built.is_new(index) => {
                    let against = "nothing: it was never written here".to_owned();
                    self.pairs.push(Pair { new: Some(index), old: None, against });
                }
                None => left.push(index),
            }
        }
        request.documents = inputs;
        let run = self.add_run(&request, "at its last write")?;
        self.pairs.extend(numbers.into_iter().enumerate().map(|(document, index)| Pair {
            new: Some(index),
            old: Some(Former { run, document }),
            against: "what was last written".to_owned(),
        }));
        Ok(left)
    }

    fn add_revision(&mut self, shared: &Shared, built: &Built, left: &[usize], revision: &str) -> Result<(), Failure> {
        let path = |index: usize| built.documents[index].input.path.as_path();
        let first = path(left[0]);
        let exported = Exported::revision(first.parent().unwrap_or(first), revision)?;
        let (mut files, mut numbers) = (Vec::new(), Vec::new());
        for &index in left {
            if let Some(file) = exported.exported(path(index)).filter(|file| file.is_file()) {
                files.push(file);
                numbers.push(index);
            } else {
                let against = format!("{revision}, which does not have it");
                self.pairs.push(Pair { new: Some(index), old: None, against });
            }
        }
        if !files.is_empty() {
            let run = self.add_exported(shared, &exported, &files, revision)?;
            self.pairs.extend(numbers.into_iter().enumerate().map(|(document, index)| Pair {
                new: Some(index),
                old: Some(Former { run, document }),
                against: revision.to_owned(),
            }));
        }
        self.exported = Some(exported);
        Ok(())
    }

    /// Adds the configured documents of a revision that no document of the run is by its path: one with the same bridge is
    /// the same under another name.
    fn add_gone(&mut self, shared: &Shared, built: &Built, revision: &str) -> Result<(), Failure> {
        let Some(exported) = self.exported.take() else { return Ok(()) };
        let gone = gone(&exported, built);
        if !gone.is_empty() {
            let run = self.add_exported(shared, &exported, &gone, revision)?;
            for document in 0..gone.len() {
                self.pair_gone(built, Former { run, document }, revision);
            }
        }
        self.exported = Some(exported);
        Ok(())
    }

    fn pair_gone(&mut self, built: &Built, former: Former, revision: &str) {
        let bridges = |document: &BuiltDocument| -> Vec<String> {
            document.compilation.networks.iter().map(|it| it.bridge.name.value.as_str().to_owned()).collect()
        };
        let Some(old) = self.runs.get(former.run).and_then(|run| run.documents.get(former.document)) else { return };
        let (had, name) = (bridges(old), old.input.shown.clone());
        let is_same = |pair: &&mut Pair| {
            let new = pair.new.and_then(|index| built.documents.get(index)).filter(|_| pair.old.is_none());
            new.is_some_and(|new| bridges(new).iter().any(|bridge| had.contains(bridge)))
        };
        if let Some(pair) = self.pairs.iter_mut().find(is_same) {
            pair.old = Some(former);
            pair.against = format!("{revision}, where it is {name}");
        } else {
            let against = format!("{revision}, since it is gone");
            self.pairs.push(Pair { new: None, old: Some(former), against });
        }
    }

    fn add_exported(
        &mut self,
        shared: &Shared,
        exported: &Exported,
        files: &[PathBuf],
        revision: &str,
    ) -> Result<usize, Failure> {
        let mut request = request_for(shared, files, RunPurpose::CheckStaged(exported))?;
        for input in &mut request.documents {
            input.shown = shown(&exported.in_work_tree(&input.path));
        }
        self.add_run(&request, &format!("at {revision}"))
    }

    fn add_run(&mut self, request: &BuildRequest, when: &str) -> Result<usize, Failure> {
        let built = build::build(request)?;
        let wrong = built.documents.iter().find(|it| crate::diagnostic::has_error(&it.diagnostics));
        if let Some(document) = wrong {
            let reason = format!("has an error as it was {when}: compare it with another revision by --against");
            return Err(Failure::Unusable(PathBuf::from(&document.input.shown), reason));
        }
        self.runs.push(built);
        Ok(self.runs.len() - 1)
    }
}

/// The configured documents of a revision that are no more.
fn gone(exported: &Exported, built: &Built) -> Vec<PathBuf> {
    let present: Vec<PathBuf> =
        built.documents.iter().filter_map(|document| exported.exported(&document.input.path)).collect();
    // A revision may have had no configuration, or one that names what is not there.
    let configured = present.first().and_then(|file| configured_documents(&project(None, file).ok()?).ok());
    configured.unwrap_or_default().into_iter().filter(|old| !present.contains(old)).collect()
}

/// Why there is nothing to compare a document with outside of git; `typed` is the revision that was asked for.
fn no_history(typed: Option<&str>) -> String {
    match typed {
        Some(revision) => format!("is in no git work tree, so there is no `{revision}`"),
        None => {
            "was written before this machine kept its text, and is in no git work tree: there is nothing to compare it \
                 with; once it is written again, there is"
                .to_owned()
        }
    }
}
