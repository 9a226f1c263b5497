//! Where values stand in a script: a value that is quoted for bash must not stand inside quotes.
//!
//! `"{{ name }}"` would put single quotes inside double ones, where they protect nothing. So the finished script is
//! read as bash reads it, as far as quotes go: single and double quotes, `$'…'`, backquotes, `${…}`, `$(…)`,
//! arithmetic, comments and here-documents. A value for bash may stand in plain code and in comments. A value for
//! another language may stand in a here-document with a quoted delimiter, which bash leaves alone, and cannot end it. A
//! here-document may also be a script of its own, with values for bash.

use std::collections::VecDeque;

use crate::artifact::Way;
use crate::render::engine::Piece;
use crate::render::quote::Language;

/// The index of the first piece whose value stands where its quoting does not hold.
pub(crate) fn misplaced(text: &str, pieces: &[Piece]) -> Option<usize> {
    let mut reader = Reader { text: text.as_bytes(), at: 0, values: values(pieces), documents: Vec::new() };
    reader.code(Until::End).err()
}

/// A value in the text.
struct Placed {
    start: usize,
    end: usize,
    index: usize,
    for_shell: bool,
}

fn values(pieces: &[Piece]) -> VecDeque<Placed> {
    let starts = std::iter::once(0).chain(pieces.iter().map(|piece| piece.end));
    let placed = pieces.iter().zip(starts).enumerate().filter(|(_, (piece, _))| piece.way != Way::Copied);
    placed
        .map(|(index, (piece, start))| Placed {
            start,
            end: piece.end,
            index,
            for_shell: Language::of_template(&piece.template) == Some(Language::Shell),
        })
        .collect()
}

/// What ends a stretch of code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    End,
    Parenthesis,
}

/// A here-document whose body comes behind the next line end.
struct HereDocument {
    delimiter: Vec<u8>,
    quoted: bool,
    indented: bool,
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    /// Values still ahead, in order.
    values: VecDeque<Placed>,
    documents: Vec<HereDocument>,
}

/// The index of a misplaced piece.
type Misplaced = usize;

impl Reader<'_> {
    /// Code: the whole script, or the inside of `$(…)`.
    fn code(&mut self, until: Until) -> Result<(), Misplaced> {
        let mut depth = 0_usize;
        let mut word_begins = true;
        while self.at < self.text.len() {
            if let Some(end) = self.value_here()? {
                self.at = end;
                word_begins = false;
                continue;
            }
            let rest = &self.text[self.at..];
            match rest {
                [b'\\', ..] => self.at += 2,
                [b'\'', ..] => self.quoted(1, b'\'', false)?,
                [b'$', b'\'', ..] => self.quoted(2, b'\'', true)?,
                [b'"', ..] => self.double()?,
                [b'`', ..] => self.quoted(1, b'`', true)?,
                [b'#', ..] if word_begins => self.comment()?,
                [b'$', b'(', b'(', ..] => self.arithmetic(3)?,
                [b'(', b'(', ..] if word_begins => self.arithmetic(2)?,
                [b'$', b'(', ..] => self.substitution()?,
                [b'$', b'{', ..] => self.parameter()?,
                [b'<', b'<', b'<', ..] => self.at += 3,
                [b'<', b'<', ..] => self.announce(),
                [b'\n', ..] => self.line_end()?,
                [b'(', ..] => {
                    depth += 1;
                    self.at += 1;
                }
                [b')', ..] if depth == 0 && until == Until::Parenthesis => {
                    self.at += 1;
                    return Ok(());
                }
                [b')', ..] => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                _ => self.at += 1,
            }
            word_begins = matches!(rest[0], b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')');
        }
        Ok(())
    }

    /// If a value begins here: its end, or a complaint if it is not one for bash.
    fn value_here(&mut self) -> Result<Option<usize>, Misplaced> {
        match self.values.front() {
            Some(value) if value.start == self.at && !value.for_shell => Err(value.index),
            Some(value) if value.start == self.at => Ok(self.values.pop_front().map(|value| value.end)),
            _ => Ok(None),
        }
    }

    /// No value may stand between here and there.
    fn no_value_before(&self, end: usize) -> Result<(), Misplaced> {
        match self.values.front() {
            Some(value) if value.start < end => Err(value.index),
            _ => Ok(()),
        }
    }

    /// A stretch that ends at one character, which a backslash may protect.
    fn quoted(&mut self, opening: usize, closing: u8, has_escapes: bool) -> Result<(), Misplaced> {
        self.at += opening;
        while let Some(&byte) = self.text.get(self.at) {
            self.at += if byte == b'\\' && has_escapes { 2 } else { 1 };
            if byte == closing {
                break;
            }
        }
        self.no_value_before(self.at)
    }

    fn double(&mut self) -> Result<(), Misplaced> {
        self.at += 1;
        while self.at < self.text.len() {
            self.no_value_before(self.at + 1)?;
            match &self.text[self.at..] {
                [b'"', ..] => {
                    self.at += 1;
                    return Ok(());
                }
                [b'\\', ..] => self.at += 2,
                [b'`', ..] => self.quoted(1, b'`', true)?,
                [b'$', b'(', b'(', ..] => self.arithmetic(3)?,
                [b'$', b'(', ..] => self.substitution()?,
                [b'$', b'{', ..] => self.parameter()?,
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    fn substitution(&mut self) -> Result<(), Misplaced> {
        self.at += 2;
        self.code(Until::Parenthesis)
    }

    /// `${…}`: quotes inside it can mean one thing or another, so no value at all.
    fn parameter(&mut self) -> Result<(), Misplaced> {
        self.at += 2;
        while self.at < self.text.len() {
            self.no_value_before(self.at + 1)?;
            match &self.text[self.at..] {
                [b'}', ..] => {
                    self.at += 1;
                    return Ok(());
                }
                [b'\\', ..] => self.at += 2,
                [b'"', ..] => self.double()?,
                [b'$', b'{', ..] => self.parameter()?,
                [b'$', b'(', ..] => self.substitution()?,
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    /// Arithmetic runs what stands in the subscript of a name, whatever its quotes.
    fn arithmetic(&mut self, opening: usize) -> Result<(), Misplaced> {
        self.at += opening;
        let mut depth = 2_usize;
        while self.at < self.text.len() && depth > 0 {
            self.no_value_before(self.at + 1)?;
            match self.text[self.at] {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
        Ok(())
    }

    /// Values may stand in a comment: none has a line end in it.
    fn comment(&mut self) -> Result<(), Misplaced> {
        while self.text.get(self.at).is_some_and(|&byte| byte != b'\n') {
            self.at = self.value_here()?.unwrap_or(self.at + 1);
        }
        Ok(())
    }

    /// `<<WORD`, whose body begins behind the line.
    fn announce(&mut self) {
        self.at += 2;
        let indented = self.text.get(self.at) == Some(&b'-');
        self.at += usize::from(indented);
        while matches!(self.text.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        let word: Vec<u8> =
            self.text[self.at..].iter().copied().take_while(|byte| !b" \t\n;&|()<>".contains(byte)).collect();
        self.at += word.len();
        let delimiter: Vec<u8> = word.iter().copied().filter(|byte| !b"'\"\\".contains(byte)).collect();
        let quoted = delimiter.len() < word.len();
        self.documents.push(HereDocument { delimiter, quoted, indented });
    }

    fn line_end(&mut self) -> Result<(), Misplaced> {
        self.at += 1;
        for document in std::mem::take(&mut self.documents) {
            self.body(&document)?;
        }
        Ok(())
    }

    /// A here-document, up to the line that ends it. One that is a script itself is read as one.
    fn body(&mut self, document: &HereDocument) -> Result<(), Misplaced> {
        let start = self.at;
        let last_line = self.skip_to_delimiter(document);
        let behind = self.values.iter().position(|value| value.start >= self.at).unwrap_or(self.values.len());
        let values: VecDeque<Placed> = self.values.drain(..behind).collect();
        let ends_it = |value: &&Placed| value.end > last_line;
        if let Some(value) = values.iter().find(|value| !document.quoted || ends_it(value)) {
            return Err(value.index);
        }
        if self.text[start..].starts_with(b"#!") {
            let text = &self.text[..last_line];
            return Reader { text, at: start, values, documents: Vec::new() }.code(Until::End);
        }
        values.iter().find(|value| value.for_shell).map_or(Ok(()), |value| Err(value.index))
    }

    /// Goes behind the line that ends a here-document, and says where that line begins.
    fn skip_to_delimiter(&mut self, document: &HereDocument) -> usize {
        while self.at < self.text.len() {
            let begin = self.at;
            let rest = &self.text[begin..];
            let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
            let line = &rest[..length];
            let tabs = if document.indented { line.iter().take_while(|&&byte| byte == b'\t').count() } else { 0 };
            self.at = (begin + length + 1).min(self.text.len());
            if line[tabs..] == document.delimiter {
                return begin;
            }
        }
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::misplaced;
    use crate::artifact::Way;
    use crate::render::engine::Piece;

    /// A script with values between « and » for bash, and between ‹ and › for nft.
    #[track_caller]
    fn check(script: &str, fits: bool) {
        let mut text = String::new();
        let mut pieces = Vec::new();
        let mut template = "a.shell.j2";
        for c in script.chars() {
            let way = match c {
                '«' | '‹' => Way::Copied,
                '»' | '›' => Way::Made,
                c => {
                    text.push(c);
                    continue;
                }
            };
            pieces.push(Piece { end: text.len(), template: template.into(), range: 0..0, way });
            template = if c == '‹' { "a.nft.j2" } else { "a.shell.j2" };
        }
        assert_eq!(misplaced(&text, &pieces).is_none(), fits, "{script}");
    }

    #[test]
    fn a_value_may_stand_in_code_and_comments() {
        check("name=«cp»\n", true);
        check("list=(«cp» «'wk 1'»)\n[[ $x == «cp» ]] && echo «cp»/x\n", true);
        check("declare -A a=([«cp»]=«x»)\n", true);
        check("# about «'it''s'»\nname=«cp»\n", true);
        check("echo \"$(echo «cp»)\" it\\'s «cp»\n", true);
        check("x=\"a\"«cp»'b'; y=${#x[@]}; echo «cp»\n", true);
        check("echo $# «cp» a#b «cp»\n", true);
        check("cat <<<«cp»\n", true);
    }

    #[test]
    fn a_value_may_not_stand_in_quotes_or_arithmetic() {
        check("name=\"«cp»\"\n", false);
        check("name='«cp»'\n", false);
        check("name=$'«cp»'\n", false);
        check("name=`echo «cp»`\n", false);
        check("name=${x:-«cp»}\n", false);
        check("echo $((1 + «2»))\n", false);
        check("if ((«2» > 1)); then :; fi\n", false);
        check("echo \"$(echo \"«cp»\")\"\n", false);
        check("echo 'it'\\''s' \"«cp»\"\n", false);
    }

    #[test]
    fn a_here_document_holds_values_of_another_language_if_bash_leaves_it_alone() {
        check("cat <<'END'\niifname ‹\"qvm0\"›\nEND\necho «cp»\n", true);
        check("cat <<'A' <<-\"B\"\n‹x›\nA\n\t‹x›\n\tB\necho «cp»\n", true);
        check("cat <<'END'\n#!/bin/bash\nname=«cp»\nEND\necho «cp»\n", true);
        check("cat <<'END'\n#!/bin/bash\nname='«cp»'\nEND\n", false);
        check("cat <<END\niifname ‹\"qvm0\"›\nEND\n", false);
        check("cat <<'END'\n«cp»\nEND\n", false);
        check("cat <<'END'\n‹END›\nEND\n", false);
        check("echo ‹x›\n", false);
        check("f() {\n  cat <<'END'\nit's \"\n‹x›\nEND\n}\necho «cp»\n", true);
    }
}
