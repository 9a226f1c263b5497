//! What a name stands for (rules T-086, T-087, T-093).
//!
//! Emacs keeps a cache for the whole run, and what a name means can change when it is filled. So do we: the order in
//! which references are met is part of the answer.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use crate::org::{HeadingId, MarkerKind, Property};
use crate::tangle::Tangling;
use crate::tangle::arguments::parameters::Parameters;
use crate::tangle::candidates::block_at;

/// What a reference stands for.
#[derive(Debug, Clone)]
pub(super) enum ReferenceTarget {
    /// The text of a heading's section, as it stands.
    Section(HeadingId, Range<usize>),
    /// A block found by its `#+name:`; the search stands there.
    Named { block: usize, end: usize },
    /// The blocks of a `:noweb-ref`, or a named block met before.
    Blocks(Rc<[usize]>),
    /// The id of the whole file: Emacs looks for the heading that has it, and stops.
    File,
    /// Nothing.
    Nothing,
}

/// What has an id: a heading, or the file by the drawer at its top.
#[derive(Debug, Clone, Copy)]
enum IdOwner {
    File,
    Heading(HeadingId),
}

/// The names of a document.
#[derive(Debug, Default)]
pub(super) struct DocumentNames {
    /// Lower-case `CUSTOM_ID` and `ID`, the first of each.
    custom_ids: HashMap<String, IdOwner>,
    ids: HashMap<String, IdOwner>,
    /// Lower-case `#+name:` that a block follows.
    named: HashMap<String, NamedBlock>,
    /// Emacs' cache.
    cache: HashMap<String, Rc<[usize]>>,
    /// Whether every block's `:noweb-ref` is in the cache.
    is_complete: bool,
    /// Where each heading's subtree ends; empty until asked for.
    subtree_ends: Vec<usize>,
}

/// A block by its `#+name:`: the end line that the search finds after it.
#[derive(Debug, Clone)]
struct NamedBlock {
    /// As it is written.
    name: String,
    end: usize,
}

impl DocumentNames {
    /// Collects what needs no arguments.
    pub(super) fn of(tangling: &Tangling<'_, '_>) -> Self {
        let mut names = Self::default();
        names.collect_ids(&tangling.document.properties, IdOwner::File);
        for (index, heading) in tangling.document.headings.iter().enumerate() {
            names.collect_ids(&heading.properties, IdOwner::Heading(HeadingId(index)));
        }
        names.collect_named(tangling);
        names
    }

    fn collect_ids(&mut self, properties: &[Property<'_>], owner: IdOwner) {
        for property in properties {
            let ids = match property.name.value.to_ascii_lowercase().as_str() {
                "custom_id" => &mut self.custom_ids,
                "id" => &mut self.ids,
                _ => continue,
            };
            ids.entry(property.value.value.to_lowercase()).or_insert(owner);
        }
    }

    /// Names whose line is followed by keyword lines and then by the begin line of something that ends.
    fn collect_named(&mut self, tangling: &Tangling<'_, '_>) {
        let text = tangling.document.source.text();
        let mut next_end = None;
        // The end line and the line that leads to it through keyword lines only, if the lines below are such.
        let mut below: Option<(usize, usize)> = None;
        for marker in tangling.document.markers.iter().rev() {
            let line = marker.line as usize;
            match marker.kind {
                MarkerKind::End => next_end = Some(line),
                MarkerKind::Begin => below = next_end.map(|end| (line, end)),
                MarkerKind::Name => {
                    let leads = |next: usize| text[line..next].lines().skip(1).all(is_keyword_line);
                    below = below.filter(|(next, _)| leads(*next)).map(|(_, end)| (line, end));
                    if let Some((_, end)) = below {
                        // Later lines come first here, so the first one of a name stays.
                        let name = name_of(&text[line..]);
                        self.named.insert(name.to_lowercase(), NamedBlock { name: name.to_owned(), end });
                    }
                }
            }
        }
    }

    /// The names that blocks have, sorted, as far as they have been looked for.
    pub(super) fn known(&self) -> Vec<&str> {
        let names = self.named.values().map(|named| named.name.as_str()).chain(self.cache.keys().map(String::as_str));
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether the document has been searched for `:noweb-ref`: from then on names mean the same for good.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Searches the document for `:noweb-ref`, once.
    pub(super) fn complete(&mut self, tangling: &Tangling<'_, '_>) {
        if !self.is_complete {
            self.cache = noweb_refs(tangling);
            self.is_complete = true;
        }
    }

    /// Looks a name up, first hit wins.
    pub(super) fn look_up(&mut self, name: &str, tangling: &Tangling<'_, '_>) -> ReferenceTarget {
        if let Some(blocks) = self.cache.get(name) {
            return ReferenceTarget::Blocks(blocks.clone());
        }
        match self.owner_of_id(name) {
            Some(IdOwner::Heading(heading)) => {
                return ReferenceTarget::Section(heading, self.section(tangling, heading));
            }
            Some(IdOwner::File) => return ReferenceTarget::File,
            None => {}
        }
        let named = self.named.get(&name.to_lowercase());
        if let Some((block, end)) = named.and_then(|named| Some((named.block(tangling)?, named.end))) {
            self.cache.insert(name.to_owned(), Rc::new([block]));
            return ReferenceTarget::Named { block, end };
        }
        self.complete(tangling);
        self.cache.get(name).map_or(ReferenceTarget::Nothing, |blocks| ReferenceTarget::Blocks(blocks.clone()))
    }

    /// The section of the heading that has an id.
    pub(super) fn section_of_id(&mut self, id: &str, tangling: &Tangling<'_, '_>) -> Option<Range<usize>> {
        match self.owner_of_id(id)? {
            IdOwner::Heading(heading) => Some(self.section(tangling, heading)),
            IdOwner::File => None,
        }
    }

    fn owner_of_id(&self, id: &str) -> Option<IdOwner> {
        let folded = id.to_lowercase();
        self.custom_ids.get(&folded).or_else(|| self.ids.get(&folded)).copied()
    }

    /// The text of a heading's whole subtree below its drawer.
    fn section(&mut self, tangling: &Tangling<'_, '_>, heading: HeadingId) -> Range<usize> {
        if self.subtree_ends.is_empty() {
            self.subtree_ends = subtree_ends(tangling);
        }
        let end = self.subtree_ends[heading.0];
        tangling.document.headings[heading.0].contents.min(end)..end
    }
}

impl NamedBlock {
    /// The block, unless it is under a COMMENT heading or the search ended in no block.
    fn block(&self, tangling: &Tangling<'_, '_>) -> Option<usize> {
        let block = block_at(tangling.document, self.end)?;
        let is_live = !tangling.outline.is_commented(tangling.document.blocks[block].heading);
        is_live.then_some(block)
    }
}

/// Every block's `:noweb-ref`, in the order in which tangling visits blocks.
fn noweb_refs(tangling: &Tangling<'_, '_>) -> HashMap<String, Rc<[usize]>> {
    let mut refs: HashMap<String, Vec<usize>> = HashMap::new();
    for candidate in &tangling.candidates {
        let block = &tangling.document.blocks[candidate.block];
        if tangling.outline.is_commented(block.heading) {
            continue;
        }
        if let Some(name) = Parameters::of(block, &tangling.inheritance).unevaluated(":noweb-ref") {
            refs.entry(name.into_owned()).or_default().push(candidate.block);
        }
    }
    refs.into_iter().map(|(name, blocks)| (name, blocks.into())).collect()
}

/// Each heading's subtree ends before the newline that the next heading of its level or a higher one follows.
fn subtree_ends(tangling: &Tangling<'_, '_>) -> Vec<usize> {
    let headings = &tangling.document.headings;
    let mut ends = vec![tangling.document.source.text().len(); headings.len()];
    let mut open: Vec<usize> = Vec::new();
    for (index, heading) in headings.iter().enumerate() {
        while let Some(last) = open.pop_if(|last| headings[*last].level >= heading.level) {
            ends[last] = heading.span.range().start - 1;
        }
        open.push(index);
    }
    ends
}

/// The name on a `#+name:` line, which `lines` starts with.
fn name_of(lines: &str) -> &str {
    let line = lines.split('\n').next().unwrap_or_default();
    line.split_once(':').map_or("", |(_, name)| name.trim_matches([' ', '\t']))
}

/// `#+WORD:…`.
fn is_keyword_line(line: &str) -> bool {
    let rest = line.trim_start_matches([' ', '\t']).strip_prefix("#+");
    let word = rest.map(|rest| rest.split(crate::org::is_space).next().unwrap_or_default());
    word.is_some_and(|word| word.rfind(':').is_some_and(|colon| colon > 0))
}
