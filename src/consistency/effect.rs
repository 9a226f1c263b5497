//! What commands can do to the paths that they are given.

/// What a command does to a path it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It must be there.
    Read,
    /// It is there afterwards, as a file.
    Write,
    /// It is there afterwards, as a folder.
    Make,
    /// Nothing is known: it, and anything below it, may be there afterwards.
    Open,
    /// It is only named.
    Nothing,
}
