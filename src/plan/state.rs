//! What a plan is made from: a state of a document, and what commands have to be typed with.

use std::collections::BTreeMap;

use crate::artifact::Producer;
use crate::network::Network;

/// What a document gives, or gave.
#[derive(Debug, Default)]
pub struct DocumentState<'a> {
    /// Its networks.
    pub networks: &'a [Network],
    /// Its outputs by their names.
    pub outputs: BTreeMap<String, PlannedOutput<'a>>,
}

/// An output of a document. Its name is its path below the folder of the scripts, with `/` between the parts; as it is shown
/// if it lies elsewhere.
#[derive(Debug)]
pub struct PlannedOutput<'a> {
    /// Its path as messages show it.
    pub shown: String,
    /// Its text.
    pub text: &'a str,
    /// Who made it.
    pub producer: Producer,
}

/// What commands have to be typed with.
#[derive(Debug, Default)]
pub struct Circumstances {
    /// The command that writes the outputs; none if the disk has them already.
    pub compile: Option<String>,
    /// The folder of the scripts, as a shell takes it, with a `/` at its end; empty for the current one.
    pub folder: String,
}

impl DocumentState<'_> {
    /// The output of a name.
    pub(super) fn output(&self, name: &str) -> Option<&PlannedOutput<'_>> {
        self.outputs.get(name)
    }
}
