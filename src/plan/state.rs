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
#[derive(Debug, Clone)]
pub struct PlannedOutput<'a> {
    /// Its path as messages show it.
    pub shown: String,
    /// Its text.
    pub text: &'a str,
    /// Who made it.
    pub producer: Producer,
}

/// What commands have to be typed with.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// The command that writes the outputs; none if the disk has them already.
    pub compile: Option<String>,
    /// The folder of the scripts, as a shell takes it, with a `/` at its end; empty for the current one.
    pub folder: String,
    /// The same for the scripts that the outputs replace.
    pub old_folder: String,
}

impl<'a> DocumentState<'a> {
    /// The outputs of one of its networks, by their names in that network's folder.
    pub(super) fn of(&self, network: Option<&Network>) -> Self {
        let Some(folder) = network.and_then(Network::folder) else {
            return Self { networks: self.networks, outputs: self.outputs.clone() };
        };
        let within = |(name, output): (&String, &PlannedOutput<'a>)| {
            Some((name.strip_prefix(folder)?.strip_prefix('/')?.to_owned(), output.clone()))
        };
        Self { networks: self.networks, outputs: self.outputs.iter().filter_map(within).collect() }
    }

    /// The output of a name.
    pub(super) fn output(&self, name: &str) -> Option<&PlannedOutput<'a>> {
        self.outputs.get(name)
    }
}

impl Circumstances {
    /// Those of one network, which may have had a folder of its own, and may have one now.
    #[must_use]
    pub fn of(&self, old: Option<&Network>, new: Option<&Network>) -> Self {
        let within = |folder: &str, network: Option<&Network>| match network.and_then(Network::folder) {
            Some(name) => format!("{}{name}/", if folder.is_empty() { "./" } else { folder }),
            None => folder.to_owned(),
        };
        Self {
            compile: self.compile.clone(),
            folder: within(&self.folder, new),
            old_folder: within(&self.old_folder, old),
        }
    }
}
