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
            ModelNode::List(rows) => Value::from(rows.iter().map(|row| self.enter(row)).collect::<Vec<Value>>()),
            ModelNode::Map(entries) => {
                let entries = entries.iter().map(|(name, node)| (name.clone(), self.enter(node)));
                Value::from_object(NamedValues(entries.collect()))
            }
        }
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

/// A map of the model. It has a few names, which are found sooner one after the other than in a tree; of one that stands
/// twice, the last counts.
#[derive(Debug)]
struct NamedValues(Vec<(Cow<'static, str>, Value)>);

impl Object for NamedValues {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.0.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let sorted: BTreeSet<&str> = self.0.iter().map(|(name, _)| &**name).collect();
        Enumerator::Values(sorted.into_iter().map(Value::from).collect())
    }
}

/// Addresses are no input of anybody, so spreading their bits is enough.
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
        self.0 = (self.0 ^ address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
}
