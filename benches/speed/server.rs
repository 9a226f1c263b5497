//! The editor's server, spoken to as an editor does.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{Folder, program};

/// A server with one open document.
pub(crate) struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    uri: String,
    version: usize,
}

impl Server {
    /// Starts one and opens a document, which is not on the disk.
    pub(crate) fn open(folder: &Folder, text: &str) -> Self {
        let mut child = Command::new(program())
            .arg("lsp")
            .current_dir(folder.path(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let uri = format!("file://{}", folder.path("open.org").display());
        let mut server = Self { child, output, uri, version: 1 };
        server.ask("initialize", &json!({ "capabilities": {} }));
        let item = json!({ "uri": server.uri, "languageId": "org", "version": 1, "text": text });
        server.send(&json!({ "method": "textDocument/didOpen", "params": { "textDocument": item } }));
        server.published();
        server
    }

    /// How long a question about a place takes.
    pub(crate) fn question(&mut self, method: &str, line: usize, character: usize) -> Duration {
        let position = json!({ "line": line, "character": character });
        let params = json!({ "textDocument": { "uri": self.uri }, "position": position });
        let start = Instant::now();
        self.ask(method, &params);
        start.elapsed()
    }

    /// How long it takes from a key to the diagnostics of the new text.
    pub(crate) fn key(&mut self) -> Duration {
        self.version += 1;
        let start = json!({ "line": 0, "character": 0 });
        let change = json!({ "range": { "start": start, "end": start }, "text": "x" });
        let document = json!({ "uri": self.uri, "version": self.version });
        let params = json!({ "textDocument": document, "contentChanges": [change] });
        let start = Instant::now();
        self.send(&json!({ "method": "textDocument/didChange", "params": params }));
        self.published();
        start.elapsed()
    }

    fn ask(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "id": 1, "method": method, "params": params }));
        while self.read().get("id").is_none() {}
    }

    fn published(&mut self) {
        while self.read()["method"] != "textDocument/publishDiagnostics" {}
    }

    fn send(&mut self, message: &Value) {
        let mut message = message.clone();
        message["jsonrpc"] = json!("2.0");
        let text = message.to_string();
        write!(self.child.stdin.as_mut().unwrap(), "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the server ended");
            match line.trim_end().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().unwrap(),
                None if line.trim_end().is_empty() => break,
                None => {}
            }
        }
        let mut text = vec![0; length];
        self.output.read_exact(&mut text).unwrap();
        serde_json::from_slice(&text).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
