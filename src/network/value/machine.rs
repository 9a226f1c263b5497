//! How large a guest's machine is, in the form that QEMU takes.

use std::fmt;

use crate::source::digits;

/// No machine of QEMU has more processors.
const MOST_CPUS: u16 = 4096;

/// How many processors a guest has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuCount(u16);

impl CpuCount {
    /// Reads a number of processors, or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("is not a whole number".to_owned());
        }
        match digits::decimal(text) {
            Some(number) if (1..=MOST_CPUS).contains(&number) => Ok(Self(number)),
            Some(_) | None => Err(format!("is not between 1 and {MOST_CPUS}")),
        }
    }
}

impl fmt::Display for CpuCount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::CpuCount;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let read = CpuCount::parse(text).map(|value| value.to_string());
        assert_eq!(read.as_ref().map(String::as_str).map_err(String::as_str), expected, "{text:?}");
    }

    #[test]
    fn processors_are_counted() {
        check("1", Ok("1"));
        check("08", Ok("8"));
        check("0", Err("is not between 1 and 4096"));
        check("4097", Err("is not between 1 and 4096"));
        check("99999999999", Err("is not between 1 and 4096"));
        check("two", Err("is not a whole number"));
        check("+2", Err("is not a whole number"));
        check("2,sockets=1", Err("is not a whole number"));
    }
}
