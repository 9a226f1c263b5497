//! An editor for tests: starts the program, sends messages, reads answers. It speaks JSON, not the program's types.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A conversation with one server.
pub(crate) struct Client {
    child: Child,
    output: BufReader<ChildStdout>,
    sent: i64,
    /// What came while an answer was waited for.
    waiting: Vec<Value>,
}

impl Client {
    /// Starts the server in a folder.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_qvm-tangle"))
            .arg("lsp")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output, sent: 0, waiting: Vec::new() }
    }

    /// Starts the server and introduces itself.
    pub(crate) fn introduce(folder: &Path, capabilities: &Value) -> Self {
        let mut client = Self::start(folder);
        let answer =
            client.ask("initialize", &json!({ "processId": null, "rootUri": null, "capabilities": capabilities }));
        assert_eq!(answer["serverInfo"]["name"], "qvm-tangle");
        client.tell("initialized", &json!({}));
        client
    }

    /// Writes bytes as they are.
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// A message with its header.
    pub(crate) fn framed(message: &Value) -> Vec<u8> {
        let text = message.to_string();
        format!("Content-Length: {}\r\n\r\n{text}", text.len()).into_bytes()
    }

    /// A notification as bytes.
    pub(crate) fn notification(method: &str, params: &Value) -> Vec<u8> {
        Self::framed(&json!({ "jsonrpc": "2.0", "method": method, "params": params }))
    }

    /// Sends a notification.
    pub(crate) fn tell(&mut self, method: &str, params: &Value) {
        self.send_raw(&Self::notification(method, params));
    }

    /// Sends a request and waits for the whole answer.
    pub(crate) fn request(&mut self, method: &str, params: &Value) -> Value {
        self.sent += 1;
        let id = self.sent;
        self.send_raw(&Self::framed(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })));
        self.answer_to(&json!(id))
    }

    /// Waits for the answer to a request.
    pub(crate) fn answer_to(&mut self, id: &Value) -> Value {
        self.wait(|message| message.get("method").is_none() && message["id"] == *id)
    }

    /// Sends a request that must be answered with a result.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        let answer = self.request(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Waits for the next notification of a method and gives its parameters.
    pub(crate) fn heard(&mut self, method: &str) -> Value {
        self.wait(|message| message["method"] == method)["params"].clone()
    }

    /// Waits for the diagnostics of a version of a document, or of `null` for a file that is not open.
    pub(crate) fn diagnostics(&mut self, uri: &str, version: impl Into<Value>) -> Vec<Value> {
        let version = version.into();
        let is_meant = |message: &Value| {
            let params = &message["params"];
            message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri
                && params["version"] == version
        };
        self.wait(is_meant)["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// Everything that came and nobody waited for.
    pub(crate) fn unasked(&self) -> &[Value] {
        &self.waiting
    }

    fn wait(&mut self, is_meant: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&is_meant) {
            return self.waiting.remove(at);
        }
        loop {
            let message = self.read().expect("the server answers before it ends");
            if is_meant(&message) {
                return message;
            }
            self.waiting.push(message);
        }
    }

    fn read(&mut self) -> Option<Value> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", number)) => length = number.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.output.read_exact(&mut text).unwrap();
        Some(serde_json::from_slice(&text).unwrap())
    }

    /// Takes leave as the protocol wants it.
    pub(crate) fn leave(mut self) {
        assert_eq!(self.ask("shutdown", &Value::Null), Value::Null);
        self.tell("exit", &Value::Null);
        assert_eq!(self.end(), Some(0));
    }

    /// Ends the server's input and waits for its exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        drop(self.child.stdin.take());
        self.child.wait().unwrap().code()
    }
}

/// The address of a file, for names that need no escapes.
pub(crate) fn address(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// An open document, its text as the server must have it.
pub(crate) struct Document {
    pub(crate) uri: String,
    pub(crate) version: i64,
    pub(crate) text: String,
    /// Whether a column is a byte, not a unit of UTF-16.
    pub(crate) counts_bytes: bool,
}

impl Document {
    /// Opens a document.
    pub(crate) fn open(client: &mut Client, path: &Path, text: &str) -> Self {
        Self::open_at(client, &address(path), text)
    }

    /// Opens a document at any address.
    pub(crate) fn open_at(client: &mut Client, uri: &str, text: &str) -> Self {
        let item = json!({ "uri": uri, "languageId": "org", "version": 1, "text": text });
        client.tell("textDocument/didOpen", &json!({ "textDocument": item }));
        Self { uri: uri.to_owned(), version: 1, text: text.to_owned(), counts_bytes: false }
    }

    /// The place after the first occurrence of a text, in UTF-16 units.
    pub(crate) fn after(&self, part: &str) -> Value {
        self.place(self.text.find(part).unwrap_or_else(|| panic!("no {part:?}")) + part.len())
    }

    /// The place of an offset, in UTF-16 units.
    pub(crate) fn place(&self, offset: usize) -> Value {
        let before = &self.text[..offset];
        let line = before.matches('\n').count();
        let last = before.rsplit('\n').next().unwrap();
        let column = if self.counts_bytes { last.len() } else { last.encode_utf16().count() };
        json!({ "line": line, "character": column })
    }

    /// Replaces the first occurrence of a text, as a change of that part alone; gives the notification.
    pub(crate) fn edit(&mut self, old: &str, new: &str) -> Vec<u8> {
        let at = self.text.find(old).unwrap_or_else(|| panic!("no {old:?}"));
        let range = json!({ "start": self.place(at), "end": self.place(at + old.len()) });
        self.text.replace_range(at..at + old.len(), new);
        self.changed(&json!({ "range": range, "text": new }))
    }

    /// The bytes of a range as the server counts it.
    fn range(&self, range: &Value) -> std::ops::Range<usize> {
        let offset = |place: &Value| {
            let line = place["line"].as_u64().unwrap() as usize;
            let start: usize = self.text.split_inclusive('\n').take(line).map(str::len).sum();
            let mut units = place["character"].as_u64().unwrap() as usize;
            let mut at = start;
            for c in self.text[start..].chars() {
                if units == 0 {
                    break;
                }
                units -= if self.counts_bytes { c.len_utf8() } else { c.len_utf16() };
                at += c.len_utf8();
            }
            at
        };
        offset(&range["start"])..offset(&range["end"])
    }

    /// The text of a range.
    pub(crate) fn text_of(&self, range: &Value) -> &str {
        &self.text[self.range(range)]
    }

    /// Asks for a new name and gives the text that comes of it, or the reason why it is refused, without a backquote before it.
    pub(crate) fn renamed(&mut self, client: &mut Client, place: &Value, new: &str) -> String {
        let mut params = place.clone();
        params["newName"] = json!(new);
        let answer = client.request("textDocument/rename", &params);
        if let Some(reason) = answer["error"]["message"].as_str() {
            return reason.trim_start_matches('`').to_owned();
        }
        self.with_edits(&answer["result"]["changes"][&self.uri])
    }

    /// The text after edits, which are apart and in any order.
    pub(crate) fn with_edits(&self, edits: &Value) -> String {
        let mut edits: Vec<&Value> = edits.as_array().unwrap_or_else(|| panic!("no edits: {edits}")).iter().collect();
        edits.sort_by_key(|edit| std::cmp::Reverse(self.range(&edit["range"]).start));
        let mut text = self.text.clone();
        for edit in edits {
            text.replace_range(self.range(&edit["range"]), edit["newText"].as_str().unwrap());
        }
        text
    }

    /// Applies an edit that the server proposed.
    pub(crate) fn apply(&mut self, edit: &Value) -> Vec<u8> {
        let range = self.range(&edit["range"]);
        self.text.replace_range(range, edit["newText"].as_str().unwrap());
        self.changed(&json!({ "range": edit["range"], "text": edit["newText"] }))
    }

    fn changed(&mut self, change: &Value) -> Vec<u8> {
        self.version += 1;
        let document = json!({ "uri": self.uri, "version": self.version });
        Client::notification("textDocument/didChange", &json!({ "textDocument": document, "contentChanges": [change] }))
    }

    /// The parameters of a question about a place.
    pub(crate) fn at(&self, part: &str) -> Value {
        json!({ "textDocument": { "uri": self.uri }, "position": self.after(part) })
    }
}
