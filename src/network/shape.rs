//! Finding the bridge list, the guest table and the service table among a document's lists and tables.
//!
//! They are known by what their header or their terms say, never by where they stand. A `#+NAME:` decides between
//! several of the same shape. What looks almost like one of them is reported: skipping it would turn a slip of the pen
//! into a network without guests.

use crate::diagnostic::{Code, Diagnostic, closest};
use crate::network::cell::quote;
use crate::network::grid::header;
use crate::org::inline::unmarked;
use crate::org::{Document, List, Table};
use crate::source::{Span, Spanned};

/// Longer labels are prose; no known one is nearly as long.
const LONGEST_LABEL: usize = 32;

/// What one part of the network looks like.
pub(super) struct Shape {
    /// What messages call it.
    what: &'static str,
    /// The `#+NAME:` that decides where several have this shape.
    name: &'static str,
    /// Column names or terms that make the shape.
    required: &'static [&'static str],
    /// The one of them that is used for little else.
    telling: &'static str,
    /// Column names or terms that may be there too.
    optional: &'static [&'static str],
    /// What the labels are: columns of a table or terms of a list.
    labels: Labels,
}

/// Columns or terms; messages and codes differ.
struct Labels {
    what: &'static str,
    missing: Code,
    misspelt: Code,
    duplicate: Code,
}

const COLUMNS: Labels = Labels {
    what: "column",
    missing: Code::MissingColumn,
    misspelt: Code::MisspeltColumn,
    duplicate: Code::DuplicateColumn,
};

const TERMS: Labels =
    Labels { what: "term", missing: Code::MissingTerm, misspelt: Code::MisspeltTerm, duplicate: Code::DuplicateTerm };

pub(super) const BRIDGE: Shape = Shape {
    what: "bridge list",
    name: "bridge",
    required: &["Name", "Subnet"],
    telling: "Subnet",
    optional: &["Namespace", "Domain", "Pin"],
    labels: TERMS,
};

pub(super) const GUESTS: Shape = Shape {
    what: "guest table",
    name: "guests",
    required: &["Guest", "IP", "TAP"],
    telling: "TAP",
    optional: &["Hostname", "MAC"],
    labels: COLUMNS,
};

pub(super) const SERVICES: Shape = Shape {
    what: "service table",
    name: "services",
    required: &["Service", "IP", "Port", "Interface"],
    telling: "Service",
    optional: &[],
    labels: COLUMNS,
};

/// The parts that a document has.
pub(super) struct Parts<'d, 's> {
    pub(super) bridge: Part<&'d List<'s>>,
    pub(super) guests: Part<&'d Table<'s>>,
    pub(super) services: Part<&'d Table<'s>>,
}

/// One part of the network, looked for.
#[derive(Clone, Copy)]
pub(super) enum Part<T> {
    /// It is there.
    Found(T),
    /// Nothing looks like it.
    Absent,
    /// Something looks almost like it, or too much does; that was reported.
    Refused,
}

/// A list or table with its labels.
struct Candidate<'s, T> {
    part: T,
    labels: Vec<Spanned<&'s str>>,
    name: Option<&'s str>,
    /// The header row, or the first item.
    head: Span,
}

/// Finds the parts of the network; none if the document describes no network.
pub(super) fn find<'d, 's>(document: &'d Document<'s>, found: &mut Vec<Diagnostic>) -> Option<Parts<'d, 's>> {
    let lists: Vec<_> = document.lists.iter().filter_map(list_candidate).collect();
    let tables: Vec<_> = document.tables.iter().filter_map(table_candidate).collect();
    let bridges = lists.iter().filter(|list| BRIDGE.fits(list)).count();
    let has_table = tables.iter().any(|table| GUESTS.fits(table) || SERVICES.fits(table));
    if bridges > 1 && !has_table {
        // Several lists with a name and a subnet and no table to go with any are notes about something else.
        return None;
    }
    let is_network = has_table || bridges == 1;
    let parts = Parts {
        bridge: BRIDGE.choose(&lists, is_network, found),
        guests: GUESTS.choose(&tables, is_network, found),
        services: SERVICES.choose(&tables, is_network, found),
    };
    let nothing = parts.bridge.is_absent() && parts.guests.is_absent() && parts.services.is_absent();
    (!nothing).then_some(parts)
}

/// A description list with its terms; other lists are no candidates.
fn list_candidate<'d, 's>(list: &'d List<'s>) -> Option<Candidate<'s, &'d List<'s>>> {
    let labels: Vec<_> = list.items.iter().filter_map(|item| item.tag.map(unmarked)).collect();
    let head = list.items.first()?.span;
    (!labels.is_empty()).then(|| Candidate { part: list, labels, name: name_of(&list.affiliated), head })
}

/// A table with its column names; a table of rules alone is no candidate.
fn table_candidate<'d, 's>(table: &'d Table<'s>) -> Option<Candidate<'s, &'d Table<'s>>> {
    let (head, cells) = header(table)?;
    let labels = cells.iter().copied().map(unmarked).collect();
    Some(Candidate { part: table, labels, name: name_of(&table.affiliated), head })
}

fn name_of<'s>(affiliated: &crate::org::Affiliated<'s>) -> Option<&'s str> {
    affiliated.name().map(|name| name.value)
}

impl Shape {
    /// Whether every required label is there.
    fn fits<T>(&self, candidate: &Candidate<'_, T>) -> bool {
        self.required.iter().all(|required| candidate.has(required))
    }

    /// The one candidate of this shape, or what is wrong with those that come near it.
    fn choose<T: Copy>(
        &self,
        candidates: &[Candidate<'_, T>],
        is_network: bool,
        found: &mut Vec<Diagnostic>,
    ) -> Part<T> {
        let mut fitting: Vec<_> = candidates.iter().filter(|candidate| self.fits(candidate)).collect();
        if fitting.iter().any(|candidate| self.is_named(candidate)) {
            fitting.retain(|candidate| self.is_named(candidate));
        }
        match fitting[..] {
            [] => self.report_near(candidates, is_network, found),
            [one] => {
                self.report_labels(one, found);
                Part::Found(one.part)
            }
            [first, second, ..] => {
                found.push(self.ambiguous(first, second));
                Part::Refused
            }
        }
    }

    fn is_named<T>(&self, candidate: &Candidate<'_, T>) -> bool {
        candidate.name.is_some_and(|name| name.eq_ignore_ascii_case(self.name))
    }

    fn ambiguous<T>(&self, first: &Candidate<'_, T>, second: &Candidate<'_, T>) -> Diagnostic {
        let message = format!("this looks like the {0}, and so does another before it", self.what);
        let help = format!("write `#+NAME: {}` above the one that is meant, or take the other away", self.name);
        Diagnostic::new(Code::AmbiguousTable, second.head, message, help).label(first.head, "the other one")
    }

    /// Reports labels that stand twice, and unknown ones that are probably a slip of an optional one.
    fn report_labels<T>(&self, candidate: &Candidate<'_, T>, found: &mut Vec<Diagnostic>) {
        for known in self.required.iter().chain(self.optional) {
            let mut places = candidate.labels.iter().filter(|label| label.value.eq_ignore_ascii_case(known));
            if let (Some(first), Some(second)) = (places.next(), places.next()) {
                let message = format!("the {} has two {}s `{known}`", self.what, self.labels.what);
                let help = "keep one of the two, or give one another name";
                let finding = Diagnostic::new(self.labels.duplicate, second.span, message, help);
                found.push(finding.label(first.span, "the first one"));
            }
        }
        for (known, slip) in self.optional.iter().filter_map(|known| Some((known, self.slip(candidate, known)?))) {
            let message = format!("{} `{}` of the {} means nothing", self.labels.what, quote(slip.value), self.what);
            let help = format!("write `{known}` if that is meant, or a name less like it");
            let finding = Diagnostic::new(self.labels.misspelt, slip.span, message, help);
            found.push(finding.fix(slip.span, Some(*known)));
        }
    }

    /// Reports what candidates that come near this shape lack.
    fn report_near<T>(
        &self,
        candidates: &[Candidate<'_, T>],
        is_network: bool,
        found: &mut Vec<Diagnostic>,
    ) -> Part<T> {
        let mut part = Part::Absent;
        for candidate in candidates.iter().filter(|candidate| self.is_near(candidate, is_network)) {
            part = Part::Refused;
            for required in self.required.iter().filter(|required| !candidate.has(required)) {
                found.push(self.missing(candidate, required));
            }
        }
        part
    }

    /// Whether a candidate is probably meant to have this shape.
    ///
    /// A slip in a name is enough where every other name is right. A name that is not there at all only counts in a
    /// document that has another part of a network: tables with a column `IP` are everywhere.
    fn is_near<T>(&self, candidate: &Candidate<'_, T>, is_network: bool) -> bool {
        let right = self.required.iter().filter(|required| candidate.has(required)).count();
        if right == 0 {
            return false;
        }
        let slips = self.required.iter().filter(|required| self.slip(candidate, required).is_some()).count();
        let likely = (right + slips) * 2 >= self.required.len() && candidate.has(self.telling);
        let most = (right + slips) * 3 >= self.required.len() * 2;
        right + slips == self.required.len() || is_network && (likely || most || self.is_named(candidate))
    }

    fn missing<T>(&self, candidate: &Candidate<'_, T>, required: &str) -> Diagnostic {
        let Labels { what: label, missing, .. } = self.labels;
        let message = format!("the {} has no {label} `{required}`", self.what);
        if let Some(slip) = self.slip(candidate, required) {
            let help = format!("write `{required}` where `{}` stands", quote(slip.value));
            return Diagnostic::new(missing, slip.span, message, help).fix(slip.span, Some(required));
        }
        let help = format!("add a {label} `{required}`, or drop what makes this look like the {}", self.what);
        Diagnostic::new(missing, candidate.head, message, help)
    }

    /// The unknown label that is probably meant to be a known one which is not there.
    fn slip<'s, T>(&self, candidate: &Candidate<'s, T>, known: &str) -> Option<Spanned<&'s str>> {
        if candidate.has(known) {
            return None;
        }
        let is_known = |label: &str| {
            let mut all = self.required.iter().chain(self.optional);
            all.any(|known| known.eq_ignore_ascii_case(label))
        };
        let unknown = || {
            let short = |label: &&Spanned<&str>| !label.value.is_empty() && label.value.len() <= LONGEST_LABEL;
            candidate.labels.iter().filter(short).filter(|label| !is_known(label.value))
        };
        let nearest = closest(known, unknown().map(|label| label.value))?;
        unknown().find(|label| label.value == nearest).copied()
    }
}

impl<T> Candidate<'_, T> {
    fn has(&self, known: &str) -> bool {
        self.labels.iter().any(|label| label.value.eq_ignore_ascii_case(known))
    }
}

impl<T> Part<T> {
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
    fn a_slip_in_a_name_is_reported_where_it_stands() {
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
