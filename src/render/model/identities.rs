//! The private keys that ssh is to offer to guests: the counterparts of the public keys that `SSH key` names.

use super::{ModelNode, leaf, map};
use crate::network::Network;
use crate::network::schema::BRIDGE_SSH_KEY;
use crate::render::quote::QuoteKind;

/// A row for each, with its path as the document has it; `below_qvm_dir` says where it begins.
pub(super) fn identities(network: &Network) -> ModelNode {
    let rows = network.fields.values(&BRIDGE_SSH_KEY).into_iter().map(|key| {
        let public = key.value.to_string();
        let file = public.strip_suffix(".pub").unwrap_or(&public).to_owned();
        let below_qvm_dir = !file.starts_with(['/', '~']);
        map([("file", leaf(file, QuoteKind::Text, key.span)), ("below_qvm_dir", ModelNode::Flag(below_qvm_dir))])
    });
    ModelNode::List(rows.collect())
}
