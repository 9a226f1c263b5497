//! What a template says of itself: the comment that it begins with.
//!
//! ```text
//! {// needs: guests
//!     reads: certs/ca/priv.pem
//!     writes: certs/ca/cert.pem ca-cert/qvm-ca.pem //}
//! ```
//!
//! An output that is `optional` is made where the configuration asks for it. `needs` names lists that must have rows for the output to be of use, `for-each` the list whose rows get an output
//! each. `reads` names what the output cannot run without and `writes` what is there afterwards: paths below the folder that
//! the scripts share, `*` for a part that is known only when the script runs. `certifies` names the list whose rows it makes
//! certificates for. Any other line is for people.

use crate::artifact::Touches;

/// When there is an output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum OutputPresence {
    /// Wherever the network has a use for it.
    #[default]
    Always,
    /// Where the configuration asks for it as well.
    Optional,
}

/// What the comment at the top of a template says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Header<'t> {
    /// Whether the output is made only where the configuration asks for it.
    pub(crate) presence: OutputPresence,
    /// Lists and tables without which there is no output.
    pub(crate) needs: Vec<&'t str>,
    /// The list or table whose rows get an output each.
    pub(crate) for_each: Option<&'t str>,
    /// Paths that the output reads and writes when it runs.
    pub(crate) touches: Touches,
}

impl<'t> Header<'t> {
    /// Reads the header; none if the template does not begin with a comment.
    pub(crate) fn of(template: &'t str) -> Option<Self> {
        let (comment, _) = template.strip_prefix("{//")?.split_once("//}")?;
        let mut header = Self::default();
        for (name, values) in comment.lines().filter_map(|line| line.trim().split_once(':')) {
            let mut values = values.split_whitespace();
            match name {
                "optional" => header.presence = OutputPresence::Optional,
                "needs" => header.needs.extend(values),
                "for-each" => header.for_each = values.next(),
                "reads" => header.touches.reads.extend(values.map(str::to_owned)),
                "writes" => header.touches.writes.extend(values.map(str::to_owned)),
                "certifies" => header.touches.certifies = values.next().map(str::to_owned),
                _ => {}
            }
        }
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use super::{Header, OutputPresence};

    #[test]
    fn a_header_is_the_comment_that_a_template_begins_with() {
        let header = Header::of("{// Any words.\n needs: a b\n writes: x/*\n writes: y //}\nneeds: c\n").unwrap();
        assert_eq!(header.needs, ["a", "b"]);
        assert_eq!((header.presence, header.for_each), (OutputPresence::Always, None));
        assert_eq!(Header::of("{// optional: why //}").unwrap().presence, OutputPresence::Optional);
        assert_eq!(header.touches.writes, ["x/*", "y"]);
        assert_eq!(
            Header::of("{// for-each: guests //}"),
            Some(Header { for_each: Some("guests"), ..Header::default() })
        );
        assert_eq!(Header::of("x {// needs: a //}"), None);
        assert_eq!(Header::of("{// needs: a"), None);
    }
}
