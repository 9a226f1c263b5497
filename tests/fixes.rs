//! Every edit that a diagnostic brings with it makes that diagnostic go and brings no other: of every document here, and
//! of many whose tables were spoilt by chance. A safe one leaves the outputs of a document as they are.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "the tests read documents from files; a failed step fails the test; counts are printed"
)]

#[path = "common/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use qvm_tangle::compile;
use qvm_tangle::diagnostic::{Applicability, Code, Diagnostic, has_error};
use qvm_tangle::org::TableRow;
use qvm_tangle::workspace::load::{Loaded, Settings};
use random::Random;

/// The documents whose tables are spoilt, beside the two of the repository: each with another network.
const NETWORKS: &[&str] = &[
    "- Name :: =lab7=\n- Subnet :: 192.168.7.1/24\n\n| Guest | IP | TAP |\n|--+--+--|\n| a-1 | 192.168.7.11 | t1 |\n\
     | a-2 | 192.168.7.12 | t2 |\n| a-3 | =192.168.7.13= | t3 |\n\n| Service | IP | Port | Interface |\n|--|\n\
     | Gateway | 192.168.7.1 | | lab7 |\n|--|\n| DHCP | 192.168.7.2 | | ve0 |\n| DNS | | 5353 | |\n\
     | NFS | 192.168.7.3 | | ve1 |\n| cloud-init | | 8000 | |\n",
    "| Guest | Hostname | IP | TAP | MAC | CPUs | Memory | Disk |\n|--|\n\
     | web | web.x.lan | 172.16.0.10 | web-tap | 52:54:00:10:00:0a | 2 | 2G | web.qcow2 |\n\
     | db | db.x.lan | 172.16.0.11 | db-tap | 02:00:00:00:00:01 | 4 | 512M | /d/db.img |\n\
     | q | | 172.16.1.12 | q-tap | | | | |\n\n- Name :: br-lan\n- Subnet :: 172.16.0.1/16\n- Pin :: address\n\
     - Host access :: 22, 53/udp\n- Namespace :: lan-svc\n- SSH key :: ~/.ssh/a.pub, b.pub\n",
];

/// One document, compiled.
struct Compiled {
    loaded: Loaded,
    diagnostics: Vec<Diagnostic>,
    outputs: Vec<(String, String)>,
}

impl Compiled {
    fn of(path: &Path, text: &[u8]) -> Self {
        let loaded = Loaded::read(path, Some(text), &Settings::default()).unwrap();
        let (compilation, mut diagnostics) = compile::compile(&loaded.inputs());
        compile::finish_diagnostics(&loaded.inputs(), &mut diagnostics);
        let output = |artifact: &qvm_tangle::artifact::Artifact| {
            (artifact.path.display().to_string(), format!("{:?} {}", artifact.mode, artifact.text))
        };
        let outputs = compilation.artifacts.iter().map(output).collect();
        Self { loaded, diagnostics, outputs }
    }

    /// How often each code comes with each message.
    fn counts(&self) -> BTreeMap<(Code, &str), usize> {
        let mut counts = BTreeMap::new();
        for diagnostic in &self.diagnostics {
            *counts.entry((diagnostic.code, diagnostic.message.as_str())).or_default() += 1;
        }
        counts
    }
}

/// Applies each fix alone, says how many there were, and notes those that do not do what they should.
fn check(path: &Path, text: &[u8], wrong: &mut Vec<String>) -> usize {
    let before = Compiled::of(path, text);
    let counts = before.counts();
    let source = before.loaded.source();
    let mut number = 0;
    let subnet_of_10 = source.text().contains("10.42.");
    for diagnostic in &before.diagnostics {
        if !subnet_of_10 && (diagnostic.help.contains("10.42.") || diagnostic.help.contains("52:54:00:2a:")) {
            wrong.push(format!("{}: an address of no subnet: {}", path.display(), diagnostic.help));
        }
        let Some(fix) = diagnostic.fix.as_ref().filter(|fix| fix.span.source == source.id()) else { continue };
        if !diagnostic.code.brings_fix() {
            wrong.push(format!("{}: the table of codes says that it brings no edit", diagnostic.code.name()));
        }
        let mut fixed = source.text().to_owned();
        fixed.replace_range(fix.span.range(), &fix.text);
        let after = Compiled::of(path, fixed.as_bytes());
        let new = after.counts();
        let key = (diagnostic.code, diagnostic.message.as_str());
        let mut faults = Vec::new();
        if new.get(&key).copied().unwrap_or_default() >= counts[&key] {
            faults.push("it is still there".to_owned());
        }
        if !unveils(diagnostic.code) {
            let more = new.iter().filter(|(key, number)| **number > counts.get(key).copied().unwrap_or_default());
            faults.extend(more.map(|((code, message), _)| format!("new: {}: {message}", code.name())));
        }
        if fix.applicability == Applicability::Safe
            && !has_error(&before.diagnostics)
            && after.outputs != before.outputs
        {
            faults.push("it is safe, but an output changes".to_owned());
        }
        if !faults.is_empty() {
            let line = source.position(diagnostic.span.range().start).line;
            let line = |text: &str| text.lines().nth(line - 1).unwrap_or_default().to_owned();
            let (old, new) = (line(source.text()), line(&fixed));
            let (code, message) = (diagnostic.code.name(), &diagnostic.message);
            wrong.push(format!("{}: {code}: {message}\n  {old}\n  {new}\n  {}", path.display(), faults.join("\n  ")));
        }
        number += 1;
    }
    number
}

/// Whether a table, a list or a block is looked at only once this is fixed.
fn unveils(code: Code) -> bool {
    matches!(code, Code::MissingColumn | Code::MissingTerm | Code::UnknownArgument)
}

#[test]
fn fixes_of_every_document_fix() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut number, mut wrong) = (0, Vec::new());
    for folder in ["org", "tests"] {
        for entry in walkdir::WalkDir::new(root.join(folder)).sort_by_file_name() {
            let path = entry.unwrap().into_path();
            if path.extension().is_some_and(|extension| extension == "org") {
                number += check(&path, &fs::read(&path).unwrap(), &mut wrong);
            }
        }
    }
    println!("{number} fixes of documents");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(number > 30, "only {number} fixes");
}

#[test]
fn fixes_of_spoilt_documents_fix() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let mut corpus: Vec<String> = NETWORKS.iter().map(|&text| text.to_owned()).collect();
    corpus.extend([file("org/network.org"), file("tests/fixtures/seed/network.org")].map(|text| tables_of(&text)));
    let seeds: u64 = std::env::var("FIXES_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(2000);
    let (mut number, mut wrong) = (0, Vec::new());
    for seed in 0..seeds {
        let mut random = Random(seed);
        let text = &corpus[random.below(corpus.len())];
        let spoilt = spoil(&mut random, text);
        number += check(Path::new(&format!("/project/{seed}.org")), spoilt.as_bytes(), &mut wrong);
    }
    println!("{number} fixes of {seeds} spoilt documents");
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(number as u64 > seeds / 3, "only {number} fixes of {seeds} documents");
}

/// The tables and lists of a document, without its blocks and prose, which would take most of the time.
fn tables_of(text: &str) -> String {
    let loaded = Loaded::read(Path::new("/project/network.org"), Some(text.as_bytes()), &Settings::default()).unwrap();
    let document = loaded.document().document();
    let tables = document.tables.iter().map(|table| table.span);
    let lists = document.lists.iter().map(|list| list.span);
    let mut spans: Vec<_> = tables.chain(lists).collect();
    spans.sort();
    spans.into_iter().map(|span| document.source.slice(span)).collect::<Vec<_>>().join("\n\n") + "\n"
}

/// Replaces one value, empties it, or cuts a row short.
fn spoil(random: &mut Random, text: &str) -> String {
    const WORDS: &[&str] = &[
        "",
        "$(id)",
        "10.42.0.10",
        "10.0.0.999",
        "192.168.7.1",
        "192.168.7.13/24",
        "172.16.0,11",
        "O",
        "all",
        "a b",
        "wk_1",
        "web",
        "qvm0tap0",
        "t2",
        "52-54-00-10-00-0b",
        "5254001000ff",
        "53:54:00:10:00:0a",
        "0",
        "4 GB",
        "99999",
        "5353",
        "53",
        "DSN",
        "dhpc",
        "NFS",
        "Gateway",
        "Memroy",
        "x.local",
        "x..y",
        "a-very-long-name-for-anything",
        "~root/x.pub",
        "off.",
        "10.42.0.1",
        "10.42.0.0/24",
        "10.42.0.1/33",
        "fd00::1/64",
        "=web=",
        "ve0",
        "lab7",
        "veth0",
        "qvm0",
        "\u{e9}t\u{e9}",
    ];
    let loaded = Loaded::read(Path::new("/project/network.org"), Some(text.as_bytes()), &Settings::default()).unwrap();
    let document = loaded.document().document();
    let cells = document.tables.iter().flat_map(|table| &table.rows).flat_map(|row| match row {
        TableRow::Cells { cells, .. } => &cells[..],
        TableRow::Rule(_) => &[],
    });
    let items = document.lists.iter().flat_map(|list| &list.items).filter(|item| item.tag.is_some());
    let values: Vec<_> = cells.map(|cell| cell.span).chain(items.map(|item| item.text.span)).collect();
    let span = values[random.below(values.len())].range();
    let mut spoilt = text.to_owned();
    match random.below(10) {
        0 => {
            let end = span.start + spoilt[span.start..].find('\n').unwrap_or(0);
            spoilt.replace_range(span.start..end, "");
        }
        1 | 2 => {
            let other = text[values[random.below(values.len())].range()].to_owned();
            spoilt.replace_range(span, &other);
        }
        3 if !span.is_empty() => {
            let at = span.start + random.below(span.len());
            if spoilt.is_char_boundary(at) && spoilt.as_bytes()[at].is_ascii() {
                spoilt.replace_range(at..=at, "");
            }
        }
        _ => spoilt.replace_range(span, WORDS[random.below(WORDS.len())]),
    }
    spoilt
}

/// What tables are made of where Org's alignment has rules: numbers of each form, what comes near one, widths.
const CELLS: &[&str] = &[
    "",
    "",
    "a",
    "word",
    "1",
    "12",
    "1.5",
    "-3",
    "+4",
    "1e5",
    "0xff",
    "0xfg",
    "16#ff",
    "10.42.0.10",
    "10.42.0.1/24",
    "5%",
    "(3)",
    "3)",
    "<5",
    ">7",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "uinf",
    "<l>",
    "<r>",
    "<c10>",
    "<10>",
    "<x>",
    "=10=",
    "12:30",
    "d1",
    "1d",
    "--",
    "x--",
    "Straße",
    "漢字",
    "e\u{301}",
    "\\alpha",
    "a b",
    "1 2",
    "[[https://a.b][text]]",
    "2024-01-01",
    "^",
    "1^2",
];

/// A table of random shape; every second one is indented.
fn table(random: &mut Random) -> String {
    let indent = ["", "  "][random.below(2)];
    let columns = 1 + random.below(4);
    let line = |random: &mut Random| match random.below(6) {
        0 => format!("{indent}|-"),
        1 => format!("{indent}|---+--|"),
        _ => {
            let cells: Vec<String> = (0..=random.below(columns))
                .map(|_| {
                    let blanks = " ".repeat(random.below(3));
                    format!("{blanks}{}{blanks}", random.pick(CELLS))
                })
                .collect();
            let cells = cells.join("|");
            let is_open = random.below(5) == 0 && !cells.trim().is_empty();
            let lead = if cells.starts_with('-') { " " } else { "" };
            format!("{indent}|{lead}{cells}{}", if is_open { "" } else { "|" })
        }
    };
    let rows: Vec<_> = (0..=random.below(6)).map(|_| line(random)).collect();
    rows.join("\n")
}

#[test]
fn tables_are_aligned_as_org_does_it() {
    const BETWEEN: &str = "\n\ntext\n\n";
    let mut random = Random(1);
    let tables: Vec<String> = (0..600).map(|_| table(&mut random)).collect();
    let text = tables.join(BETWEEN) + "\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables.org");
    fs::write(&file, &text).unwrap();
    let script = "(progn (require 'org) (find-file (car command-line-args-left)) (goto-char (point-min))
        (while (re-search-forward \"^[ \\t]*|\" nil t) (org-table-align) (goto-char (org-table-end))) (save-buffer))";
    let emacs = std::process::Command::new("emacs")
        .args(["-Q", "--batch", "--eval", script])
        .arg(&file)
        .env("HOME", folder.path())
        .env("LC_ALL", "C.UTF-8")
        .output()
        .expect("Emacs is installed");
    assert!(emacs.status.success(), "{}", String::from_utf8_lossy(&emacs.stderr));
    let expected = fs::read_to_string(&file).unwrap();

    let mut sources = qvm_tangle::source::Sources::default();
    let id = sources.add("tables.org", text.as_str());
    let parsed = qvm_tangle::org::parse(sources.shared(id));
    let found = &parsed.document().tables;
    assert_eq!(found.len(), tables.len());
    let mut aligned = text.clone();
    for table in found.iter().rev() {
        if let Some(new) = qvm_tangle::org::aligned(sources.get(id), table) {
            aligned.replace_range(table.span.range(), &new);
        }
    }
    let pairs = aligned.split(BETWEEN).zip(expected.split(BETWEEN)).filter(|(ours, theirs)| ours != theirs);
    let differ: Vec<_> = pairs.map(|(ours, theirs)| format!("ours:\n{ours}\nOrg's:\n{theirs}\n")).collect();
    let some = differ[..differ.len().min(5)].join("\n");
    assert!(differ.is_empty(), "{} of {} tables differ:\n{some}", differ.len(), tables.len());
    println!("{} tables", tables.len());
}
