//! `qvm-tangle lsp` as an editor meets it: the real program, spoken to over its standard input and output.
#![cfg(feature = "lsp")]
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these tests run the program on real files; a failed step fails the test"
)]

mod capabilities;
mod client;
mod protocol;
mod rename;

use std::fs;
use std::path::PathBuf;

use client::{Client, Document, address};
use serde_json::{Value, json};

const DOCUMENT: &str = "\
Straße 𝄞 nach Süden.

- Name :: =qvm0=
- Subnet :: 10.42.0.1/24

| Guest | Hostname      |         IP | TAP      |
|-------+---------------+------------+----------|
| cp    | cp.qvm0.lan   | 10.42.0.10 | qvm0tap0 |
| wk-1  | wk-1.qvm0.lan | 10.42.0.11 | qvm0tap1 |

| Service |        IP | Port | Interface |
|---------+-----------+------+-----------|
| DHCP    | 10.42.0.2 |      | veth0     |
| DNS     |           | 5300 |           |

* Notes
Süd 𝄞: =wk-1= runs =notes.sh=, =bridge-up.sh= and =tap-up.sh=.

#+name: part
#+begin_src sh
  echo one
#+end_src
#+begin_src sh :tangle notes.sh :noweb yes :shebang #!/bin/sh
  <<part>>
#+end_src
";

struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    fn new() -> Self {
        let scratch = Self { folder: tempfile::tempdir().unwrap() };
        scratch.write("qvm-tangle.toml", "documents = [\"org/n.org\"]\nout-dir = \"out\"\n");
        scratch.write("org/n.org", DOCUMENT);
        scratch
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    fn client(&self) -> Client {
        let publishing = json!({ "relatedInformation": true });
        let markdown = json!(["markdown", "plaintext"]);
        let document = json!({
            "publishDiagnostics": publishing,
            "hover": { "contentFormat": markdown },
            "completion": { "completionItem": { "documentationFormat": markdown } },
        });
        Client::introduce(&self.path(""), &json!({ "textDocument": document }))
    }
}

fn codes(diagnostics: &[Value]) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic["code"].as_str().unwrap()).collect()
}

/// The line of each place in an answer, counted from 1.
fn lines(places: &Value) -> Vec<u64> {
    places.as_array().unwrap().iter().map(|place| place["range"]["start"]["line"].as_u64().unwrap() + 1).collect()
}

/// The editor shows what is wrong with a document whoever wrote it, reads and reaches nothing that needs trust, and says so.
#[test]
fn a_document_that_nobody_trusts_is_served_without_what_needs_trust() {
    let scratch = Scratch::new();
    scratch.write("qvm-tangle.toml", "out-dir = \"../elsewhere\"\nallow-outside = [\"/etc\"]\n");
    let mut client = scratch.client();
    let text = "#+begin_src emacs-lisp :tangle a.el :var x=(getenv \"PATH\")\n(message x)\n#+end_src\n\
                #+begin_src text :tangle /etc/hostname :nonsense y\nx\n#+end_src\n";
    let document = Document::open(&mut client, &scratch.path("org/n.org"), text);
    let said = client.heard("window/showMessage");
    let message = said["message"].as_str().unwrap();
    assert!(message.contains("`out-dir = \"../elsewhere\"`") && message.contains("`qvm-tangle trust "), "{message}");
    let diagnostics = client.diagnostics(&document.uri, 1);
    assert_eq!(codes(&diagnostics), ["untrusted-environment", "target-outside-root", "unknown-argument"]);
    let path = std::env::var("PATH").unwrap();
    assert!(diagnostics.iter().all(|diagnostic| !diagnostic["message"].as_str().unwrap().contains(&path)));
    client.leave();
}

#[test]
fn a_mistake_is_found_looked_at_and_mended() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let mut document = Document::open(&mut client, &scratch.path("org/n.org"), DOCUMENT);
    let uri = document.uri.clone();
    assert_eq!(client.diagnostics(&uri, 1), Vec::<Value>::new());

    let found = client.ask("textDocument/definition", &document.at("Süd 𝄞: =wk"));
    assert_eq!((lines(&found), found[0]["uri"].as_str()), (vec![9], Some(uri.as_str())));
    let found = client.ask("textDocument/definition", &document.at("runs =notes"));
    assert_eq!(lines(&found), [23]);
    let found = client.ask("textDocument/definition", &document.at("  <<par"));
    assert_eq!(lines(&found), [20]);
    let mut question = document.at("=wk");
    question["context"] = json!({ "includeDeclaration": true });
    assert_eq!(lines(&client.ask("textDocument/references", &question)), [9, 9, 9, 9, 17]);

    let hover = client.ask("textDocument/hover", &document.at("Süd 𝄞: =wk"));
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("DHCP lease: `10.42.0.11`") && text.contains("`qvm0tap1`"), "{text}");
    assert_eq!(hover["range"]["start"], json!({ "line": 16, "character": 9 }));
    let hover = client.ask("textDocument/hover", &document.at("  <<par"));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("echo one"), "{hover}");

    let change = document.edit("10.42.0.11", "10.42.0.10");
    client.send_raw(&change);
    let diagnostics = client.diagnostics(&uri, 2);
    assert_eq!(codes(&diagnostics), ["duplicate-address"]);
    assert_eq!(diagnostics[0]["range"]["start"], json!({ "line": 8, "character": 26 }));
    assert_eq!(diagnostics[0]["relatedInformation"][0]["location"]["range"]["start"]["line"], 7);
    assert!(diagnostics[0]["message"].as_str().unwrap().contains("help: write another one"));

    let change = document.edit("  <<part>>", "  <<");
    client.send_raw(&change);
    let offers = client.ask("textDocument/completion", &document.at("yes :shebang #!/bin/sh\n  <<"));
    let offer = offers.as_array().unwrap().iter().find(|offer| offer["label"] == "part").unwrap();
    let change = document.apply(&offer["textEdit"]);
    client.send_raw(&change);
    assert!(document.text.contains("  <<part>>\n"));

    let params = json!({
        "textDocument": { "uri": uri },
        "range": diagnostics[0]["range"],
        "context": { "diagnostics": diagnostics, "only": ["quickfix"] },
    });
    let actions = client.ask("textDocument/codeAction", &params);
    assert_eq!(actions[0]["title"], "Replace `10.42.0.10` with `10.42.0.11`");
    let change = document.apply(&actions[0]["edit"]["changes"][&uri][0]);
    client.send_raw(&change);
    assert_eq!(client.diagnostics(&uri, document.version), Vec::<Value>::new());
    assert!(document.text.contains("| wk-1  | wk-1.qvm0.lan | 10.42.0.11 |"));

    client.tell("textDocument/didClose", &json!({ "textDocument": { "uri": uri } }));
    assert_eq!(client.diagnostics(&uri, Value::Null), Vec::<Value>::new());
    assert!(!scratch.path("out").exists(), "a server writes nothing");
    client.leave();
}

#[test]
fn fix_all_makes_the_edits_that_need_no_look_at_them() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let text = DOCUMENT.replace("| DHCP ", "| Gateway | 10.42.0.1 | 80 | qvm0 |\n|--|\n| DHCP ");
    assert_ne!(text, DOCUMENT, "the document has services");
    let mut document = Document::open(&mut client, &scratch.path("org/n.org"), &text);
    let uri = document.uri.clone();
    let ask = |client: &mut Client, only: &str| {
        let start = json!({ "line": 0, "character": 0 });
        let params = json!({
            "textDocument": { "uri": uri },
            "range": { "start": start, "end": start },
            "context": { "diagnostics": [], "only": [only] },
        });
        client.ask("textDocument/codeAction", &params)
    };
    assert_eq!(ask(&mut client, "source.organizeImports"), json!([]));
    assert_eq!(ask(&mut client, "quickfix"), json!([]));
    assert_eq!(ask(&mut client, "source")[0]["kind"], "source.fixAll");
    let actions = ask(&mut client, "source.fixAll");
    let change = document.apply(&actions[0]["edit"]["changes"][&uri][0]);
    client.send_raw(&change);
    assert!(!document.text.contains("| 80 "), "{}", document.text);
    assert_eq!(ask(&mut client, "source.fixAll"), json!([]));
    client.leave();
}

#[test]
fn the_outline_has_headings_blocks_and_guests() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let document = Document::open(&mut client, &scratch.path("org/n.org"), DOCUMENT);
    let outline = client.ask("textDocument/documentSymbol", &json!({ "textDocument": { "uri": document.uri } }));
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|symbol| symbol["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&outline), ["cp", "wk-1", "Notes"]);
    assert_eq!(names(&outline[2]["children"]), ["part", "notes.sh"]);
    client.leave();
}

#[test]
fn a_template_of_the_project_is_where_its_script_leads_to() {
    let scratch = Scratch::new();
    scratch.write("templates/tap-up.sh.shell.j2", "#!/bin/sh\n# Own.\n");
    let mut client = scratch.client();
    let document = Document::open(&mut client, &scratch.path("org/n.org"), DOCUMENT);
    let found = client.ask("textDocument/definition", &document.at("and =tap-"));
    assert_eq!(found[0]["uri"], address(&scratch.path("templates/tap-up.sh.shell.j2")));
    let found = client.ask("textDocument/definition", &document.at("=bridge-"));
    assert_eq!((lines(&found), found[0]["uri"].as_str()), (vec![3], Some(document.uri.as_str())));
    client.leave();
}

#[test]
fn a_diagnostic_in_a_setup_file_is_shown_there_and_taken_back() {
    let scratch = Scratch::new();
    scratch.write("org/setup.org", "#+PROPERTY: header-args :mkdrip yes\n");
    let mut client = scratch.client();
    let text = format!("#+SETUPFILE: setup.org\n{DOCUMENT}");
    let document = Document::open(&mut client, &scratch.path("org/n.org"), &text);
    assert_eq!(client.diagnostics(&document.uri, 1), Vec::<Value>::new());
    let setup = address(&scratch.path("org/setup.org"));
    assert_eq!(codes(&client.diagnostics(&setup, Value::Null)), ["unknown-argument"]);

    scratch.write("org/setup.org", "#+PROPERTY: header-args :mkdirp yes\n");
    client.tell("textDocument/didSave", &json!({ "textDocument": { "uri": document.uri } }));
    assert_eq!(client.diagnostics(&setup, Value::Null), Vec::<Value>::new());
    client.leave();
}

#[test]
fn lines_may_end_in_cr_lf_and_columns_count_utf16() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let text = format!("{DOCUMENT}Süd 𝄞 see wk-1 at 10.42.0.99.\n").replace('\n', "\r\n");
    let mut document = Document::open(&mut client, &scratch.path("org/n.org"), &text);
    let diagnostics = client.diagnostics(&document.uri, 1);
    assert_eq!(codes(&diagnostics), ["unknown-address"]);
    let line = DOCUMENT.lines().count();
    assert_eq!(diagnostics[0]["range"]["start"], json!({ "line": line, "character": 19 }));
    let found = client.ask("textDocument/definition", &document.at("see wk"));
    assert_eq!(lines(&found), [9]);

    let change = document.edit("10.42.0.99.\r\n", "10.42.0.98.\r\nMore.\r\n");
    client.send_raw(&change);
    assert_eq!(codes(&client.diagnostics(&document.uri, 2)), ["unknown-address"]);
    let change = document.edit("Süd 𝄞 see wk-1 at 10.42.0.98.\r\n", "");
    client.send_raw(&change);
    assert_eq!(client.diagnostics(&document.uri, 3), Vec::<Value>::new());
    client.leave();
}

#[test]
fn columns_count_bytes_where_the_client_offers_it() {
    let scratch = Scratch::new();
    let capabilities = json!({ "general": { "positionEncodings": ["utf-16", "utf-8"] } });
    let mut client = Client::introduce(&scratch.path(""), &capabilities);
    let text = format!("{DOCUMENT}Süd 𝄞 see 10.42.0.99.\n");
    let document = Document::open(&mut client, &scratch.path("org/n.org"), &text);
    let diagnostics = client.diagnostics(&document.uri, 1);
    assert_eq!(diagnostics[0]["range"]["start"]["character"], "Süd 𝄞 see ".len());
    client.leave();
}

#[test]
fn what_the_configuration_does_wrong_is_told_once() {
    let scratch = Scratch::new();
    scratch.write("qvm-tangle.toml", "outdir = \"x\"\n");
    let mut client = scratch.client();
    let mut document = Document::open(&mut client, &scratch.path("org/n.org"), DOCUMENT);
    let said = client.heard("window/showMessage");
    assert!(said["message"].as_str().unwrap().contains("there is no key `outdir`"), "{said}");
    assert_eq!(client.request("textDocument/hover", &document.at("=wk"))["result"], Value::Null);
    let change = document.edit("Notes", "Note");
    client.send_raw(&change);
    assert_eq!(client.request("textDocument/hover", &document.at("=wk"))["result"], Value::Null);
    assert!(client.unasked().is_empty(), "{:?}", client.unasked());

    scratch.write("qvm-tangle.toml", "");
    client.tell("workspace/didChangeWatchedFiles", &json!({ "changes": [] }));
    assert_eq!(client.diagnostics(&document.uri, 2), Vec::<Value>::new());
    client.leave();
}
