//! What is put into a block's body: the texts that references name (`noweb`) and the variables that its header arguments
//! declare (`variables`).

pub(in crate::tangle) mod noweb;
pub(in crate::tangle) mod variables;
