//! How large a guest's machine is, in the form that QEMU takes.

use std::fmt;

use crate::source::digits;

/// No machine of QEMU has more processors.
const MOST_CPUS: u16 = 4096;
/// Digits of the largest number that makes sense with any unit.
const LONGEST_SIZE: usize = 9;

/// How many processors a guest has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuCount(u16);

/// How much memory a guest has: a number with a unit, or of mebibytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemorySize(String);

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

impl MemorySize {
    /// Reads an amount of memory as QEMU does (`2G`, `1.5G`, `512`), or says why it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number = text.strip_suffix(['K', 'k', 'M', 'm', 'G', 'g', 'T', 't']).unwrap_or(text);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return Err("is not a number with `K`, `M`, `G` or `T` after it".to_owned());
        }
        if number.len() == text.len() && number.contains('.') {
            return Err("is not a whole number of mebibytes".to_owned());
        }
        if number.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
            return Err("is no memory at all".to_owned());
        }
        if whole.len() > LONGEST_SIZE {
            return Err("is more than any machine has".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for CpuCount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Display for MemorySize {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{CpuCount, MemorySize};
    use crate::network::value::testing::check;

    #[test]
    fn processors_are_counted() {
        check(CpuCount::parse, "1", Ok("1"));
        check(CpuCount::parse, "08", Ok("8"));
        check(CpuCount::parse, "0", Err("is not between 1 and 4096"));
        check(CpuCount::parse, "4097", Err("is not between 1 and 4096"));
        check(CpuCount::parse, "99999999999", Err("is not between 1 and 4096"));
        check(CpuCount::parse, "two", Err("is not a whole number"));
        check(CpuCount::parse, "+2", Err("is not a whole number"));
        check(CpuCount::parse, "2,sockets=1", Err("is not a whole number"));
    }

    #[test]
    fn memory_is_what_qemu_takes() {
        for text in ["2G", "512M", "1.5g", "2048", "1T"] {
            check(MemorySize::parse, text, Ok(text));
        }
        for text in ["2GB", "2 G", "G", "2GiB", "-1G", "1.G", ".5G", "lots", "2G,slots=4"] {
            check(MemorySize::parse, text, Err("is not a number with `K`, `M`, `G` or `T` after it"));
        }
        check(MemorySize::parse, "1.5", Err("is not a whole number of mebibytes"));
        check(MemorySize::parse, "0.0G", Err("is no memory at all"));
        check(MemorySize::parse, "9999999999G", Err("is more than any machine has"));
    }
}
