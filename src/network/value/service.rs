//! Names of services, as a document writes them.

use std::fmt;

/// The name of a service as written: shown, and given to templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName(String);

impl ServiceName {
    /// Reads a service's name, or says why it is none: what a shell would take for more than a word is refused.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.chars().find(|&c| !c.is_alphanumeric() && !" _.-/+".contains(c)) {
            Some('`') => Err("has a backquote in it".to_owned()),
            Some(c) => Err(format!("has `{}` in it", c.escape_debug())),
            None if text.starts_with('-') => Err("begins with `-`".to_owned()),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
