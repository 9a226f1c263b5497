//! Our reader of shell code beside two others: bash itself, which only parses here and runs nothing, and a parser in Rust.
//!
//! Hostile values are put wherever the guard lets them, and bash prints the script as it understood it: what it prints
//! must be what it prints with a harmless value there. The values are such that wrong quotes anywhere change the syntax.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "the tests run bash on scripts of their own")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use qvm_tangle::render::guard::{PlacedValue, refused};
use qvm_tangle::render::quote::{Language, QuoteKind};
use qvm_tangle::shell::{Role, ScriptLayout, TokenKind, lex};
use serde_json::Value;

/// Texts that end whatever they stand in, if they are not data.
const HOSTILE: [&str; 9] =
    ["a'b", "a\"b", "a`b", "x) ; y (", "}; x", "\\'; x; \\'", "$(x", "a\nb'\\", "\"\n)\n;;\nesac\ndone\n'"];

/// What the values are replaced by.
const HARMLESS: &str = "q7z9q";

/// What bash prints of a script that it only parses; none if it cannot.
fn parsed(script: &str) -> Option<String> {
    let mut child = Command::new("/bin/bash")
        .args(["--pretty-print", "/dev/stdin"])
        .env_clear()
        .env("PATH", "/nowhere")
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let script = script.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(script.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Every script of this repository.
fn scripts() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["generated", "tests"] {
        collect(&root.join(folder), &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if let Ok(text) = fs::read_to_string(&path)
            && text.lines().next().is_some_and(|line| line.starts_with("#!") && line.ends_with("bash"))
        {
            found.push((path, text));
        }
    }
    found.sort();
}

/// Code that a careless reader takes for something else; `@` marks where a value is tried.
const SHAPES: [&str; 24] = [
    "x=\"$(case a in a) printf %s \"@\" ;; esac)\"\n",
    "x=$(case a in a) printf %s @ ;; (b|c) y @ ;& *) z ;;& esac) y=@\n",
    "case @ in @) a @ ;; @*|b@) c ;; esac; d @\n",
    "cat <<A <<-'B' @\n@ $(\nA\n\t@ '\n\tB\necho @\n",
    "[[ a < @ && $x == @ ]] && y @\n[[ x =~ re(@ b)|@ ]] && y @\n",
    "echo \"${QVM_DIR:?}\" ${y#\"}\"} \"${y#\"}\"}\" @ ${z:-@}\n",
    "echo $'it\\'s' @ $\"it's $x\" @ '@' \"@\" $'@'\n",
    "echo $((1 + @)) @ $((a << 2)) @; ((x = @)) ; y @\n",
    "( (a); b) @\n((a); b); c @\n",
    "f() { local a=@ b=(@ x); echo @; }; function g { h @; }; function i() (j @)\n",
    "coproc k { l @; }; time -p m @; ! n @\n",
    "cat <(o @) >(p @) > @ 2>@ <<<@\n",
    "a=(@ [1]=@ b) c=@ d\ndeclare -A e=([@]=@ [x]=@)\n",
    "echo `q @` \"`r \\`s\\` @`\" @\n",
    "for t in @ a@b; do u @; done; for ((v = 0; v < 1; v++)); do w @; done\n",
    "shopt -s extglob; x @(a|b) @; y !(c) @\n",
    "# it's @\nx @ # \"@\ny @\n",
    "if x @; then y @; elif z @; then a; else b @; fi >@\nwhile c @; do d; done < @\n",
    "echo a\\ @ \\@ $@ $x@ ~@ {a,@} @{b,c} @>x x@(y) \\\n  @ b\\\n@\n",
    "x=@ y=a:@ z+=@ e[1]=@ e[@]=1 f @=1 @=2\n",
    "echo \"$(echo \"$(echo @)\" '@' @)\" @\n",
    "eval @; trap @ EXIT; export a=@ @; read @; [ -v @ ]; printf -v @ x @\n",
    "echo ${a[@]} ${#a} ${a/'}'/@} \"${b//$'\\n'/; }\" @\n",
    "x() (y @)\nz () { :; } >@\ncase x in esac; w @\n",
];

/// A small generator whose numbers are always the same ones.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// The script with the values in place of each `@` that the guard lets through by itself, and in how many.
fn place(pieces: &[&str], quoted: &str) -> (String, usize) {
    let mut text = pieces[0].to_owned();
    let mut values: Vec<PlacedValue> = Vec::new();
    for piece in &pieces[1..] {
        let start = text.len();
        let whole = format!("{text}{quoted}{}", pieces_from(pieces, piece));
        values.push(PlacedValue { range: start..start + quoted.len(), for_shell: true });
        if refused(&whole, &values).is_some() {
            values.pop();
            text.push_str(piece);
        } else {
            text.push_str(quoted);
            text.push_str(piece);
        }
    }
    (text, values.len())
}

/// The rest of a script from a piece on, without values.
fn pieces_from(pieces: &[&str], piece: &str) -> String {
    let index = pieces.iter().position(|other| std::ptr::eq(*other, piece)).unwrap();
    pieces[index..].concat()
}

/// Holds a script with hostile values against itself with harmless ones, and says how many values there were.
fn check(template: &str) -> usize {
    let pieces: Vec<&str> = template.split('@').collect();
    let mut placed = 0;
    for hostile in HOSTILE {
        let quoted = Language::Shell.quote(hostile, QuoteKind::Text).unwrap();
        let (script, number) = place(&pieces, &quoted);
        // Bash prints `$'…'` without its escapes: then only that it can be parsed is known.
        let harmless = script.replace(&quoted, HARMLESS);
        let (with, without) = (parsed(&script), parsed(&harmless));
        assert_eq!(with.is_some(), without.is_some(), "bash parses one of them only:\n{script}\n{harmless}");
        if let (Some(with), Some(without)) = (with, without)
            && !quoted.starts_with('$')
        {
            assert_eq!(with.replace(&quoted, HARMLESS), without, "{hostile:?} changes what bash sees:\n{script}");
        }
        placed += number;
    }
    placed
}

#[test]
fn bash_takes_values_for_data_wherever_the_guard_lets_them_stand() {
    let mut placed: usize = SHAPES.iter().map(|shape| check(shape)).sum();
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for _ in 0..150 {
        // Two shapes, one put into a random place of the other, or cut off there.
        let (one, other) = (SHAPES[random.below(SHAPES.len())], SHAPES[random.below(SHAPES.len())]);
        let at = random.below(one.len());
        let Some((before, after)) = one.split_at_checked(at) else { continue };
        let mutated = match random.below(3) {
            0 => format!("{before}{other}{after}"),
            1 => format!("{before}{after}{other}").replacen(
                &['\'', '"', '`', '(', ')'][random.below(5)].to_string(),
                "",
                1,
            ),
            _ => format!("{before} {other}"),
        };
        placed += check(&mutated);
    }
    assert!(placed > 1000, "only {placed} values stood anywhere");
}

#[test]
fn every_script_of_this_repository_is_certain() {
    let scripts = scripts();
    assert!(scripts.len() > 10, "only {} scripts", scripts.len());
    for (path, text) in scripts {
        assert_eq!(lex(&text, &[], ScriptLayout::Exact).uncertain, None, "{}", path.display());
        assert!(parsed(&text).is_some(), "bash cannot parse {}", path.display());
    }
}

/// Words of commands outside of other words, and bodies of here-documents, as they are written.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reading {
    words: Vec<String>,
    here_documents: Vec<String>,
}

fn ours(text: &str) -> Reading {
    let mut reading = Reading::default();
    let mut depth = 0_usize;
    for token in lex(text, &[], ScriptLayout::Exact).tokens {
        let written = || text[token.range()].to_owned();
        match token.kind {
            TokenKind::Word(Role::Command | Role::Argument | Role::Assignment(_)) if depth == 0 => {
                reading.words.push(written());
                depth += 1;
            }
            TokenKind::Word(_) => depth += 1,
            TokenKind::WordEnd => depth -= 1,
            TokenKind::HereDocument if depth == 0 => reading.here_documents.push(written()),
            _ => {}
        }
    }
    reading.sorted()
}

/// The same by `brush-parser`; none if it cannot read the script.
fn theirs(text: &str) -> Option<Reading> {
    let program = brush_parser::Parser::new(text.as_bytes(), &brush_parser::ParserOptions::default()).parse_program();
    let mut reading = Reading::default();
    collect_words(&serde_json::to_value(program.ok()?).unwrap(), &mut reading);
    Some(reading.sorted())
}

fn collect_words(node: &Value, reading: &mut Reading) {
    match node {
        Value::Array(nodes) => nodes.iter().for_each(|node| collect_words(node, reading)),
        Value::Object(entries) => {
            for (name, node) in entries {
                let value = |node: &Value| node["value"].as_str().map(str::to_owned);
                match name.as_str() {
                    "word_or_name" | "Word" => reading.words.extend(value(node)),
                    "AssignmentWord" => reading.words.extend(value(&node[1])),
                    "HereDocument" => reading.here_documents.extend(value(&node[1]["doc"])),
                    "ProcessSubstitution" | "IoRedirect" if !node.to_string().contains("\"HereDocument\"") => {}
                    _ => collect_words(node, reading),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Reading {
    fn sorted(mut self) -> Self {
        // That parser writes arrays anew, and drops some blanks inside words and tabs of here-documents.
        let plain = |word: &str| {
            word.split("=(").next().unwrap_or_default().replace("\\\n", "").replace(char::is_whitespace, "")
        };
        self.here_documents = self.here_documents.iter().map(|body| body.replace('\t', "")).collect();
        self.words = self.words.iter().map(|word| plain(word)).collect();
        self.words.retain(|word| !word.starts_with("<(") && !word.starts_with(">("));
        self.words.sort();
        self.here_documents.sort();
        self
    }
}

#[test]
fn another_parser_finds_the_same_words_and_here_documents() {
    let mut compared = 0;
    // The name of a coprocess is known as one only when the command after it has begun; we count it as a command.
    let shapes = SHAPES.iter().filter(|shape| !shape.contains("coproc"));
    let shapes = shapes.map(|shape| (PathBuf::from(shape), shape.replace('@', HARMLESS)));
    for (path, text) in scripts().into_iter().chain(shapes) {
        if let Some(theirs) = theirs(&text) {
            assert_eq!(ours(&text), theirs, "{}", path.display());
            compared += 1;
        }
    }
    assert!(compared > 25, "only {compared} scripts were read by both");
}
