//! The protocol itself: order, strange messages, leave-taking, speed of typing.

use serde_json::{Value, json};

use crate::client::{Client, Document};
use crate::{DOCUMENT, Scratch, codes};

fn code(answer: &Value) -> i64 {
    answer["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error: {answer}"))
}

#[test]
fn nothing_is_answered_before_the_introduction_and_after_the_leave() {
    let scratch = Scratch::new();
    let mut client = Client::start(&scratch.path(""));
    assert_eq!(code(&client.request("textDocument/hover", &json!({}))), -32002);
    client.tell("textDocument/didOpen", &json!({}));
    client.ask("initialize", &json!({ "capabilities": {} }));
    assert_eq!(code(&client.request("initialize", &json!({ "capabilities": {} }))), -32600);
    client.ask("shutdown", &Value::Null);
    assert_eq!(code(&client.request("textDocument/hover", &json!({}))), -32600);
    client.tell("exit", &Value::Null);
    assert_eq!(client.end(), Some(0));
}

#[test]
fn a_leave_without_shutdown_is_an_error() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    client.tell("exit", &Value::Null);
    assert_eq!(client.end(), Some(1));
    assert_eq!(scratch.client().end(), Some(1));
    assert_eq!(Client::start(&scratch.path("")).end(), Some(1));
}

#[test]
fn strange_messages_are_refused_and_the_next_is_answered() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let document = Document::open(&mut client, &scratch.path("org/n.org"), DOCUMENT);
    for strange in ["{", "[]", "\"x\"", "{\"id\": 1}", "\u{1b}"] {
        client.send_raw(format!("Content-Length: {}\r\n\r\n{strange}", strange.len()).as_bytes());
        assert_eq!(code(&client.answer_to(&Value::Null)), -32700, "{strange}");
    }
    client.send_raw(b"Content-Length: 2\r\n\r\n\xFF\xFE");
    assert_eq!(code(&client.answer_to(&Value::Null)), -32700);
    client.send_raw(b"nonsense\r\n");
    assert_eq!(code(&client.answer_to(&Value::Null)), -32700);

    assert_eq!(code(&client.request("textDocument/unheard-of", &json!({}))), -32601);
    assert_eq!(code(&client.request("textDocument/hover", &json!({ "position": 3 }))), -32602);
    client.tell("$/unheard-of", &json!({}));
    client.tell("textDocument/didChange", &json!({ "textDocument": 3 }));
    let elsewhere = json!({ "textDocument": { "uri": "file:///x.org" }, "position": { "line": 0, "character": 0 } });
    assert_eq!(client.ask("textDocument/hover", &elsewhere), Value::Null);
    let far = json!({ "textDocument": { "uri": document.uri }, "position": { "line": 999, "character": 999 } });
    assert_eq!(client.ask("textDocument/hover", &far), Value::Null);
    assert_ne!(client.ask("textDocument/hover", &document.at("=wk")), Value::Null);
    client.leave();
}

#[test]
fn very_fast_typing_ends_at_the_newest_version() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let mut document = Document::open(&mut client, &scratch.path("org/n.org"), DOCUMENT);
    client.diagnostics(&document.uri, 1);
    let mut typed = document.edit("* Notes\n", "* Notes\n10.42.0.9\n");
    for _ in 0..200 {
        typed.extend(document.edit("10.42.0.9", "10.42.0.99"));
        typed.extend(document.edit("10.42.0.99", "10.42.0.9"));
    }
    client.send_raw(&typed);
    assert_eq!(codes(&client.diagnostics(&document.uri.clone(), document.version)), ["unknown-address"]);
    client.leave();
}

#[test]
fn a_cancelled_request_is_not_worked_on() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let document = Document::open(&mut client, &scratch.path("org/n.org"), DOCUMENT);
    let request = json!({ "jsonrpc": "2.0", "id": "h", "method": "textDocument/hover", "params": document.at("=wk") });
    let mut both = Client::framed(&request);
    both.extend(Client::notification("$/cancelRequest", &json!({ "id": "h" })));
    client.send_raw(&both);
    let answer = client.answer_to(&json!("h"));
    // The two may arrive apart; an answer is owed in either case.
    assert!(answer.get("result").is_some() || code(&answer) == -32800, "{answer}");
    client.leave();
}

#[test]
fn documents_outside_a_project_and_without_a_file_are_served() {
    let scratch = Scratch::new();
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::introduce(folder.path(), &json!({}));
    let block = "#+begin_src sh :tangel x.sh\n#+end_src\n";
    let saved = Document::open(&mut client, &scratch.path("elsewhere.org"), block);
    assert_eq!(codes(&client.diagnostics(&saved.uri, 1)), ["unknown-argument"]);
    let unsaved = Document::open_at(&mut client, "untitled:Untitled-1", block);
    assert_eq!(codes(&client.diagnostics(&unsaved.uri, 1)), ["unknown-argument"]);
    let escaped = Document::open_at(&mut client, "file:///no%20such/z%C3%BC.org", block);
    assert_eq!(codes(&client.diagnostics(&escaped.uri, 1)), ["unknown-argument"]);
    client.leave();
}

#[test]
fn two_buffers_without_a_file_do_not_share_a_path() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let text = "#+begin_src sh :tangle x.sh :shebang #!/bin/sh\nx\n#+end_src\n";
    for (name, text) in [("untitled:1", text.replace(":shebang", ":shebnag")), ("untitled:2", text.to_owned())] {
        let item = json!({ "uri": name, "languageId": "org", "version": 1, "text": text });
        client.tell("textDocument/didOpen", &json!({ "textDocument": item }));
    }
    assert!(codes(&client.diagnostics("untitled:1", 1)).contains(&"unknown-argument"));
    assert!(!codes(&client.diagnostics("untitled:2", 1)).contains(&"unknown-argument"));
    // Closing one does not take the other's address away.
    client.tell("textDocument/didClose", &json!({ "textDocument": { "uri": "untitled:1" } }));
    let place = json!({ "textDocument": { "uri": "untitled:2" }, "position": { "line": 0, "character": 17 } });
    assert_ne!(client.ask("textDocument/hover", &place), Value::Null);
    client.leave();
}

#[test]
fn a_message_that_is_too_long_is_refused_and_the_next_is_answered() {
    let scratch = Scratch::new();
    let mut client = scratch.client();
    let length = 65 << 20;
    client.send_raw(format!("Content-Length: {length}\r\n\r\n").as_bytes());
    let piece = vec![b' '; 1 << 20];
    (0..65).for_each(|_| client.send_raw(&piece));
    assert_eq!(code(&client.answer_to(&Value::Null)), -32700);
    client.leave();
    let mut client = scratch.client();
    client.send_raw(b"Content-Length: 18446744073709551615\r\n\r\n{}");
    assert_eq!(client.end(), Some(1));
}

#[test]
fn a_client_that_can_watch_files_is_asked_to() {
    let scratch = Scratch::new();
    let capabilities = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
    let mut client = Client::introduce(&scratch.path(""), &capabilities);
    let asked = client.heard("client/registerCapability");
    assert_eq!(asked["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
    client.send_raw(&Client::framed(&json!({ "jsonrpc": "2.0", "id": 1, "result": null })));
    client.leave();
}
