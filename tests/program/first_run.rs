//! The picture of a first run that the README and the book show, drawn from what the program prints.
//!
//! `SNAPSHOTS=overwrite cargo test --test program first_run` draws `docs/src/first-run.svg` anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Project;

/// What is typed, in bash.
const TYPED: &[&str] = &[
    "qvm-tangle init network lab && cd lab",
    "qvm-tangle",
    "sed -i 's/10.44.0.11/10.44.0.10/' network.org    # a mistake",
    "qvm-tangle",
    "qvm-tangle fix --unsafe --write",
];
/// Of a character, in tenths.
const WIDTH: usize = 84;
const HEIGHT: usize = 18;

/// The terminal's lines, with the escapes that colour them.
fn lines() -> Vec<String> {
    let project = Project::new();
    let program = env!("CARGO_BIN_EXE_qvm-tangle");
    let mut script = format!("qvm-tangle() {{ {program} \"$@\" --color always; }}\n");
    for typed in TYPED {
        let _ = writeln!(script, "echo {}\n{typed}", quoted(&format!("\x1b[92m$\x1b[0m \x1b[1m{typed}\x1b[0m")));
    }
    let mut bash = Command::new("bash");
    project.in_environment(&mut bash);
    let output = bash.args(["-c", &format!("exec 2>&1\n{script}")]).current_dir(project.path("")).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The pieces of a line with their classes.
fn pieces(line: &str) -> Vec<(String, &str)> {
    let mut pieces: Vec<(String, &str)> = Vec::new();
    let mut classes = String::new();
    for (index, piece) in line.split("\x1b[").enumerate() {
        let (code, text) = if index == 0 { ("0", piece) } else { piece.split_once('m').unwrap() };
        match code {
            "0" => classes.clear(),
            code => {
                let _ = write!(classes, " c{code}");
            }
        }
        if !text.is_empty() {
            pieces.push((classes.trim().to_owned(), text));
        }
    }
    pieces
}

fn tenths(number: usize) -> String {
    format!("{}.{}", number / 10, number % 10)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn picture(lines: &[String]) -> String {
    let plain = |line: &String| pieces(line).iter().map(|(_, text)| text.chars().count()).sum::<usize>();
    let columns = lines.iter().map(plain).max().unwrap();
    let (width, height) = (columns * WIDTH / 10 + 32, lines.len() * HEIGHT + 32);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"A first run of qvm-tangle\" font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" \
         font-size=\"14\">\n<style>text {{ fill: #d0d7de; white-space: pre }} .c1 {{ font-weight: bold }} .c91 {{ fill: #ff7b72 }} \
         .c92 {{ fill: #7ee787 }} .c93 {{ fill: #e3b341 }} .c94 {{ fill: #79c0ff }}</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#161b22\"/>\n"
    );
    for (row, line) in lines.iter().enumerate() {
        let mut column = 0;
        for (classes, text) in pieces(line) {
            let length = text.chars().count();
            let (x, y) = (tenths(160 + column * WIDTH), 28 + row * HEIGHT);
            let class = if classes.is_empty() { classes } else { format!(" class=\"{classes}\"") };
            let _ = writeln!(
                svg,
                "<text x=\"{x}\" y=\"{y}\" textLength=\"{}\"{class} xml:space=\"preserve\">{}</text>",
                tenths(length * WIDTH),
                escaped(text)
            );
            column += length;
        }
    }
    svg + "</svg>\n"
}

#[test]
fn the_picture_shows_what_a_first_run_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/first-run.svg");
    let drawn = picture(&lines());
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        fs::write(path, drawn).unwrap();
    } else {
        assert_eq!(
            fs::read_to_string(path).unwrap(),
            drawn,
            "SNAPSHOTS=overwrite cargo test --test program first_run draws it"
        );
    }
}
