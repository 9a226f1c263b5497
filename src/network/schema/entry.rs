//! The form of the schema's entries: parts of a network, their fields, and services; how each is found by what a
//! document writes.
//!
//! A *part* is a table or a list, a *field* a column of a table or a term of a list.

use std::marker::PhantomData;

use crate::network::types::{CellValue, ValueType};
use crate::network::value::{Port, Protocol};

/// A table or a list of the network.
#[derive(Debug)]
pub struct PartSchema {
    /// What messages call it.
    pub what: &'static str,
    /// The `#+NAME:` that decides where several look alike.
    pub name: &'static str,
    /// Whether it is a table or a list.
    pub layout: PartLayout,
    /// What it describes, in one sentence.
    pub meaning: &'static str,
    /// The required field that is used for little else.
    pub identifying_field: &'static str,
    /// Where it may stand.
    pub whereabouts: Whereabouts,
    /// Its columns or terms.
    pub fields: &'static [&'static FieldSchema],
    /// What templates know of a row, or of the network, beside its fields: no other column may have such a name.
    pub made: &'static [&'static str],
}

/// How a part is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartLayout {
    /// A table; fields are columns.
    Table,
    /// A description list; fields are terms.
    List,
}

/// Where a part of a network may stand in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// Anywhere: its columns or terms are those of no other table or list.
    Anywhere,
    /// Anywhere, where all of its columns are there: some of them stand in other tables as well.
    AnywhereComplete,
    /// In the section of the bridge list, or below it: other tables have such columns as well. Its `#+NAME:` will do, too.
    BesideBridgeList,
}

/// A column of a table or a term of a list.
#[derive(Debug, Clone, Copy)]
pub struct FieldSchema {
    /// How a document writes it, in any letter case.
    pub name: &'static str,
    /// What else people call it: reported, with the name to write instead.
    pub also: &'static [&'static str],
    /// What templates and `show model` call it.
    pub key: &'static str,
    /// What messages call its value.
    pub noun: &'static str,
    /// Whether the part is one without it.
    pub presence: FieldPresence,
    /// What an empty cell means.
    pub empty: Empty,
    /// How many values a cell can hold.
    pub amount: Amount,
    /// What the values are.
    pub value: ValueType,
    /// What it says.
    pub meaning: &'static str,
    /// What a value looks like.
    pub example: Example,
    normal: fn(&str) -> Result<String, String>,
}

/// Whether a part must have a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldPresence {
    /// It is one of those that make the part what it is.
    Required,
    /// The part may do without it.
    Optional,
}

/// What an empty cell means, or the lack of an optional field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    /// A mistake.
    Refused,
    /// The value of the cell above, up to the next rule.
    RepeatsAbove,
    /// This value.
    Is(&'static str),
    /// A value that is made from others, as these words say.
    Made(&'static str),
    /// No value; what follows from that, in a few words.
    Nothing(&'static str),
}

/// How many values a cell can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// One.
    One,
    /// Several, parted by commas; a term may also be repeated.
    Many,
}

/// What a value looks like; the best example depends on the rest of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    /// This one, in any document.
    Fixed(&'static str),
    /// An address of the subnet that nobody has.
    FreeAddress,
    /// The IPv6 address with the host part of the row's other one.
    SameHost,
    /// A TAP of the bridge that no guest has.
    FreeTap,
    /// A hardware address that no interface has.
    FreeMac,
    /// A host name in the domain.
    HostName,
    /// A name that no guest has.
    FreeGuest,
    /// A name for the bridge.
    Bridge,
    /// A subnet that the addresses of the document are in.
    Subnet,
    /// The domain that host names end in.
    Domain,
    /// The namespace that follows from the bridge's name.
    Namespace,
    /// A service that the table does not have.
    Service,
    /// The interface of a service's address, or one that nothing is named like.
    ServiceInterface,
    /// A port that no other service has.
    ServicePort,
    /// A file named after the row, with this ending.
    FileOf(&'static str),
}

/// A field whose values have the type `T`.
#[derive(Debug)]
pub struct Field<T> {
    /// All that there is to say of it.
    pub schema: FieldSchema,
    value: PhantomData<fn() -> T>,
}

/// A service that we know.
#[derive(Debug, PartialEq, Eq)]
pub struct ServiceSchema {
    /// How a document writes it; letter case, spaces and hyphens make no difference.
    pub name: &'static str,
    /// Other names that are understood.
    pub spellings: &'static [&'static str],
    /// What templates call the kind of service.
    pub key: &'static str,
    /// What has to be done for it.
    pub role: ServiceRole,
    /// The port it listens on if the document names none.
    pub port: Option<Port>,
    /// What it speaks.
    pub protocols: &'static [Protocol],
    /// Who may reach it.
    pub clients: Clients,
    /// What runs it.
    pub program: &'static str,
    /// What it is for.
    pub meaning: &'static str,
}

/// Who may reach a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clients {
    /// Guests, the host, and who is routed there.
    Anybody,
    /// Guests alone, each from its own address.
    Guests,
}

/// What has to be done for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceRole {
    /// Nothing: it is the host's own address on the bridge.
    Gateway,
    /// dnsmasq answers DHCP, on one interface.
    Dhcp,
    /// dnsmasq answers DNS; port 53 is led to it.
    Dns,
    /// One process for each row; templates find the rows in a list of this name.
    Process(&'static str),
    /// Nothing by us: a template of the person's own has to.
    Unknown,
}

impl PartSchema {
    /// The field that a document calls so.
    pub fn field(&self, label: &str) -> Option<&'static FieldSchema> {
        self.fields.iter().copied().find(|field| field.is(label))
    }

    /// The fields that make it what it is.
    pub fn required(&self) -> impl Iterator<Item = &'static FieldSchema> {
        self.fields.iter().copied().filter(|field| field.presence == FieldPresence::Required)
    }
}

impl PartLayout {
    /// What a field is called in it.
    pub fn field(self) -> &'static str {
        match self {
            Self::Table => "column",
            Self::List => "term",
        }
    }
}

impl FieldSchema {
    /// Whether a document means this field by a label.
    pub fn is(&self, label: &str) -> bool {
        self.name.eq_ignore_ascii_case(label)
    }

    /// The normal form of one value, or why a text is none.
    pub fn normal(&self, text: &str) -> Result<String, String> {
        (self.normal)(text)
    }
}

impl PartialEq for FieldSchema {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.key) == (other.name, other.key)
    }
}

impl Eq for FieldSchema {}

impl<T: CellValue> Field<T> {
    /// A required field with one value; the steps below make it another one.
    pub(super) const fn new(name: &'static str, key: &'static str, meaning: &'static str) -> Self {
        let schema = FieldSchema {
            name,
            also: &[],
            key,
            noun: key,
            presence: FieldPresence::Required,
            empty: Empty::Refused,
            amount: Amount::One,
            value: T::TYPE,
            meaning,
            example: Example::Fixed(""),
            normal: normal::<T>,
        };
        Self { schema, value: PhantomData }
    }

    /// With other names that people use.
    pub(super) const fn also(mut self, also: &'static [&'static str]) -> Self {
        self.schema.also = also;
        self
    }

    /// With another word in messages than the one templates use.
    pub(super) const fn noun(mut self, noun: &'static str) -> Self {
        self.schema.noun = noun;
        self
    }

    /// Which a part may do without.
    pub(super) const fn optional(mut self) -> Self {
        self.schema.presence = FieldPresence::Optional;
        self
    }

    /// With a meaning for empty cells.
    pub(super) const fn empty(mut self, empty: Empty) -> Self {
        self.schema.empty = empty;
        self
    }

    /// Of which a cell can hold several.
    pub(super) const fn many(mut self) -> Self {
        self.schema.amount = Amount::Many;
        self
    }

    /// With an example.
    pub(super) const fn example(mut self, example: Example) -> Self {
        self.schema.example = example;
        self
    }
}

impl ServiceSchema {
    /// Whether a document means this service by a name.
    pub fn is(&self, name: &str) -> bool {
        let plain = plain(name);
        std::iter::once(&self.name).chain(self.spellings).any(|known| plain == self::plain(known))
    }
}

impl ServiceRole {
    /// Whether our scripts run something for it.
    pub fn is_run(self) -> bool {
        match self {
            Self::Gateway | Self::Unknown => false,
            Self::Dhcp | Self::Dns | Self::Process(_) => true,
        }
    }
}

fn normal<T: CellValue>(text: &str) -> Result<String, String> {
    T::from_cell(text).map(|value| value.to_string())
}

/// A name without what makes no difference.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
