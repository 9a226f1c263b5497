//! Bytes as a case file shows them, and back: signs for what an editor would hide or drop.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// Signs that stand for one character each; a blank is a sign only at the end of a line.
const SIGNS: [(char, &str); 3] = [('\t', "⇥"), ('\r', "␍"), (' ', "␣")];

/// The bytes that the lines of a section, or a name in its title, stand for.
pub(crate) fn hide(shown: &str) -> Result<Vec<u8>, String> {
    let mut shown = shown.strip_suffix("␄\n").unwrap_or(shown).to_owned();
    for (character, sign) in SIGNS {
        shown = shown.replace(sign, character.encode_utf8(&mut [0; 4]));
    }
    let mut parts = shown.split('‹');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_once('›').ok_or("`‹` is not closed")?;
        for byte in digits.split(' ') {
            bytes.push(u8::from_str_radix(byte, 16).map_err(|_| format!("`{byte}` is no byte"))?);
        }
        bytes.extend_from_slice(rest.as_bytes());
    }
    Ok(bytes)
}

/// Some bytes as the lines of a section.
pub(crate) fn show(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    let whole = bytes.ends_with(b"\n");
    let content = if whole { &bytes[..bytes.len() - 1] } else { bytes };
    let lines: Vec<String> = content.split(|&byte| byte == b'\n').map(show_line).collect();
    lines.join("\n") + if whole { "\n" } else { "␄\n" }
}

fn show_line(line: &[u8]) -> String {
    let mut shown = String::new();
    for chunk in line.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\t' => shown.push('⇥'),
                '\r' => shown.push('␍'),
                character if is_hidden(character) => {
                    shown.push_str(&hex(character.encode_utf8(&mut [0; 4]).as_bytes()));
                }
                character => shown.push(character),
            }
        }
        for byte in chunk.invalid() {
            shown.push_str(&hex(&[*byte]));
        }
    }
    let text = shown.trim_end_matches(' ').len();
    let blanks = shown.len() - text;
    shown.truncate(text);
    shown.push_str(&"␣".repeat(blanks));
    if shown.starts_with("=== ") { shown.replacen('=', "‹3d›", 1) } else { shown }
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("‹{}›", digits.join(" "))
}

/// Whether a character cannot be seen, or would be taken for a sign.
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}'
        | '⇥' | '␍' | '␣' | '␄' | '‹' | '›')
}

/// Content with `@DIR@` for the folder of the document.
pub(crate) fn masked(bytes: &[u8], folder: &Path) -> Vec<u8> {
    let folder = folder.as_os_str().as_bytes();
    let mut masked = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(folder.len()).position(|window| window == folder) {
        masked.extend_from_slice(&rest[..at]);
        masked.extend_from_slice(b"@DIR@");
        rest = &rest[at + folder.len()..];
    }
    masked.extend_from_slice(rest);
    masked
}
