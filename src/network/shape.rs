//! Finding the bridge list, the guest table and the other tables of a network among a document's lists and tables.
//!
//! They are known by what their header or their terms say, not by where they stand, but for tables whose columns many
//! others have as well: those belong to the network beside the bridge list alone. A `#+NAME:` decides between several of
//! the same shape. What looks almost like one of them is reported: skipping it would turn a typo into a
//! network without guests.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, closest};
use crate::network::fields::key_of;
use crate::network::grid::header;
use crate::network::schema::{
    Amount, BRIDGE, EXPORTS, FieldSchema, GUESTS, NAMES, PUBLISH, PartLayout, PartSchema, SERVICES, Whereabouts,
};
use crate::network::sections;
use crate::network::text::quote;
use crate::org::inline::unmarked;
use crate::org::{Document, List, Table, TableRow};
use crate::source::{Span, Spanned};

/// Longer labels are prose; no known one is nearly as long.
const LONGEST_LABEL: usize = 32;

/// Each gives a folder of files; what is done once for each of them stays linear by this.
const MOST_NETWORKS: usize = 64;

/// The parts that a network has.
pub(super) struct Parts<'d, 's> {
    /// Where the document is about this network; nothing of it is about another one if there is one alone.
    section: Option<Range<usize>>,
    /// Where it is about others.
    elsewhere: Vec<Range<usize>>,
    pub(super) bridge: PartLookup<&'d List<'s>>,
    pub(super) guests: PartLookup<&'d Table<'s>>,
    pub(super) services: PartLookup<&'d Table<'s>>,
    pub(super) names: PartLookup<&'d Table<'s>>,
    pub(super) publish: PartLookup<&'d Table<'s>>,
    pub(super) exports: PartLookup<&'d Table<'s>>,
}

/// One part of the network, looked for.
#[derive(Clone, Copy)]
pub(super) enum PartLookup<T> {
    /// It is there.
    Found(T),
    /// Nothing looks like it.
    Absent,
    /// Something looks almost like it, or too much does; that was reported.
    Refused,
}

/// What stands around a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    /// Another part of a network.
    Network,
    /// Nothing that looks like one.
    Nothing,
}

/// A list or table with its labels.
#[derive(Clone)]
pub(super) struct LabelledPart<'s, T> {
    part: T,
    labels: Vec<Spanned<&'s str>>,
    name: Option<&'s str>,
    /// The header row, or the first item.
    head: Span,
}

/// What has values below its labels.
pub(super) trait ValuesByLabel<'s>: Copy {
    /// The values of the label at a span, empty ones too.
    fn values_of(self, label: Span) -> Vec<Spanned<&'s str>>;
}

impl<'s> ValuesByLabel<'s> for &List<'s> {
    fn values_of(self, label: Span) -> Vec<Spanned<&'s str>> {
        let items = self.items.iter().filter(|item| item.tag.is_some_and(|tag| unmarked(tag).span == label));
        items.map(|item| unmarked(item.text)).collect()
    }
}

impl<'s> ValuesByLabel<'s> for &Table<'s> {
    fn values_of(self, label: Span) -> Vec<Spanned<&'s str>> {
        let Some((head, columns)) = header(self) else { return Vec::new() };
        let Some(index) = columns.iter().position(|column| unmarked(*column).span == label) else { return Vec::new() };
        let cells = self.rows.iter().filter_map(|row| match row {
            TableRow::Cells { span, cells } if *span > head => cells.get(index),
            TableRow::Cells { .. } | TableRow::Rule(_) => None,
        });
        cells.map(|cell| unmarked(*cell)).collect()
    }
}

/// Finds the parts of each network that the document describes, in the document's order.
pub(super) fn find<'d, 's>(document: &'d Document<'s>, found: &mut Vec<Diagnostic>) -> Vec<Parts<'d, 's>> {
    let lists = list_candidates(document);
    let tables: Vec<_> = document.tables.iter().filter_map(table_candidate).collect();
    let sections = sections_of(document, &lists, &tables);
    if let Some(surplus) = sections.get(MOST_NETWORKS) {
        let head = within(&lists, surplus).iter().find(|list| fits(&BRIDGE, list)).map(|list| list.head);
        let message = format!("the document describes more than {MOST_NETWORKS} networks");
        let help = "put the networks from here on into another document";
        found.extend(head.map(|head| Diagnostic::new(Code::TooManyNetworks, head, message, help)));
        return Vec::new();
    }
    if sections.len() > 1 {
        report_strays(&tables, &sections, found);
        return sections.iter().map(|section| find_in(section, &sections, (&lists, &tables), found)).collect();
    }
    let bridges = lists.iter().filter(|list| fits(&BRIDGE, list)).count();
    let has_table = tables.iter().any(|table| fits(&GUESTS, table) || fits(&SERVICES, table));
    if bridges > 1 && !has_table {
        // Several lists with a name and a subnet and no table to go with any are notes about something else.
        return Vec::new();
    }
    let around = if has_table || bridges == 1 { Around::Network } else { Around::Nothing };
    let bridge = choose(&BRIDGE, &lists, around, found);
    let section = bridge.found().map(|list| sections::below_heading(document, list));
    let parts = parts(bridge, (&tables, section.as_ref()), around, found);
    let nothing = parts.bridge.is_absent() && parts.guests.is_absent() && parts.services.is_absent();
    if nothing { Vec::new() } else { vec![parts] }
}

/// The parts of the network that a section of the document is about, and nothing else is.
fn find_in<'d, 's>(
    section: &Range<usize>,
    sections: &[Range<usize>],
    (lists, tables): (&[LabelledPart<'s, &'d List<'s>>], &[LabelledPart<'s, &'d Table<'s>>]),
    found: &mut Vec<Diagnostic>,
) -> Parts<'d, 's> {
    let bridge = choose(&BRIDGE, within(lists, section), Around::Network, found);
    let parts = parts(bridge, (within(tables, section), Some(section)), Around::Network, found);
    let elsewhere = sections.iter().filter(|other| *other != section).cloned().collect();
    Parts { section: Some(section.clone()), elsewhere, ..parts }
}

/// Of candidates in the document's order, those that begin in a section.
fn within<'c, 's, T>(candidates: &'c [LabelledPart<'s, T>], section: &Range<usize>) -> &'c [LabelledPart<'s, T>] {
    let before = |offset| candidates.partition_point(|candidate| candidate.head.range().start < offset);
    &candidates[before(section.start)..before(section.end)]
}

fn parts<'d, 's>(
    bridge: PartLookup<&'d List<'s>>,
    (tables, section): (&[LabelledPart<'s, &'d Table<'s>>], Option<&Range<usize>>),
    around: Around,
    found: &mut Vec<Diagnostic>,
) -> Parts<'d, 's> {
    let beside = |part| -> Vec<_> { tables.iter().filter(|table| belongs(part, table, section)).cloned().collect() };
    Parts {
        section: None,
        elsewhere: Vec::new(),
        bridge,
        guests: choose(&GUESTS, tables, around, found),
        services: choose(&SERVICES, tables, around, found),
        names: choose(&NAMES, &beside(&NAMES), around, found),
        publish: choose(&PUBLISH, &beside(&PUBLISH), around, found),
        exports: choose(&EXPORTS, &beside(&EXPORTS), around, found),
    }
}

/// Reports guests and services that stand beside several networks, and so belong to none.
fn report_strays(tables: &[LabelledPart<'_, &Table<'_>>], sections: &[Range<usize>], found: &mut Vec<Diagnostic>) {
    let belongs = |table: &LabelledPart<'_, _>| {
        let start = table.head.range().start;
        let index = sections.partition_point(|section| section.end <= start);
        sections.get(index).is_some_and(|section| section.contains(&start))
    };
    for part in [&GUESTS, &SERVICES] {
        for table in tables.iter().filter(|table| fits(part, table) && !belongs(table)) {
            let message = format!("this {} belongs to none of the document's networks", part.what);
            let help = "move it below the heading of the bridge list that it goes with";
            found.push(Diagnostic::new(Code::StrayTable, table.head, message, help));
        }
    }
}

/// A description list with its terms; other lists are no candidates.
pub(super) fn list_candidate<'d, 's>(list: &'d List<'s>) -> Option<LabelledPart<'s, &'d List<'s>>> {
    let labels: Vec<_> = list.items.iter().filter_map(|item| item.tag.map(unmarked)).collect();
    let head = list.items.first()?.span;
    (!labels.is_empty()).then(|| LabelledPart { part: list, labels, name: name_of(&list.affiliated), head })
}

/// A table with its column names; a table of rules alone is no candidate.
pub(super) fn table_candidate<'d, 's>(table: &'d Table<'s>) -> Option<LabelledPart<'s, &'d Table<'s>>> {
    let (head, cells) = header(table)?;
    let labels = cells.iter().copied().map(unmarked).collect();
    Some(LabelledPart { part: table, labels, name: name_of(&table.affiliated), head })
}

fn name_of<'s>(affiliated: &crate::org::Affiliated<'s>) -> Option<&'s str> {
    affiliated.name().map(|name| name.value)
}

/// Whether a candidate has the shape of a part, or comes near it.
pub(super) fn is_like<T>(part: &'static PartSchema, candidate: &LabelledPart<'_, T>) -> bool {
    fits(part, candidate) || is_near(part, candidate, Around::Network)
}

/// Where the document is about which of its networks.
pub(super) fn sections(document: &Document<'_>) -> Vec<Range<usize>> {
    let tables: Vec<_> = document.tables.iter().filter_map(table_candidate).collect();
    sections_of(document, &list_candidates(document), &tables)
}

/// Lists with terms, in the order of the text.
fn list_candidates<'d, 's>(document: &'d Document<'s>) -> Vec<LabelledPart<'s, &'d List<'s>>> {
    let mut lists: Vec<_> = document.lists.iter().filter_map(list_candidate).collect();
    lists.sort_by_key(|list| list.head);
    lists
}

/// Lists that are called `bridge` count alone, if there are any.
fn sections_of<'s>(
    document: &Document<'s>,
    lists: &[LabelledPart<'s, &List<'s>>],
    tables: &[LabelledPart<'s, &Table<'s>>],
) -> Vec<Range<usize>> {
    let mut bridges: Vec<_> = lists.iter().filter(|list| fits(&BRIDGE, list)).collect();
    if bridges.iter().any(|list| list.is_named(&BRIDGE)) {
        bridges.retain(|list| list.is_named(&BRIDGE));
    }
    let bridges: Vec<_> = bridges.into_iter().map(|list| list.part).collect();
    let guests: Vec<_> =
        tables.iter().filter(|table| fits(&GUESTS, table)).map(|table| table.head.range().start).collect();
    sections::of_networks(document, &bridges, &guests)
}

/// Whether a table may be a part that belongs beside the bridge list; none that is another part of the network is.
pub(super) fn belongs<T>(
    part: &'static PartSchema,
    candidate: &LabelledPart<'_, T>,
    section: Option<&Range<usize>>,
) -> bool {
    let is_beside = section.is_some_and(|section| section.contains(&candidate.head.range().start));
    let is_other = is_like(&GUESTS, candidate) || is_like(&SERVICES, candidate);
    match part.whereabouts {
        Whereabouts::Anywhere => true,
        Whereabouts::AnywhereComplete => !fits(&GUESTS, candidate) && !fits(&SERVICES, candidate),
        Whereabouts::BesideBridgeList => candidate.is_named(part) || is_beside && !is_other,
    }
}

/// Whether every required label is there.
fn fits<T>(part: &PartSchema, candidate: &LabelledPart<'_, T>) -> bool {
    part.required().all(|required| candidate.has(required))
}

/// The one candidate that has the shape of a part, or what is wrong with those that come near it.
fn choose<'s, T: ValuesByLabel<'s>>(
    part: &'static PartSchema,
    candidates: &[LabelledPart<'s, T>],
    around: Around,
    found: &mut Vec<Diagnostic>,
) -> PartLookup<T> {
    let mut fitting: Vec<_> = candidates.iter().filter(|candidate| fits(part, candidate)).collect();
    if fitting.iter().any(|candidate| candidate.is_named(part)) {
        fitting.retain(|candidate| candidate.is_named(part));
    }
    match fitting[..] {
        [] => report_near(part, candidates, around, found),
        [one] => {
            report_duplicates(part, one, found);
            report_typos(part, one, found);
            PartLookup::Found(one.part)
        }
        [first, second, ..] => {
            found.push(ambiguous(part, first, second));
            PartLookup::Refused
        }
    }
}

fn ambiguous<T>(part: &PartSchema, first: &LabelledPart<'_, T>, second: &LabelledPart<'_, T>) -> Diagnostic {
    let message = format!("this looks like the {0}, and so does another before it", part.what);
    let one = format!("write `#+NAME: {}` above the one that is meant, or take the other away", part.name);
    let help = match part.layout {
        PartLayout::List => {
            format!("give each network a heading of its own, with its tables; if there is one network, {one}")
        }
        PartLayout::Table => one,
    };
    Diagnostic::new(Code::AmbiguousTable, second.head, message, help).label(first.head, "the other one")
}

/// Reports known labels that stand twice; a term that can have several values may be repeated.
fn report_duplicates<T>(part: &PartSchema, candidate: &LabelledPart<'_, T>, found: &mut Vec<Diagnostic>) {
    let (what, code) = (part.layout.field(), Codes::of(part.layout).duplicate);
    let may_repeat = |field: &FieldSchema| part.layout == PartLayout::List && field.amount == Amount::Many;
    for known in part.fields.iter().filter(|field| !may_repeat(field)) {
        let mut places = candidate.labels.iter().filter(|label| known.is(label.value));
        if let (Some(first), Some(second)) = (places.next(), places.next()) {
            let message = format!("the {} has two {what}s `{}`", part.what, known.name);
            let help = "keep one of the two, or give one another name";
            found.push(Diagnostic::new(code, second.span, message, help).label(first.span, "the first one"));
        }
    }
}

/// Reports unknown labels that are probably meant to be known ones, or that templates could not tell from them.
fn report_typos<'s, T: ValuesByLabel<'s>>(
    part: &'static PartSchema,
    candidate: &LabelledPart<'s, T>,
    found: &mut Vec<Diagnostic>,
) {
    let (what, code) = (part.layout.field(), Codes::of(part.layout).misspelt);
    for label in candidate.unknown(part) {
        let shown = quote(label.value);
        let meant = part.fields.iter().find(|known| candidate.typo(part, known) == Some(label));
        if let Some(known) = meant {
            let message = format!("{what} `{shown}` of the {} means nothing", part.what);
            let help = format!("write `{}` if that is meant, or a name less like it", known.name);
            let is_value = |text: &Spanned<&str>| text.value.is_empty() || known.normal(text.value).is_ok();
            let fits = known.amount == Amount::Many || candidate.part.values_of(label.span).iter().all(is_value);
            found.push(Diagnostic::new(code, label.span, message, help).fix(label.span, fits.then_some(known.name)));
        } else if let Some((means, first)) = other_meaning(part, candidate, label) {
            let message = format!("{what} `{shown}` of the {} does not reach templates", part.what);
            let help = format!("give it another name: in templates `{}` {means}", key_of(label.value));
            let unread = Diagnostic::new(code, label.span, message, help);
            found.push(first.into_iter().fold(unread, |unread, first| unread.label(first, "templates have this one")));
        }
    }
}

/// What the key of an own field means to templates already: a field of ours, or another own one before it, whose place
/// is given.
///
/// A term that is repeated letter by letter is no mistake: a list may hold several remarks of one kind.
fn other_meaning<T>(
    part: &'static PartSchema,
    candidate: &LabelledPart<'_, T>,
    label: Spanned<&str>,
) -> Option<(String, Option<Span>)> {
    let key = key_of(label.value);
    if part.fields.iter().any(|field| field.key == key) || part.made.contains(&key.as_str()) {
        return Some(("means something else".to_owned(), None));
    }
    let first = candidate.unknown(part).find(|other| key_of(other.value) == key)?;
    let is_repeated = part.layout == PartLayout::List && first.value == label.value;
    let means = format!("is the {} `{}`", part.layout.field(), quote(first.value));
    (first.span != label.span && !is_repeated).then_some((means, Some(first.span)))
}

/// Reports what candidates that come near the shape of a part lack.
fn report_near<T>(
    part: &'static PartSchema,
    candidates: &[LabelledPart<'_, T>],
    around: Around,
    found: &mut Vec<Diagnostic>,
) -> PartLookup<T> {
    let mut near = PartLookup::Absent;
    for candidate in candidates.iter().filter(|candidate| is_near(part, candidate, around)) {
        near = PartLookup::Refused;
        for required in part.required().filter(|required| !candidate.has(required)) {
            found.push(missing(part, candidate, required));
        }
    }
    near
}

/// Whether a candidate is probably meant to have the shape of a part.
///
/// A typo in a name is enough where every other name is right. A name that is not there at all only counts in a
/// document that has another part of a network: tables with a column `IP` are everywhere.
fn is_near<T>(part: &'static PartSchema, candidate: &LabelledPart<'_, T>, around: Around) -> bool {
    if part.whereabouts == Whereabouts::BesideBridgeList && !candidate.is_named(part) {
        return false;
    }
    let required = part.required().count();
    let right = part.required().filter(|field| candidate.has(field)).count();
    if right == 0 {
        return false;
    }
    let typos = part.required().filter(|field| candidate.typo(part, field).is_some()).count();
    if part.whereabouts == Whereabouts::AnywhereComplete && !candidate.is_named(part) {
        return right + typos == required;
    }
    let is_told = candidate.labels.iter().any(|label| label.value.eq_ignore_ascii_case(part.identifying_field));
    let likely = (right + typos) * 2 >= required && is_told;
    let most = (right + typos) * 3 >= required * 2;
    right + typos == required || around == Around::Network && (likely || most || candidate.is_named(part))
}

fn missing<T>(part: &'static PartSchema, candidate: &LabelledPart<'_, T>, required: &FieldSchema) -> Diagnostic {
    let (label, code) = (part.layout.field(), Codes::of(part.layout).missing);
    let message = format!("the {} has no {label} `{}`", part.what, required.name);
    if let Some(typo) = candidate.typo(part, required) {
        let help = format!("write `{}` where `{}` stands", required.name, quote(typo.value));
        return Diagnostic::new(code, typo.span, message, help).fix(typo.span, Some(required.name));
    }
    let help = format!("add a {label} `{}`, or drop what makes this look like the {}", required.name, part.what);
    Diagnostic::new(code, candidate.head, message, help)
}

/// What is reported of columns, and what of terms.
struct Codes {
    missing: Code,
    misspelt: Code,
    duplicate: Code,
}

impl Codes {
    fn of(layout: PartLayout) -> Self {
        match layout {
            PartLayout::Table => {
                Self { missing: Code::MissingColumn, misspelt: Code::MisspeltColumn, duplicate: Code::DuplicateColumn }
            }
            PartLayout::List => {
                Self { missing: Code::MissingTerm, misspelt: Code::MisspeltTerm, duplicate: Code::DuplicateTerm }
            }
        }
    }
}

impl<'s, T> LabelledPart<'s, T> {
    fn has(&self, known: &FieldSchema) -> bool {
        self.labels.iter().any(|label| known.is(label.value))
    }

    /// The header row, or the first item.
    pub(super) fn head(&self) -> Span {
        self.head
    }

    /// Whether one of the labels stands at a span.
    pub(super) fn has_label_at(&self, span: Span) -> bool {
        self.labels.iter().any(|label| label.span == span)
    }

    fn is_named(&self, part: &PartSchema) -> bool {
        self.name.is_some_and(|name| name.eq_ignore_ascii_case(part.name))
    }

    /// The labels that the schema does not know, without those that are prose.
    fn unknown(&self, part: &'static PartSchema) -> impl Iterator<Item = Spanned<&'s str>> {
        let short = |label: &&Spanned<&str>| !label.value.is_empty() && label.value.len() <= LONGEST_LABEL;
        self.labels.iter().filter(short).filter(|label| part.field(label.value).is_none()).copied()
    }

    /// The unknown label that is probably meant to be a known one which is not there.
    fn typo(&self, part: &'static PartSchema, known: &FieldSchema) -> Option<Spanned<&'s str>> {
        if self.has(known) {
            return None;
        }
        let other_name = |label: &Spanned<&str>| known.also.iter().any(|also| also.eq_ignore_ascii_case(label.value));
        if let Some(label) = self.unknown(part).find(other_name) {
            return Some(label);
        }
        let nearest = closest(known.name, self.unknown(part).map(|label| label.value))?;
        self.unknown(part).find(|label| label.value == nearest)
    }
}

impl Parts<'_, '_> {
    /// Whether what stands at a place is about this network.
    pub(super) fn has(&self, place: Span) -> bool {
        self.section.as_ref().is_none_or(|section| section.contains(&place.range().start))
    }

    /// Whether what stands at a place is about this network or for all of them.
    pub(super) fn may_use(&self, place: Span) -> bool {
        self.elsewhere.iter().all(|section| !section.contains(&place.range().start))
    }
}

impl<T> PartLookup<T> {
    /// The part itself, if it is there.
    pub(super) fn found(self) -> Option<T> {
        match self {
            Self::Found(part) => Some(part),
            Self::Absent | Self::Refused => None,
        }
    }

    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

#[cfg(test)]
mod tests {
    use crate::network::testing::{BRIDGE, CP, DHCP, GUESTS, SERVICES, check};

    const OTHER_GUESTS: &str = "\nText\n\n| IP | Guest | TAP |\n| 10.42.0.11 | wk-1 | qvm0tap1 |\n";

    #[test]
    fn columns_stand_in_any_order_and_case() {
        check(&format!("{BRIDGE}\n| tap | =GUEST= | Notes | ip |\n| t0 | cp | it's $(here); | 10.42.0.10 |\n"), &[]);
        check(
            &format!(
                "{BRIDGE}\n| <l> | <10> | | |\n| Guest | IP | TAP |\n| / | < | > |\n| cp | 10.42.0.10 | t0 |\n| | | |\n"
            ),
            &[],
        );
    }

    #[test]
    fn of_several_the_named_one_counts() {
        check(
            &format!("{BRIDGE}{GUESTS}{CP}{OTHER_GUESTS}"),
            &["ambiguous-table | IP | Guest | TAP | < | Guest | IP | TAP | MAC | Hostname |"],
        );
        let named = OTHER_GUESTS.replace("| IP", "#+NAME: guests\n| IP");
        check(&format!("{BRIDGE}{GUESTS}{CP}{named}"), &[]);
        check(&format!("{BRIDGE}{named}{named}"), &["ambiguous-table | IP | Guest | TAP | < | IP | Guest | TAP |"]);
    }

    #[test]
    fn a_typo_in_a_name_is_reported_where_it_stands() {
        check(&format!("{BRIDGE}\n| Gest | IP | TAP |\n| cp | 10.42.0.10 | t0 |\n"), &["missing-column Gest"]);
        check(&format!("- Nmae :: qvm0\n- Subnet :: 10.42.0.1/24\n{GUESTS}{CP}"), &["missing-term Nmae"]);
        check("| Guset | IP | TAP |\n| cp | 10.42.0.10 | t0 |\n", &["missing-column Guset"]);
        check(&format!("{BRIDGE}- Domian :: x.lan\n{GUESTS}{CP}"), &["misspelt-term Domian"]);
        check(
            &format!("{BRIDGE}\n| Guest | IP | TAP | Hostnme |\n| cp | 10.42.0.10 | t0 | x |\n"),
            &["misspelt-column Hostnme"],
        );
    }

    #[test]
    fn own_fields_have_keys_of_their_own() {
        let table =
            |columns: &str| format!("{BRIDGE}\n| Guest | IP | TAP | {columns} |\n| cp | 10.42.0.10 | t0 | 1 | 2 |\n");
        check(&table("Rack | Unit"), &[]);
        check(&table("Rack no | rack-no"), &["misspelt-column rack-no < Rack no"]);
        check(&table("Rack | Rack"), &["misspelt-column Rack < Rack"]);
        check(&table("Rack | Short aliases"), &["misspelt-column Short aliases"]);
        check(&format!("{BRIDGE}- VLAN id :: 7\n- VLAN-ID :: 8\n{GUESTS}{CP}"), &["misspelt-term VLAN-ID < VLAN id"]);
        check(&format!("{BRIDGE}- Note :: a\n- Note :: b\n{GUESTS}{CP}"), &[]);
    }

    #[test]
    fn what_is_missing_is_reported_in_a_network_and_nowhere_else() {
        let services = "\n| Service | IP | Interface |\n| DNS | 10.42.0.2 | veth0 |\n";
        check(&format!("{BRIDGE}{GUESTS}{CP}{services}"), &["missing-column | Service | IP | Interface |"]);
        check(services, &[]);
        check(&format!("- Subnet :: 10.42.0.1/24\n{GUESTS}{CP}"), &["missing-term - Subnet :: 10.42.0.1/24"]);
        check(&format!("- Name :: qvm0\n{GUESTS}{CP}"), &["missing-table | Guest | IP | TAP | MAC | Hostname |"]);
        check(&format!("{BRIDGE}\n| Guest | TAP |\n| cp | t0 |\n"), &["missing-column | Guest | TAP |"]);
        check(&format!("{BRIDGE}{GUESTS}{CP}\n| IP | Port |\n| 10.42.0.9 | 1 |\n"), &[]);
    }

    #[test]
    fn labels_stand_once() {
        check(&format!("{BRIDGE}- name :: x\n{GUESTS}{CP}"), &["duplicate-term name < Name"]);
        check(
            &format!("{BRIDGE}{GUESTS}{CP}{SERVICES}{DHCP}").replace("MAC |", "TAP |"),
            &["duplicate-column TAP < TAP"],
        );
    }
}
