//! What an edit of a document means: for its network, for the files, for the host on which the network runs, and for the
//! guests that run there.
//!
//! Two states of a document go in, each with its networks and outputs; an `EditPlan` comes out, which is data. What it says of
//! the host is what the generated scripts do: `up.sh` does what is missing, refuses what it may not do, and starts again
//! what has another configuration. Who prints it decides how it looks.

mod follows;
mod host;
mod meaning;
mod networks;
mod outlook;
mod outputs;
mod reach;
mod state;
mod steps;

use crate::network::Network;
pub use follows::{Consequence, ConsequenceKind};
pub use host::HostView;
pub use meaning::{MeaningKind, NetworkChange, ValueChange};
pub use networks::NetworkPlan;
pub use outlook::GuestOutlook;
pub use outputs::{FileChange, FileChangeKind};
pub use reach::Peer;
pub use state::{Circumstances, DocumentState, PlannedOutput};
pub use steps::{Actor, PlannedStep};

/// What an edit means.
#[derive(Debug, Default)]
pub struct EditPlan {
    /// One entry a network that changes or whose outputs do.
    pub networks: Vec<NetworkPlan>,
    /// Outputs that change.
    pub files: Vec<FileChange>,
    /// The command that writes the outputs, if the disk has others.
    pub compile: Option<String>,
}

impl EditPlan {
    /// Whether nothing changes and nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.networks.is_empty() && self.files.is_empty() && self.compile.is_none()
    }
}

/// Plans the way from one state of a document to another.
pub fn plan(old: &DocumentState<'_>, new: &DocumentState<'_>, circumstances: &Circumstances) -> EditPlan {
    let networks = networks::pairs(old.networks, new.networks);
    let plan_one = |pair: networks::NetworkPair<'_>| {
        networks::plan(pair, &old.of(pair.old), &new.of(pair.new), &circumstances.of(pair.old, pair.new))
    };
    let planned = networks.into_iter().filter_map(plan_one);
    EditPlan {
        networks: planned.collect(),
        files: outputs::file_changes(old, new),
        compile: circumstances.compile.clone(),
    }
}

/// What the networks of a document mean beside those that it had.
pub fn meanings(old: &[Network], new: &[Network]) -> Vec<NetworkChange> {
    networks::pairs(old, new).into_iter().flat_map(networks::meanings).collect()
}

/// Plans the way from what a host has of some networks to a state of their document.
pub fn plan_host(views: Vec<(&Network, HostView)>, circumstances: &Circumstances) -> EditPlan {
    let plan_one = |(network, view): (&Network, HostView)| NetworkPlan {
        bridge: network.bridge.name.value.as_str().to_owned(),
        steps: host::steps(network, &view, &circumstances.of(Some(network), Some(network))),
        host: Some(view),
        ..NetworkPlan::default()
    };
    let networks = views.into_iter().map(plan_one).collect();
    EditPlan { networks, files: Vec::new(), compile: circumstances.compile.clone() }
}
