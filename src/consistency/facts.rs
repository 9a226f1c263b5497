//! What every rule looks at: prose, blocks, shell commands, and which blocks are tangled. Gathered once, the texts
//! before anything is known of the outputs.

use std::collections::HashSet;

use memchr::memmem;

use crate::artifact::{Artifact, Producer};
use crate::consistency::ROOT;
use crate::consistency::mentions::words_of_tables;
use crate::consistency::prose;
use crate::network::Network;
use crate::org::{Document, SourceBlock};
use crate::shell::{Script, ScriptLayout};
use crate::source::Spanned;

/// Languages whose blocks a shell runs.
const SHELLS: [&str; 6] = ["sh", "bash", "shell", "dash", "zsh", "ksh"];

/// What the rules about code look for.
const TELLING_IN_CODE: &[&str] = &[ROOT, "openssl", "curl"];

/// What the rules about prose look for if there is no network whose names and addresses may stand anywhere.
const TELLING_IN_PROSE: &[&str] = &[ROOT, ".sh"];

/// What a document says, whatever it makes of it.
pub struct Texts<'a, 's> {
    pub(super) document: &'a Document<'s>,
    /// Text for readers that has something for the rules: headings and paragraphs without the targets of links.
    pub(super) prose: Vec<Spanned<&'s str>>,
    /// Blocks that a shell runs and that have something for the rules about shell code.
    pub(super) shell: Vec<ShellBlock<'a, 's>>,
    /// All other blocks that have something for them.
    pub(super) other_blocks: Vec<&'a SourceBlock<'s>>,
    /// Every word that stands in a table; empty if there is no network whose names to look for.
    pub(super) in_tables: HashSet<String>,
}

/// The document, and what it makes.
pub(super) struct Facts<'a, 's> {
    pub(super) texts: Texts<'a, 's>,
    pub(super) networks: &'a [Network],
    pub(super) artifacts: &'a [Artifact],
    /// Where the texts that outputs took from this document start, sorted.
    tangled: Vec<u32>,
}

/// A block that a shell runs.
pub(super) struct ShellBlock<'a, 's> {
    pub(super) block: &'a SourceBlock<'s>,
    pub(super) script: Script,
}

impl<'a, 's> Texts<'a, 's> {
    /// Reads what the rules need, each text once; names and addresses matter only if there is a network.
    pub fn of(document: &'a Document<'s>, networks: &[Network]) -> Self {
        let code = Words::new(TELLING_IN_CODE);
        let relevant = document.blocks.iter().filter(|block| code.is_any_in(block.body.value));
        let (shell, other_blocks): (Vec<_>, Vec<_>) = relevant.partition(|block| is_shell(block));
        let shell = shell
            .into_iter()
            .map(|block| ShellBlock { block, script: Script::read(block.body, ScriptLayout::Indented) });
        let prose = Words::new(TELLING_IN_PROSE);
        let prose = prose::read(document, |text| !networks.is_empty() || prose.is_any_in(text));
        let in_tables = if networks.is_empty() { HashSet::new() } else { words_of_tables(document) };
        Self { document, prose, shell: shell.collect(), other_blocks, in_tables }
    }

    /// Everything that may mention a name: prose first, then the bodies of blocks.
    pub(super) fn all(&self) -> impl Iterator<Item = Spanned<&'s str>> {
        self.prose.iter().copied().chain(self.document.blocks.iter().map(|block| block.body))
    }
}

impl<'a, 's> Facts<'a, 's> {
    pub(super) fn new(texts: Texts<'a, 's>, networks: &'a [Network], artifacts: &'a [Artifact]) -> Self {
        let tangled = if texts.shell.is_empty() { Vec::new() } else { tangled_offsets(texts.document, artifacts) };
        Self { texts, networks, artifacts, tangled }
    }

    /// Whether an output has lines of a block.
    pub(super) fn is_tangled(&self, block: &SourceBlock<'_>) -> bool {
        let body = block.body.span;
        let first = self.tangled.partition_point(|&offset| offset < body.start);
        self.tangled.get(first).is_some_and(|&offset| offset < body.end)
    }
}

/// Words that a rule cannot do without. Looking for them takes far less time than reading, and most texts have none.
struct Words(Vec<memmem::Finder<'static>>);

impl Words {
    fn new(words: &'static [&'static str]) -> Self {
        Self(words.iter().map(memmem::Finder::new).collect())
    }

    fn is_any_in(&self, text: &str) -> bool {
        self.0.iter().any(|word| word.find(text.as_bytes()).is_some())
    }
}

/// Where the texts that outputs took from this document start, sorted.
fn tangled_offsets(document: &Document<'_>, artifacts: &[Artifact]) -> Vec<u32> {
    let blocks = artifacts.iter().filter(|artifact| artifact.producer == Producer::Blocks);
    let origins = blocks.flat_map(|artifact| &artifact.origins);
    let here = origins.filter(|origin| origin.from.source == document.source.id());
    let mut offsets: Vec<u32> = here.map(|origin| origin.from.start).collect();
    offsets.sort_unstable();
    offsets
}

fn is_shell(block: &SourceBlock<'_>) -> bool {
    block.language.is_some_and(|language| SHELLS.iter().any(|shell| language.value.eq_ignore_ascii_case(shell)))
}
