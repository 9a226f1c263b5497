//! From bytes to text, as Emacs reads a file (rules T-023, T-024 and T-025 of the tangling specification).
//!
//! UTF-8 with or without byte order mark; a `coding:` cookie for Latin-1; Latin-1 for the whole file when some byte
//! is not UTF-8. CR LF becomes LF only if every line ends so.

/// What a file's bytes say, and what could not be read faithfully.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text: UTF-8, no byte order mark.
    pub text: String,
    /// Byte offset in `text` of the first character that Emacs could read but not write again, if any (T-025).
    pub unwritable: Option<usize>,
}

/// Why a file cannot be decoded here, though Emacs can: as anything else it would be text without a single block.
pub fn undecodable(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Some("is UTF-16; save it as UTF-8");
    }
    let has = |byte| memchr::memchr(byte, bytes).is_some();
    (!has(b'\n') && has(b'\r')).then_some("ends its lines in CR alone; let them end in LF")
}

/// Decodes a whole file; never fails.
pub fn decode(mut bytes: Vec<u8>) -> Decoded {
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    let (text, unwritable) = if has_latin1_cookie(&bytes) {
        decode_latin1(&bytes)
    } else {
        match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(refused) => decode_latin1(refused.as_bytes()),
        }
    };
    if unwritable.is_none() && every_line_ends_in_crlf(&text) {
        return Decoded { text: text.replace("\r\n", "\n"), unwritable };
    }
    Decoded { text, unwritable }
}

/// The bytes of a file with this text: the cookie says what an editor will write.
pub fn encode(text: &str) -> Vec<u8> {
    let latin1 = || text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>();
    let has_cookie = has_latin1_cookie(text.as_bytes());
    has_cookie.then(latin1).flatten().unwrap_or_else(|| text.as_bytes().to_vec())
}

/// Each byte is the character of that number; 80–9F are not characters of Latin-1 to Emacs.
fn decode_latin1(bytes: &[u8]) -> (String, Option<usize>) {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut unwritable = None;
    for &byte in bytes {
        if (0x80..0xA0).contains(&byte) {
            unwritable.get_or_insert(text.len());
        }
        text.push(char::from(byte));
    }
    (text, unwritable)
}

fn has_latin1_cookie(bytes: &[u8]) -> bool {
    let first_line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(first_line).to_ascii_lowercase();
    let Some((_, cookie)) = line.split_once("-*-").and_then(|(_, rest)| rest.split_once("coding:")) else {
        return false;
    };
    let name = cookie.trim_start().split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next();
    matches!(name, Some("latin-1" | "iso-latin-1" | "iso-8859-1"))
}

fn every_line_ends_in_crlf(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut ends = memchr::memchr_iter(b'\n', bytes).peekable();
    ends.peek().is_some() && ends.all(|end| end > 0 && bytes[end - 1] == b'\r')
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, undecodable};

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(decode(bytes.to_vec()).text, expected);
    }

    #[test]
    fn files_that_would_be_read_otherwise_are_known() {
        for bytes in [&b"\xFF\xFE*\0 \0a\0\n\0"[..], b"\xFE\xFF\0*\0 \0a\0\n", b"* a\r\r"] {
            assert!(undecodable(bytes).is_some(), "{bytes:?}");
        }
        for bytes in [&b""[..], b"* a", b"* a\r\n", b"\r\n", b"\xFF\n", b"\xEF\xBB\xBF* a\n"] {
            assert_eq!(undecodable(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn files_are_read_as_emacs_reads_them() {
        check("caf\u{e9}\n".as_bytes(), "café\n");
        check(b"\xEF\xBB\xBFx\n", "x\n");
        check(b"caf\xE9\n", "café\n");
        check("# -*- coding: latin-1 -*-\nÃ©\n".as_bytes(), "# -*- coding: latin-1 -*-\nÃ\u{83}Â©\n");
        check(b"a\r\nb\r\n", "a\nb\n");
        check(b"a\r\nb\n", "a\r\nb\n");
        check(b"", "");
    }

    #[test]
    fn a_text_is_encoded_as_it_will_be_read() {
        for text in ["zwölf 𝄞\n", "# -*- coding: latin-1 -*-\nzwölf\n"] {
            assert_eq!(decode(encode(text)).text, text);
        }
    }

    #[test]
    fn bytes_that_latin1_does_not_have_are_reported() {
        assert_eq!(decode(b"ok \x93quoted\x94\n".to_vec()).unwritable, Some(3));
    }
}
