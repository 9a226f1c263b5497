//! From text to Lisp objects.

use super::Lisp;
use crate::source::digits;

/// How deep lists may be nested: more than anybody writes, less than what would overflow the stack.
const MAX_DEPTH: usize = 200;

/// Reads the first object of a text; gives it and the offset after it.
pub(crate) fn read_one(text: &str) -> Option<(Lisp, usize)> {
    let mut reader = LispReader { text, at: 0, is_foreign: false };
    let object = reader.object(0)?;
    (!reader.is_foreign).then_some((object, reader.at))
}

/// Whether a text ends before its first object does.
pub(crate) fn is_unfinished(text: &str) -> bool {
    let mut reader = LispReader { text, at: 0, is_foreign: false };
    reader.object(0).is_none() && reader.at == text.len()
}

/// The number a whole text is to Org: rule T-044.
pub(crate) fn number(text: &str) -> Option<Lisp> {
    let is_numeric = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'e' | b'E' | b'.' | b'+' | b'-');
    (!text.is_empty() && text.bytes().all(is_numeric)).then(|| parse_number(text)).flatten()
}

/// A text that is one double-quoted string: rule T-045.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Quoted {
    /// Its content.
    Content(String),
    /// It has an escape for what no text file can hold, a raw byte or a key with modifiers, or one that Emacs cannot read.
    Foreign,
}

/// The content of a text that is one double-quoted string.
pub(crate) fn single_string(text: &str) -> Option<Quoted> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\x0C', '\r']);
    (trimmed.len() > 1 && trimmed.starts_with('"') && trimmed.ends_with('"')).then_some(())?;
    let mut reader = LispReader { text: trimmed, at: 0, is_foreign: false };
    let content = reader.string()?;
    (reader.at == trimmed.len()).then_some(())?;
    Some(if reader.is_foreign { Quoted::Foreign } else { Quoted::Content(content) })
}

/// `+5`, `-2.50`, `1.`, `.5`, `1e3`; anything else is a symbol.
fn parse_number(token: &str) -> Option<Lisp> {
    let negative = token.starts_with('-');
    let digits = token.strip_prefix(['+', '-']).unwrap_or(token);
    let whole = digits.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &digits[whole..];
    if whole > 0 && (rest.is_empty() || rest == ".") {
        let number = digits[..whole].trim_start_matches('0');
        let sign = if negative && !number.is_empty() { "-" } else { "" };
        return Some(Lisp::Integer(format!("{sign}{}", if number.is_empty() { "0" } else { number })));
    }
    let fraction = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    (whole > 0 || fraction > 0).then_some(())?;
    let after = rest.strip_prefix('.').map_or(rest, |rest| &rest[fraction..]);
    let is_number = match after.strip_prefix(['e', 'E']) {
        None => after.is_empty() && fraction > 0,
        Some(exponent) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        }
    };
    is_number.then(|| token.parse().ok().map(Lisp::Float)).flatten()
}

struct LispReader<'a> {
    text: &'a str,
    at: usize,
    /// Whether an escape was met that stands for no character of a text.
    is_foreign: bool,
}

impl LispReader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn object(&mut self, depth: usize) -> Option<Lisp> {
        (depth < MAX_DEPTH).then_some(())?;
        self.skip_space();
        match self.peek()? {
            '(' => self.sequence(')', depth).map(Lisp::List),
            '[' => self.sequence(']', depth).map(Lisp::Vector),
            ')' | ']' => None,
            '"' => self.string().map(Lisp::Text),
            '\'' => self.quoted("quote", 1, depth),
            '`' => self.quoted("`", 1, depth),
            ',' => self.quoted(",", 1, depth),
            '#' if self.text[self.at..].starts_with("#'") => self.quoted("function", 2, depth),
            '#' => self.radix_number(),
            '?' => self.character(),
            _ => self.atom(),
        }
    }

    fn skip_space(&mut self) {
        while let Some(c) = self.peek() {
            if c == ';' {
                let rest = &self.text[self.at..];
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0C' | '\u{A0}') {
                self.at += c.len_utf8();
            } else {
                return;
            }
        }
    }

    fn quoted(&mut self, symbol: &str, length: usize, depth: usize) -> Option<Lisp> {
        self.at += length;
        let object = self.object(depth + 1)?;
        Some(Lisp::List(vec![Lisp::symbol(symbol), object]))
    }

    fn sequence(&mut self, end: char, depth: usize) -> Option<Vec<Lisp>> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.peek()? == end {
                self.at += 1;
                return Some(items);
            }
            items.push(self.object(depth + 1)?);
        }
    }

    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut content = String::new();
        loop {
            match self.next()? {
                '"' => return Some(content),
                '\\' => match self.next()? {
                    // A backslash before a newline or a space joins what is around it.
                    '\n' | ' ' => {}
                    's' => content.push(' '),
                    c => content.push(self.escape(c)?),
                },
                c => content.push(c),
            }
        }
    }

    /// The character that `\c…` stands for.
    fn escape(&mut self, c: char) -> Option<char> {
        Some(match c {
            'a' => '\x07',
            'b' => '\x08',
            'd' => '\x7F',
            'e' => '\x1B',
            'f' => '\x0C',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0B',
            'x' => {
                let code = self.digits(16, usize::MAX);
                self.character_of(code)
            }
            'u' => self.code_point(4),
            'U' => self.code_point(8),
            '0'..='7' => {
                self.at -= 1;
                let code = self.digits(8, 3);
                self.character_of(code)
            }
            '^' => self.control()?,
            'C' => {
                self.next().filter(|&c| c == '-')?;
                self.control()?
            }
            // Modifiers and names.
            'M' | 'S' | 'H' | 'A' | 'N' => self.character_of(None),
            other => other,
        })
    }

    /// The character with a number; 80 to FF hexadecimal are raw bytes in an escape.
    fn character_of(&mut self, code: Option<u32>) -> char {
        let character = code.filter(|code| !(0x80..=0xFF).contains(code)).and_then(char::from_u32);
        self.is_foreign |= character.is_none();
        character.unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// The control character of the next one.
    fn control(&mut self) -> Option<char> {
        match self.next()? {
            '?' => Some('\x7F'),
            c => char::from_u32(u32::from(c) & 0x1F),
        }
    }

    /// The character with a number of exactly this many digits; Emacs stops where there are fewer.
    fn code_point(&mut self, count: usize) -> char {
        let digits = self.text.get(self.at..self.at + count);
        let character = digits.and_then(digits::hexadecimal).and_then(char::from_u32);
        self.at += if character.is_some() { count } else { 0 };
        self.is_foreign |= character.is_none();
        character.unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn digits(&mut self, radix: u32, most: usize) -> Option<u32> {
        let start = self.at;
        while self.at - start < most && self.peek().is_some_and(|c| c.is_digit(radix)) {
            self.at += 1;
        }
        u32::from_str_radix(&self.text[start..self.at], radix).ok()
    }

    /// `#o755`, `#x1ed`, `#b101`.
    fn radix_number(&mut self) -> Option<Lisp> {
        self.at += 1;
        let radix = match self.next()? {
            'o' | 'O' => 8,
            'x' | 'X' => 16,
            'b' | 'B' => 2,
            _ => return None,
        };
        let start = self.at;
        let token = self.token();
        let value = i64::from_str_radix(token, radix).ok();
        value.filter(|_| self.at > start).map(|value| Lisp::Integer(value.to_string()))
    }

    /// `?a`, `?\n`: a character is its number.
    fn character(&mut self) -> Option<Lisp> {
        self.at += 1;
        let c = match self.next()? {
            '\\' => match self.next()? {
                's' => ' ',
                c => self.escape(c)?,
            },
            c => c,
        };
        Some(Lisp::Integer(u32::from(c).to_string()))
    }

    fn token(&mut self) -> &str {
        let start = self.at;
        while let Some(c) = self.peek() {
            if matches!(
                c,
                ' ' | '\t' | '\n' | '\r' | '\x0C' | '\u{A0}' | '"' | '\'' | ';' | '(' | ')' | '[' | ']' | '`' | ','
            ) {
                break;
            }
            self.at += c.len_utf8();
            if c == '\\' {
                self.at += self.peek().map_or(0, char::len_utf8);
            }
        }
        &self.text[start..self.at]
    }

    fn atom(&mut self) -> Option<Lisp> {
        let token = self.token();
        // A dot by itself makes a pair, which is no literal anybody needs here.
        if token.is_empty() || token == "." {
            return None;
        }
        Some(parse_number(token).unwrap_or_else(|| symbol(token)))
    }
}

/// A symbol's name is what is written, less the backslashes.
fn symbol(token: &str) -> Lisp {
    if !token.contains('\\') {
        return Lisp::symbol(token);
    }
    let mut name = String::new();
    let mut chars = token.chars();
    while let Some(c) = chars.next() {
        name.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    Lisp::Symbol(name)
}

#[cfg(test)]
mod tests {
    use super::{Lisp, Quoted, number, read_one, single_string};
    use crate::tangle::arguments::lisp::print::print;

    #[track_caller]
    fn check_number(text: &str, expected: Option<&str>) {
        assert_eq!(number(text).map(|number| print(&number)).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn a_number_is_what_emacs_reads_as_one() {
        for (text, value) in [
            ("42", "42"),
            ("-2.50", "-2.5"),
            ("1e3", "1000.0"),
            (".5", "0.5"),
            ("1.", "1"),
            ("007", "7"),
            ("+5", "5"),
            ("1.e3", "1000.0"),
            ("1e15", "1e+15"),
            ("1e-5", "1e-05"),
        ] {
            check_number(text, Some(value));
        }
        for text in ["", "-", "e", "1e", "1.2.3", "5-3", "1.e", "0x10", "1,000", ".", "+."] {
            check_number(text, None);
        }
    }

    #[test]
    fn a_whole_text_in_quotes_is_a_string() {
        let escapes = "\"tab[\\t] quote[\\\"] \\u00e9\\x41\\101\\q[\\s]\"";
        assert_eq!(single_string(escapes), Some(Quoted::Content("tab[\t] quote[\"] éAAq[ ]".to_owned())));
        assert_eq!(single_string("\"one\" \"two\""), None);
        assert_eq!(single_string("\"half"), None);
        assert_eq!(single_string("\"\""), Some(Quoted::Content(String::new())));
        for unreadable in ["\\xe9", "a\\u+041", "\\u041", "\\u 041", "\\U+0000041", "\\U00110000"] {
            assert_eq!(single_string(&format!("\"{unreadable}\"")), Some(Quoted::Foreign), "{unreadable}");
        }
    }

    #[test]
    fn lists_are_read_with_their_quotes() {
        let (object, end) = read_one("'(1 \"a\" (b 2.0)) rest").unwrap();
        assert_eq!((print(&object).as_str(), end), ("'(1 \"a\" (b 2.0))", 16));
        assert_eq!(read_one("#o755"), Some((Lisp::Integer("493".to_owned()), 5)));
        assert_eq!(read_one("(open"), None);
        assert_eq!(read_one("(a . b)"), None);
        assert_eq!(read_one(&"(".repeat(100_000)), None);
    }
}
