//! What a refused text was probably meant to be: itself without what is wrong with it.

use std::net::IpAddr;

use crate::diagnostic::closest;
use crate::network::schema::FieldSchema;
use crate::network::value::MacAddress;

/// Longer texts are no value with a typo in it.
const LONGEST: usize = 256;
/// The longest name of an interface.
const INTERFACE: usize = 15;

/// The text without what a field refuses in it, if what is left is a value that may be written.
pub(super) fn value(field: &FieldSchema, text: &str, may_be: impl Fn(&str) -> bool) -> Option<String> {
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let choice = closest(text, field.value.choices.iter().copied()).map(str::to_owned);
    let is_address = |candidate: &String| candidate.parse::<IpAddr>().is_ok();
    let fits = |candidate: &String| !is_address(candidate) && field.normal(candidate).is_ok() && may_be(candidate);
    choice.into_iter().chain(rewritten(text)).find(fits)
}

/// Ways to write a text, the nearest first.
fn rewritten(text: &str) -> impl Iterator<Item = String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let spaceless: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let plain: String = text.chars().filter(|&c| is_plain(c)).collect();
    let plain = plain.trim_start_matches(['.', '-']).trim_end_matches(['.', '-']).to_owned();
    let cut = plain.chars().take(INTERFACE).collect();
    let hyphened: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let unit: String = spaceless.trim_end_matches(['B', 'b']).trim_end_matches('i').to_owned();
    // A number with a word after it; several numbers are something else.
    let number = spaceless.trim_end_matches(|c: char| !c.is_ascii_digit()).to_owned();
    let paths = spaceless.replace("//", "/");
    let hyphened = tidy(&hyphened);
    [spaceless, unit, plain, hyphened.clone(), paths, hyphened.replace('.', "-"), cut, number].into_iter()
}

/// Each run of hyphens as one, none beside a dot or at an end.
fn tidy(text: &str) -> String {
    let label = |label: &str| label.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    text.split('.').map(label).filter(|label| !label.is_empty()).collect::<Vec<_>>().join(".")
}

/// A text as a name that a file can have.
pub(super) fn label(text: &str) -> Option<&str> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (is_plain && text.len() <= LONGEST).then_some(text)
}

/// The address that a text has in it.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    if text.len() > LONGEST {
        return None;
    }
    let text = text.split('/').next().unwrap_or_default();
    let parts: Vec<u8> =
        text.split(['.', ',', ':', ' ']).filter(|part| !part.is_empty()).map(octet).collect::<Option<_>>()?;
    Some(IpAddr::from(<[u8; 4]>::try_from(parts).ok()?))
}

/// A number from 0 to 255, letters that look like digits taken for them.
fn octet(text: &str) -> Option<u8> {
    let digits: String = text.trim().replace(['O', 'o'], "0").replace(['l', 'I'], "1");
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

/// The hardware address that a text has in it.
pub(super) fn mac(text: &str) -> Option<MacAddress> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-' | '.' | ' ')).take(13).collect();
    let octets: Vec<String> = match digits.len() {
        12 if digits.is_ascii() => (0..6).map(|at| digits[at * 2..at * 2 + 2].to_owned()).collect(),
        _ => text.split([':', '-', '.']).take(7).map(str::to_owned).collect(),
    };
    let octets: Vec<u8> = octets.iter().map(|octet| u8::from_str_radix(octet, 16).ok()).collect::<Option<_>>()?;
    let [first, second, third, fourth, fifth, sixth] = <[u8; 6]>::try_from(octets).ok()?;
    let first = first & !1;
    MacAddress::parse(&format!("{first:02x}:{second:02x}:{third:02x}:{fourth:02x}:{fifth:02x}:{sixth:02x}")).ok()
}
