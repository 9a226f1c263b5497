//! What is either on or off.

use std::fmt;

/// Written `on` or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It happens.
    On,
    /// It does not.
    Off,
}

impl Switch {
    /// Reads one of the two words in any letter case.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            _ => Err("is neither `on` nor `off`".to_owned()),
        }
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::On => "on",
            Self::Off => "off",
        })
    }
}
