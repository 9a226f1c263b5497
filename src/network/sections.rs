//! Which part of a document is about which network: the subtree around its bridge list.

use std::ops::Range;

use crate::org::{Document, List};

/// The sections of the networks of a document that describes several, in its order, given its bridge lists and where its guest
/// tables begin; one or none if it does not.
///
/// It does if every bridge list has a subtree that holds no other one, and two of these hold a guest table. Such a subtree
/// reaches as far up as it can, so that tables may stand under headings of their own beside the list's.
pub(super) fn of_networks(document: &Document<'_>, lists: &[&List<'_>], guests: &[usize]) -> Vec<Range<usize>> {
    if let [list] = lists {
        return vec![below_heading(document, list)];
    }
    let outline = HeadingTree::of(document);
    let starts: Vec<usize> = lists.iter().map(|list| list.span.range().start).collect();
    let section = |list: &&List<'_>| outline.widest(list, &starts);
    let Some(sections) = lists.iter().map(section).collect::<Option<Vec<_>>>() else { return Vec::new() };
    let has_guests = |section: &&Range<usize>| count(guests, section) > 0;
    if sections.iter().filter(has_guests).count() > 1 { sections } else { Vec::new() }
}

/// What stands under the heading that a list stands under, lower headings and all; everything if there is none.
pub(super) fn below_heading(document: &Document<'_>, list: &List<'_>) -> Range<usize> {
    list.heading
        .map_or(0..document.source.text().len(), |heading| HeadingTree::of(document).sections[heading.0].clone())
}

/// How many of some offsets, which are in order, a range holds.
fn count(offsets: &[usize], range: &Range<usize>) -> usize {
    let before = |end| offsets.partition_point(|offset| *offset < end);
    before(range.end) - before(range.start)
}

/// What each heading has below it, and what it stands below.
struct HeadingTree {
    sections: Vec<Range<usize>>,
    parents: Vec<Option<usize>>,
}

impl HeadingTree {
    fn of(document: &Document<'_>) -> Self {
        let end = document.source.text().len();
        let mut sections: Vec<_> = document.headings.iter().map(|heading| heading.contents..end).collect();
        let mut parents = Vec::with_capacity(sections.len());
        let mut open: Vec<usize> = Vec::new();
        for (index, heading) in document.headings.iter().enumerate() {
            while let Some(last) = open.pop_if(|last| document.headings[*last].level >= heading.level) {
                sections[last].end = heading.span.range().start;
            }
            parents.push(open.last().copied());
            open.push(index);
        }
        Self { sections, parents }
    }

    /// The widest section around a list that has no other one of these in it.
    fn widest(&self, list: &List<'_>, starts: &[usize]) -> Option<Range<usize>> {
        let alone = |heading: &usize| count(starts, &self.sections[*heading]) == 1;
        let headings = std::iter::successors(list.heading.map(|heading| heading.0), |heading| self.parents[*heading]);
        headings.take_while(alone).last().map(|heading| self.sections[heading].clone())
    }
}
