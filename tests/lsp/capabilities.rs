//! Each question that an editor can ask beside those of `main`: with columns of UTF-16 and of bytes, about hostile
//! documents, and with two documents open.

use serde_json::{Value, json};

use crate::client::{Client, Document, address};
use crate::{DOCUMENT, Scratch, codes, lines};

const BYTES: &str = r#"{ "general": { "positionEncodings": ["utf-8"] } }"#;

fn of_document(document: &Document) -> Value {
    json!({ "textDocument": { "uri": document.uri } })
}

/// The text of each place in an answer.
fn texts(document: &Document, ranges: &[&Value]) -> Vec<String> {
    ranges.iter().map(|range| document.text_of(range).to_owned()).collect()
}

#[test]
fn a_name_is_renamed_wherever_it_stands() {
    for bytes in [false, true] {
        let scratch = Scratch::new();
        let mut client = if bytes {
            Client::introduce(&scratch.path(""), &serde_json::from_str(BYTES).unwrap())
        } else {
            scratch.client()
        };
        let text =
            format!("{DOCUMENT}𝄞 Süd: ~ssh wk-1~ at wk-1.qvm0.lan:22, wk-10, $wk-1, see cloud-init/wk-1/user-data.\n");
        let mut document = Document::open(&mut client, &scratch.path("org/n.org"), &text);
        document.counts_bytes = bytes;
        let place = document.at("Süd 𝄞: =wk");
        let prepared = client.ask("textDocument/prepareRename", &place);
        assert_eq!((document.text_of(&prepared["range"]), prepared["placeholder"].as_str()), ("wk-1", Some("wk-1")));
        let highlights = client.ask("textDocument/documentHighlight", &place);
        assert_eq!(lines(&highlights), [9, 9, 17, 26, 26, 26]);
        let changed = document.renamed(&mut client, &place, "worker-one");
        let expected = text
            .replace("| Guest | Hostname      |", "| Guest      | Hostname            |")
            .replace("|-------+---------------+------------+", "|------------+---------------------+------------+")
            .replace("| cp    | cp.qvm0.lan   |", "| cp         | cp.qvm0.lan         |")
            .replace("| wk-1  | wk-1.qvm0.lan |", "| worker-one | worker-one.qvm0.lan |")
            .replace("=wk-1=", "=worker-one=")
            .replace("~ssh wk-1~ at wk-1.qvm0.lan:22", "~ssh worker-one~ at worker-one.qvm0.lan:22")
            .replace("cloud-init/wk-1/", "cloud-init/worker-one/");
        assert_eq!(changed, expected);
        client.leave();
    }
}

#[test]
fn words_of_letters_alone_are_names_where_nothing_else_can_be_meant() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let block = "#+begin_src sh\nls \"$QVM_DIR/certs/hosts/cp/cert.pem\" /cp/x; cp a b; ssh -l root cp; scp x root@cp:/y; for g in cp wk-1; do :; done; ./run-guest.sh cp\n\
                 # cp is cp\ncurl https://cp.qvm0.lan/cp --cacert cp.qvm0.lan.crt; cp cp cp\n#+end_src\n";
    let text = format!("{DOCUMENT}The cp of =cp= is =ssh cp=, not =cp -r=.\n\n| Who |\n| cp |\n\n{block}");
    let mut document = Document::open(&mut client, &scratch.path("org/n.org"), &text);
    let place = document.at("The cp of =c");
    let changed = document.renamed(&mut client, &place, "zq");
    let expected = text
        .replace("| cp    | cp.", "| zq    | zq.")
        .replace("hosts/cp/cert", "hosts/zq/cert")
        .replace("of =cp= is =ssh cp=", "of =zq= is =ssh zq=")
        .replace("| cp |\n", "| zq |\n")
        .replace("| Who |\n| zq |", "| Who |\n| zq  |")
        .replace("root cp; scp x root@cp:/y; for g in cp wk-1", "root zq; scp x root@zq:/y; for g in zq wk-1")
        .replace("run-guest.sh cp\n", "run-guest.sh zq\n")
        .replace("https://cp.qvm0.lan/cp --cacert cp.qvm0.lan.crt", "https://zq.qvm0.lan/cp --cacert zq.qvm0.lan.crt");
    assert_eq!(changed, expected);
    client.leave();
}

#[test]
fn blocks_interfaces_and_bridges_are_renamed_with_all_that_refers_to_them() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let rest = "#+call: part()\n\nSee [[part]], call_part() and =qvm0tap0= in =qvm0tap0.conf=; =qvm0svc= and cp.qvm0.\n\
                #+begin_src sh :var x=part[] part=2 :post part(y)\nip link show dev qvm0tap0; ip a show qvm0\n#+end_src\n";
    let text = format!("{DOCUMENT}{rest}");
    let mut document = Document::open(&mut client, &scratch.path("org/n.org"), &text);
    let place = document.at("  <<par");
    let changed = document.renamed(&mut client, &place, "first part");
    assert_eq!(
        changed,
        "first part` cannot be the name: it has a blank in it, and a header argument or call refers to it, which takes a word"
    );
    let changed = document.renamed(&mut client, &place, "piece");
    let expected = text
        .replace("name: part", "name: piece")
        .replace("<<part>>", "<<piece>>")
        .replace("call: part()", "call: piece()")
        .replace("[[part]], call_part()", "[[piece]], call_piece()")
        .replace(":var x=part[]", ":var x=piece[]")
        .replace(":post part(y)", ":post piece(y)");
    assert_eq!(changed, expected);
    let place = document.at("dev qvm0tap");
    let changed = document.renamed(&mut client, &place, "t0");
    let expected = text
        .replace("| qvm0tap0 |", "| t0       |")
        .replace("=qvm0tap0= in", "=t0= in")
        .replace("dev qvm0tap0", "dev t0");
    assert_eq!(changed, expected);
    let place = document.at("- Name :: =qvm");
    let changed = document.renamed(&mut client, &place, "lab7");
    for part in ["Name :: =lab7=", "cp.qvm0.lan", "=lab7svc= and cp.lab7.", "show lab7\n", "| qvm0tap0 |"] {
        assert!(changed.contains(part), "no {part:?} in\n{changed}");
    }
    client.leave();
}

#[test]
fn a_name_that_cannot_be_is_refused_with_the_reason() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let named = DOCUMENT.replace("| Guest | Hostname", "#+name: guests\n| Guest | Hostname");
    let text = format!("{named}#+name: other\n: x\n");
    let mut document = Document::open(&mut client, &scratch.path("org/n.org"), &text);
    let guest = document.at("=wk");
    let tap = document.at("| qvm0tap");
    let block = document.at("<<par");
    let cases = [
        (&guest, "cp", "`cp` is taken: another guest has that name"),
        (&guest, "wk_1", "`wk_1` cannot be a guest's name: it has `_` in it"),
        (&guest, "", "`` cannot be a guest's name: it is empty"),
        (&guest, "45m", "`45m` cannot be a guest's name: it is a lease time to dnsmasq"),
        (&tap, "qvm0tap1", "`qvm0tap1` is taken: the TAP of a guest has that name"),
        (&tap, "veth0", "`veth0` is taken: an interface of the services has that name"),
        (&tap, "qvm0", "`qvm0` is taken: a bridge has that name"),
        (
            &tap,
            "a123456789012345",
            "`a123456789012345` cannot be the name of an interface: it has 16 bytes where the kernel takes 15",
        ),
        (&block, "Other", "`Other` is taken: line 27 has that name already"),
        (
            &block,
            "a>>b",
            "`a>>b` cannot be the name: it has a character in it that means something in references: one of `<>[]()\",=`",
        ),
        (&block, "\u{1b}[2J", "`\\u{1b}[2J` cannot be the name: it has a control character in it"),
        (&block, "guests", "`guests` is the name by which a document marks its guest table"),
    ];
    for (place, new, reason) in cases {
        assert_eq!(document.renamed(&mut client, place, new), reason.trim_start_matches('`'), "{new:?}");
    }
    let long = document.renamed(&mut client, &guest, &"a".repeat(60));
    assert!(long.contains("cannot be the name: the host name of `aaaa") && long.contains("has 69 bytes"), "{long}");
    for (part, reason) in [
        ("| DHC", "`DHCP` says which service it is: it has no name of its own"),
        ("| Gues", "this is a column of the guest table, which only this program names"),
        ("* Not", "no guest, host name, interface, share or named element stands here"),
        ("name: gues", "`guests` says that this is the guest table: under another name it may be none"),
    ] {
        let answer = client.request("textDocument/prepareRename", &document.at(part));
        assert_eq!(answer["error"]["message"], reason, "{part}");
    }
    client.leave();
}

#[test]
fn values_that_are_not_written_are_shown() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let document = Document::open(&mut client, &scratch.path("org/n.org"), DOCUMENT);
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": document.uri }, "range": range });
    let hints = client.ask("textDocument/inlayHint", &params);
    let shown: Vec<String> = hints
        .as_array()
        .unwrap()
        .iter()
        .map(|hint| format!("{} {}", hint["position"]["line"], hint["label"].as_str().unwrap()))
        .collect();
    let expected =
        ["2 qvm0.lan qvm-svc", "7 52:54:00:2a:00:0a", "8 52:54:00:2a:00:0b", "12 67", "13 10.42.0.2", "13 veth0"];
    assert_eq!(shown, expected);
    assert!(hints[0]["tooltip"]["value"].as_str().unwrap().contains("**Namespace**"), "{hints}");
    client.leave();
}

#[test]
fn symbols_of_all_documents_of_the_configuration_are_found() {
    let scratch = Scratch::new();
    scratch.write("qvm-tangle.toml", "documents = [\"org\"]\n");
    scratch.write("org/closed.org", "* Süd 𝄞 Notes\n#+name: part-two\n#+begin_src sh\n#+end_src\n");
    scratch.write("elsewhere.org", "* Notes elsewhere\n");
    let mut client = scratch.client();
    // What an editor has counts, not what lies on the disk.
    let document = Document::open(&mut client, &scratch.path("org/n.org"), &DOCUMENT.replace("* Notes", "* New notes"));
    let found = client.ask("workspace/symbol", &json!({ "query": "notes" }));
    let names = |found: &Value| -> Vec<String> {
        found.as_array().unwrap().iter().map(|symbol| symbol["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&found), ["New notes", "notes.sh", "Süd 𝄞 Notes"]);
    assert_eq!((&found[0]["location"]["uri"], &found[1]["containerName"]), (&json!(document.uri), &json!("New notes")));
    assert_eq!(found[2]["location"]["uri"], address(&scratch.path("org/closed.org")));
    assert_eq!(names(&client.ask("workspace/symbol", &json!({ "query": "ptw" }))), ["part-two"]);
    assert_eq!(names(&client.ask("workspace/symbol", &json!({ "query": "wk1" }))), ["wk-1"]);
    client.leave();
}

#[test]
fn files_that_a_document_names_are_links() {
    let scratch = Scratch::new();
    scratch.write("out/notes.sh", "");
    let mut client = scratch.client();
    let text = format!("{DOCUMENT}Süd 𝄞 [[file:other.org::*A][the other]], [[https://example.org]].\n");
    let document = Document::open(&mut client, &scratch.path("org/n.org"), &text);
    let links = client.ask("textDocument/documentLink", &of_document(&document));
    let links = links.as_array().unwrap();
    let ranges: Vec<&Value> = links.iter().map(|link| &link["range"]).collect();
    let out = address(&scratch.path("out/notes.sh"));
    assert_eq!(
        texts(&document, &ranges),
        ["notes.sh", "notes.sh", "[[file:other.org::*A][the other]]", "[[https://example.org]]",]
    );
    let targets: Vec<&str> = links.iter().map(|link| link["target"].as_str().unwrap()).collect();
    assert_eq!(targets, [&out, &out, &address(&scratch.path("org/other.org")), "https://example.org"]);
    client.leave();
}

#[test]
fn sections_tables_and_blocks_fold() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let document = Document::open(&mut client, &scratch.path("org/n.org"), DOCUMENT);
    let folds = client.ask("textDocument/foldingRange", &of_document(&document));
    let lines: Vec<(u64, u64)> = folds
        .as_array()
        .unwrap()
        .iter()
        .map(|fold| (fold["startLine"].as_u64().unwrap(), fold["endLine"].as_u64().unwrap()))
        .collect();
    assert_eq!(lines, [(5, 8), (10, 13), (15, 24), (19, 21), (22, 24)]);
    client.leave();
}

#[test]
fn texts_are_plain_for_a_client_that_does_not_take_markdown() {
    let scratch = Scratch::new();
    let mut client = Client::introduce(&scratch.path(""), &json!({}));
    let document = Document::open(&mut client, &scratch.path("org/n.org"), DOCUMENT);
    let hover = client.ask("textDocument/hover", &document.at("=wk"));
    let text = hover["contents"]["value"].as_str().unwrap();
    assert_eq!(hover["contents"]["kind"], "plaintext");
    assert!(text.starts_with("wk-1, a guest\n\n- MAC address: 52:54:00:2a:00:0b\n"), "{text}");
    let offers = client.ask("textDocument/completion", &document.at(":tangle notes.sh :no"));
    let offer = offers.as_array().unwrap().iter().find(|offer| offer["label"] == "noweb").unwrap();
    assert_eq!(offer["documentation"]["kind"], "plaintext");
    client.leave();
}

#[test]
fn the_colon_of_a_header_argument_stays_one() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    for typed in ["sh :", "sh :tan"] {
        let text = format!("#+begin_src {typed}\n#+end_src\n");
        let mut document = Document::open(&mut client, &scratch.path("org/n.org"), &text);
        let offers = client.ask("textDocument/completion", &document.at(typed));
        let offer = offers.as_array().unwrap().iter().find(|offer| offer["label"] == "tangle").unwrap();
        document.apply(&offer["textEdit"]);
        assert_eq!(document.text, "#+begin_src sh :tangle\n#+end_src\n");
    }
    client.leave();
}

/// Every question about every kind of line, in documents that nobody would write.
#[test]
fn hostile_documents_are_answered() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let line = "#+name: a\"b'c`$(id)\n#+begin_src sh :var x=\"a\"b'c :noweb-ref \"\n<<a\"b'c`$(id)>> [[a]] wk-1\n";
    let quotes = format!("{DOCUMENT}\n{line}#+end_src\n");
    let broken = format!("{line}| Guest | IP | TAP |\n| wk-1 | 10.42.0.9");
    let huge = format!(
        "{DOCUMENT}{}",
        "[[file:a <<b>> call_c( =wk-1= | cp | :tangle x [[wk-1.qvm0.lan=~wk-1~\n".repeat(5_000)
    );
    for (number, text) in [quotes, broken, huge, "\r\n\0\u{feff}𝄞".to_owned()].into_iter().enumerate() {
        let document = Document::open(&mut client, &scratch.path(&format!("org/h{number}.org")), &text);
        let last = text.lines().count() - 1;
        let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": last + 9, "character": 9999 } });
        for method in ["documentLink", "foldingRange", "inlayHint", "documentSymbol"] {
            let params = json!({ "textDocument": { "uri": document.uri }, "range": range });
            let answer = client.request(&format!("textDocument/{method}"), &params);
            assert!(answer.get("error").is_none(), "{method}: {answer}");
        }
        for line in [0, 8, 16, last / 2, last, last + 5] {
            for character in [0, 3, 9, 9999] {
                let position = json!({ "line": line, "character": character });
                let params = json!({
                    "textDocument": { "uri": document.uri }, "position": position, "newName": "new-1",
                    "context": { "includeDeclaration": true, "triggerKind": 1 },
                });
                for method in ["hover", "completion", "documentHighlight", "definition", "references"] {
                    let answer = client.request(&format!("textDocument/{method}"), &params);
                    assert!(answer.get("error").is_none(), "{method}: {answer}");
                }
                // It is renamed, or refused with a reason.
                let answer = client.request("textDocument/rename", &params);
                let reason = answer["error"]["message"].as_str().unwrap_or("-");
                assert!(answer["result"].is_object() || reason.len() > 9, "{answer}");
            }
        }
        client.tell("textDocument/didClose", &of_document(&document));
    }
    assert_eq!(client.ask("workspace/symbol", &json!({ "query": "\u{0}\"'" })), json!([]));
    client.leave();
}

#[test]
fn two_open_documents_are_kept_apart() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let mut one = Document::open(&mut client, &scratch.path("org/n.org"), DOCUMENT);
    let other_text = DOCUMENT.replace("wk-1", "wk-7").replace("10.42", "10.43").replace("qvm0", "lab7");
    let mut other = Document::open(&mut client, &scratch.path("org/m.org"), &other_text);
    let place = one.at("=wk");
    let changed = one.renamed(&mut client, &place, "wk-7");
    assert_eq!(changed, DOCUMENT.replace("wk-1", "wk-7"), "a guest of another document is no obstacle");
    let place = other.at("=wk");
    assert_eq!(other.renamed(&mut client, &place, "wk-8"), other_text.replace("wk-7", "wk-8"));
    for (document, mac) in [(&one, "52:54:00:2a:00:0b"), (&other, "52:54:00:2b:00:0b")] {
        let hover = client.ask("textDocument/hover", &document.at("=wk"));
        assert!(hover["contents"]["value"].as_str().unwrap().contains(mac), "{hover}");
    }
    let change = one.edit("10.42.0.11", "10.42.0.10");
    client.send_raw(&change);
    assert_eq!(codes(&client.diagnostics(&one.uri.clone(), 2)), ["duplicate-address"]);
    assert_eq!(client.diagnostics(&other.uri, 1), Vec::<Value>::new());
    client.leave();
}
