//! The model as the engine takes it, and what is known of each text in it.
//!
//! To a template, texts of the model are ordinary strings, so comparing, joining and testing work as anywhere. What makes
//! them more is their address: each is one shared string that lives as long as its [`LeafTable`], which knows the kind and
//! the place of the text at an address.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, Value};

use crate::render::model::{Leaf, ModelNode};
use crate::render::quote::QuoteKind;
use crate::source::Span;

/// Kind and place of every text of a model, by its address.
#[derive(Debug, Default)]
pub(crate) struct LeafTable {
    leaves: HashMap<usize, (QuoteKind, Option<Span>), BuildHasherDefault<AddressHasher>>,
    /// How many bytes all texts have together.
    bytes: usize,
}

impl LeafTable {
    /// The engine's form of a tree, whose texts are in this table from then on.
    pub(crate) fn enter(&mut self, node: &ModelNode) -> Value {
        match node {
            ModelNode::Leaf(leaf) => self.enter_leaf(leaf),
            ModelNode::Flag(flag) => Value::from(*flag),
            ModelNode::List(rows) => {
                let mut names = None;
                let mut enter = |row: &ModelNode| match row {
                    ModelNode::Map(entries) => self.enter_map(entries, &mut names),
                    ModelNode::Leaf(_) | ModelNode::Flag(_) | ModelNode::List(_) => self.enter(row),
                };
                Value::from(rows.iter().map(&mut enter).collect::<Vec<Value>>())
            }
            ModelNode::Map(entries) => self.enter_map(entries, &mut None),
        }
    }

    /// A map, which shares its names with the row before it if that has the same.
    fn enter_map(&mut self, entries: &[(Name, ModelNode)], before: &mut Option<Arc<[Name]>>) -> Value {
        let names = || entries.iter().map(|(name, _)| name);
        let shared = before.take().filter(|before| before.iter().eq(names()));
        let names = shared.unwrap_or_else(|| names().cloned().collect());
        *before = Some(Arc::clone(&names));
        let values = entries.iter().map(|(_, node)| self.enter(node)).collect();
        Value::from_object(NamedValues { names, values })
    }

    /// What is known of a text: nothing if a template made it.
    pub(crate) fn get(&self, text: &str) -> Option<(QuoteKind, Option<Span>)> {
        self.leaves.get(&(text.as_ptr() as usize)).copied()
    }

    /// The number of texts.
    pub(crate) fn len(&self) -> usize {
        self.leaves.len()
    }

    /// How many bytes all texts have together.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn enter_leaf(&mut self, leaf: &Leaf) -> Value {
        let text: Arc<str> = Arc::from(leaf.text.as_str());
        self.bytes += text.len();
        self.leaves.insert(text.as_ptr() as usize, (leaf.kind, leaf.span));
        Value::from(text)
    }
}

type Name = Cow<'static, str>;

/// A map of the model. It has a few names, which are found sooner one after the other than in a tree; of one that stands
/// twice, the last counts.
///
/// All rows of a table share one list of names, which a loop over them finds in the processor's cache each time.
#[derive(Debug)]
struct NamedValues {
    names: Arc<[Name]>,
    /// The value of each name.
    values: Vec<Value>,
}

impl Object for NamedValues {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let index = self.names.iter().rposition(|name| name == key)?;
        self.values.get(index).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let sorted: BTreeSet<&str> = self.names.iter().map(|name| &**name).collect();
        Enumerator::Values(sorted.into_iter().map(Value::from).collect())
    }
}

/// Texts that a template places one after the other were made one after the other, so what is known of them shall lie side
/// by side as well: the hash goes up with the address. Addresses that share a place cost a look at each, but texts lie so
/// far apart only if they are that long.
#[derive(Debug, Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, address: usize) {
        // The table finds the place by the lowest bits, and tells neighbours apart by the seven highest.
        const HIGHEST: u64 = 0x7f << 57;
        let address = self.0 ^ (address as u64 >> 4);
        self.0 = (address & !HIGHEST) | (address.wrapping_mul(0x9e37_79b9_7f4a_7c15) & HIGHEST);
    }
}

#[cfg(test)]
mod tests {
    use super::LeafTable;
    use crate::render::model::{Leaf, ModelNode};
    use crate::render::quote::QuoteKind;

    fn row(entries: &[(&'static str, &str)]) -> ModelNode {
        let leaf = |text: &str| ModelNode::Leaf(Leaf { text: text.to_owned(), kind: QuoteKind::Text, span: None });
        ModelNode::Map(entries.iter().map(|(name, text)| ((*name).into(), leaf(text))).collect())
    }

    #[test]
    fn rows_keep_their_own_names_and_of_one_that_stands_twice_the_last_counts() {
        let rows = [
            row(&[("a", "1"), ("b", "2")]),
            row(&[("a", "3"), ("b", "4")]),
            row(&[("a", "5"), ("b", "6"), ("a", "7")]),
            row(&[("b", "8")]),
            row(&[("a", "9"), ("b", "10")]),
        ];
        let mut texts = LeafTable::default();
        let rows = texts.enter(&ModelNode::List(rows.to_vec()));
        let column = |name: &str| -> Vec<String> {
            let values = rows.try_iter().unwrap().map(|row| row.get_attr(name).unwrap_or_default());
            values.map(|value| value.as_str().unwrap_or("-").to_owned()).collect()
        };
        assert_eq!(column("a"), ["1", "3", "7", "-", "9"]);
        assert_eq!(column("b"), ["2", "4", "6", "8", "10"]);
        assert_eq!(column("c"), ["-"; 5]);
    }

    #[test]
    fn what_is_known_of_a_text_is_known_by_its_place() {
        let words: Vec<String> = (0..5_000).map(|number| format!("word-{}", number % 7)).collect();
        let leaf = |(number, word): (usize, &String)| {
            let kind = if number % 3 == 0 { QuoteKind::Word } else { QuoteKind::Text };
            ModelNode::Leaf(Leaf { text: word.clone(), kind, span: None })
        };
        let mut texts = LeafTable::default();
        let values = texts.enter(&ModelNode::List(words.iter().enumerate().map(leaf).collect()));
        for (number, value) in values.try_iter().unwrap().enumerate() {
            let kind = if number % 3 == 0 { QuoteKind::Word } else { QuoteKind::Text };
            assert_eq!(texts.get(value.as_str().unwrap()), Some((kind, None)), "{number}");
        }
        assert_eq!(texts.len(), words.len());
        assert_eq!(texts.get(&words[0]), None);
    }
}
