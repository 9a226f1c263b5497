//! A compiler from one literate Org document to the scripts that build the network it describes.
//!
//! `ARCHITECTURE.md` shows the phases and which module may use which.

pub mod artifact;
pub mod diagnostic;
pub mod network;
pub mod source;
