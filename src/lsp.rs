//! `qvm-tangle lsp`: the editor's server, over standard input and output.
//!
//! The protocol stays in this file and in `session`, `transport`, `answers`; every capability is a function from an
//! analysed document and an offset to an answer, in a file of its own. Analysing is `build`'s work: what an editor
//! shows is what `check` says of the unsaved text. Everything that waits is read before anything is analysed, so that
//! of several versions only the newest is.

mod answers;
mod capabilities;
mod completion;
mod definition;
mod diagnostics;
mod edits;
mod fixes;
mod folding;
mod hints;
mod hover;
mod links;
mod markup;
mod offer;
mod places;
mod position;
mod project;
mod rename;
mod schema;
mod session;
mod subject;
mod symbols;
#[cfg(test)]
mod testing;
mod transport;
mod uri;
mod view;

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::mpsc::Receiver;

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Exit, Initialized, Notification as _, PublishDiagnostics, ShowMessage,
};
use lsp_types::request::{Initialize, RegisterCapability, Request as _, Shutdown};
use lsp_types::{
    CancelParams, DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, InitializeParams,
    MessageType, NumberOrString, PublishDiagnosticsParams, ShowMessageParams,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use session::{ClientMessage, EditorSession};
pub use session::{DocumentsOf, Projects, RequestFor};
use transport::Incoming;

/// How a client shut down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// It asked to shut down first, as the protocol wants it.
    AfterShutdown,
    /// It did not, or went away without a word.
    WithoutShutdown,
}

/// Serves one client until it leaves.
pub fn serve(projects: Projects<'_>) -> SessionEnd {
    let incoming = transport::listen();
    let mut output = io::stdout().lock();
    let mut server = Server::new(projects, &mut output);
    loop {
        match server.turn(&incoming) {
            Ok(None) => {}
            Ok(Some(leave)) => return leave,
            // Nobody reads what we write.
            Err(_) => return SessionEnd::WithoutShutdown,
        }
    }
}

struct Server<'r> {
    projects: Projects<'r>,
    output: &'r mut dyn Write,
    phase: SessionPhase<'r>,
    /// Whether the client tells of files that change if it is asked to.
    watches: bool,
    /// How many requests were sent.
    sent: i32,
}

/// How far the conversation is.
enum SessionPhase<'r> {
    /// The client has not introduced itself.
    Waiting,
    Running(Box<EditorSession<'r>>),
    /// The client is about to leave.
    ShutDown,
}

impl<'r> Server<'r> {
    fn new(projects: Projects<'r>, output: &'r mut dyn Write) -> Self {
        Self { projects, output, phase: SessionPhase::Waiting, watches: false, sent: 0 }
    }

    /// Handles everything that waits, then publishes what is new.
    fn turn(&mut self, incoming: &Receiver<Incoming>) -> io::Result<Option<SessionEnd>> {
        let Ok(first) = incoming.recv() else { return Ok(Some(self.end())) };
        let waiting: Vec<Incoming> = std::iter::once(first).chain(incoming.try_iter()).collect();
        let cancelled = cancelled(&waiting);
        for message in waiting {
            match message {
                Incoming::Malformed(reason) => transport::send_parse_error(self.output, &reason)?,
                Incoming::Message(Message::Request(request)) => {
                    let response = if cancelled.contains(&request.id) {
                        refusal(request.id, ErrorCode::RequestCanceled, "cancelled")
                    } else {
                        self.answer(request)
                    };
                    transport::send(self.output, &response.into())?;
                }
                Incoming::Message(Message::Notification(notification)) if notification.method == Exit::METHOD => {
                    return Ok(Some(self.end()));
                }
                Incoming::Message(Message::Notification(notification)) => self.note(notification)?,
                // We ask for nothing whose answer matters.
                Incoming::Message(Message::Response(_)) => {}
            }
        }
        let news = match &mut self.phase {
            SessionPhase::Running(session) => session.publish(),
            SessionPhase::Waiting | SessionPhase::ShutDown => Vec::new(),
        };
        send(self.output, news)?;
        Ok(None)
    }

    fn end(&self) -> SessionEnd {
        match self.phase {
            SessionPhase::ShutDown => SessionEnd::AfterShutdown,
            SessionPhase::Waiting | SessionPhase::Running(_) => SessionEnd::WithoutShutdown,
        }
    }

    fn answer(&mut self, request: Request) -> Response {
        match (&mut self.phase, request.method.as_str()) {
            (SessionPhase::Waiting, Initialize::METHOD) => self.initialize(request),
            (SessionPhase::Waiting, _) => {
                refusal(request.id, ErrorCode::ServerNotInitialized, "`initialize` comes first")
            }
            (SessionPhase::Running(_), Initialize::METHOD) => {
                refusal(request.id, ErrorCode::InvalidRequest, "`initialize` comes once")
            }
            (SessionPhase::Running(_), Shutdown::METHOD) => {
                self.phase = SessionPhase::ShutDown;
                Response::new_ok(request.id, Value::Null)
            }
            (SessionPhase::Running(session), _) => answers::answer(session, request),
            (SessionPhase::ShutDown, _) => refusal(request.id, ErrorCode::InvalidRequest, "the server is shut down"),
        }
    }

    fn initialize(&mut self, request: Request) -> Response {
        match serde_json::from_value::<InitializeParams>(request.params) {
            Ok(params) => {
                let client = capabilities::client(&params.capabilities);
                self.watches = capabilities::can_watch(&params.capabilities);
                self.phase = SessionPhase::Running(Box::new(EditorSession::new(self.projects, client)));
                Response::new_ok(request.id, capabilities::capabilities(client))
            }
            Err(refused) => refusal(request.id, ErrorCode::InvalidParams, &refused.to_string()),
        }
    }

    /// Takes note of something that wants no answer; what makes no sense is passed over, as the protocol wants it.
    fn note(&mut self, notification: Notification) -> io::Result<()> {
        let SessionPhase::Running(session) = &mut self.phase else { return Ok(()) };
        match notification.method.as_str() {
            Initialized::METHOD if self.watches => {
                self.sent += 1;
                let request = Request::new(
                    RequestId::from(self.sent),
                    RegisterCapability::METHOD.to_owned(),
                    capabilities::watched_files(),
                );
                transport::send(self.output, &request.into())?;
            }
            DidOpenTextDocument::METHOD => {
                if let Some(DidOpenTextDocumentParams { text_document: opened }) = read(notification) {
                    session.open(opened.uri, opened.version, opened.text);
                }
            }
            DidChangeTextDocument::METHOD => {
                if let Some(DidChangeTextDocumentParams { text_document, content_changes }) = read(notification) {
                    session.change(&text_document.uri, text_document.version, content_changes);
                }
            }
            DidCloseTextDocument::METHOD => {
                if let Some(DidCloseTextDocumentParams { text_document }) = read(notification) {
                    send(self.output, session.close(&text_document.uri))?;
                }
            }
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => session.forget(),
            _ => {}
        }
        Ok(())
    }
}

/// The requests that the client no longer wants an answer to.
fn cancelled(waiting: &[Incoming]) -> HashSet<RequestId> {
    let cancels = waiting.iter().filter_map(|incoming| match incoming {
        Incoming::Message(Message::Notification(notification)) if notification.method == Cancel::METHOD => {
            read(notification.clone())
        }
        Incoming::Message(_) | Incoming::Malformed(_) => None,
    });
    let id = |CancelParams { id }| match id {
        NumberOrString::Number(number) => RequestId::from(number),
        NumberOrString::String(text) => RequestId::from(text),
    };
    cancels.map(id).collect()
}

fn read<T: DeserializeOwned>(notification: Notification) -> Option<T> {
    serde_json::from_value(notification.params).ok()
}

fn refusal(id: RequestId, code: ErrorCode, reason: &str) -> Response {
    Response::new_err(id, code as i32, reason.to_owned())
}

fn send(output: &mut dyn Write, news: Vec<ClientMessage>) -> io::Result<()> {
    for news in news {
        transport::send(
            output,
            &match news {
                ClientMessage::Diagnostics(uri, diagnostics, version) => {
                    notification(PublishDiagnostics::METHOD, PublishDiagnosticsParams { uri, diagnostics, version })
                }
                ClientMessage::Failure(message) => {
                    notification(ShowMessage::METHOD, ShowMessageParams { typ: MessageType::ERROR, message })
                }
                ClientMessage::Withheld(message) => {
                    notification(ShowMessage::METHOD, ShowMessageParams { typ: MessageType::WARNING, message })
                }
            },
        )?;
    }
    Ok(())
}

fn notification(method: &str, params: impl Serialize) -> Message {
    Notification::new(method.to_owned(), params).into()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::path::Path;
    use std::sync::mpsc;

    use lsp_server::{Message, Notification, Request};
    use serde_json::{Value, json};

    use super::{Incoming, Projects, Server};
    use crate::build::{BuildRequest as Build, Input};
    use crate::workspace::Failure;

    /// What one turn writes when all of this waits.
    fn turn(waiting: Vec<Message>) -> Vec<Value> {
        turns(vec![waiting]).0
    }

    /// What turns write, one after the other, and how many texts were analysed for it.
    fn turns(all: Vec<Vec<Message>>) -> (Vec<Value>, usize) {
        let analysed = Cell::new(0);
        let request_for = |path: &Path, text: Vec<u8>| -> Result<Build, Failure> {
            // A text is read, parsed and understood by what is made of this request, and by nothing else.
            analysed.set(analysed.get() + 1);
            let input = Input { path: path.to_owned(), shown: "n.org".to_owned(), text: Some(text), is_named: true };
            Ok(Build { documents: vec![input], ..Build::default() })
        };
        let mut output = Vec::new();
        let projects = Projects { request_for: &request_for, documents_of: &|_: &Path| Ok(Vec::new()) };
        let mut server = Server::new(projects, &mut output);
        for waiting in all {
            let (sender, receiver) = mpsc::channel();
            for message in waiting {
                sender.send(Incoming::Message(message)).unwrap();
            }
            server.turn(&receiver).unwrap();
        }
        let mut input = &output[..];
        let messages = std::iter::from_fn(|| Message::read(&mut input).unwrap());
        (messages.map(|message| serde_json::to_value(message).unwrap()).collect(), analysed.get())
    }

    fn ask(id: i32, method: &str, params: Value) -> Message {
        Request::new(id.into(), method.to_owned(), params).into()
    }

    fn notification(method: &str, params: Value) -> Message {
        Notification::new(method.to_owned(), params).into()
    }

    const URI: &str = "file:///project/n.org";

    fn opened() -> [Message; 2] {
        let item = json!({ "uri": URI, "languageId": "org", "version": 1, "text": "" });
        [
            ask(1, "initialize", json!({ "capabilities": {} })),
            notification("textDocument/didOpen", json!({ "textDocument": item })),
        ]
    }

    #[test]
    fn of_all_versions_that_wait_only_the_newest_is_analysed() {
        let typed = (2..100).map(|version| {
            let document = json!({ "uri": URI, "version": version });
            let change = json!({ "text": format!("#+begin_src sh :x{version} y\n#+end_src\n") });
            notification("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }))
        });
        let written = turn(opened().into_iter().chain(typed).collect());
        let [_introduced, diagnostics] = &written[..] else { panic!("one list of diagnostics: {written:?}") };
        assert_eq!(diagnostics["params"]["version"], 99);
        assert!(diagnostics["params"]["diagnostics"][0]["message"].as_str().unwrap().contains(":x99"));
    }

    #[test]
    fn a_text_is_analysed_once_however_much_is_asked_of_it() {
        let place = json!({
            "textDocument": { "uri": URI }, "position": { "line": 0, "character": 18 },
            "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } },
        });
        let methods =
            ["hover", "completion", "definition", "documentSymbol", "inlayHint", "foldingRange", "documentLink"];
        let questions = || {
            let all = methods.repeat(5).into_iter();
            all.map(|method| ask(9, &format!("textDocument/{method}"), place.clone())).collect::<Vec<_>>()
        };
        let change = || {
            let document = json!({ "uri": URI, "version": 2 });
            let change = json!({ "text": "#+begin_src sh :tangle x.sh :no\n#+end_src\n" });
            notification("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }))
        };
        let started: Vec<Message> = opened().into();
        assert_eq!(turns(vec![started.clone()]).1, 1);
        let (written, analysed) = turns(vec![started.clone(), questions(), questions()]);
        assert_eq!(analysed, 1);
        assert_eq!(written.iter().filter(|message| message["id"] == 9).count(), 2 * 5 * methods.len());
        // A change and what is asked of the new text come together while one types.
        let typed: Vec<Message> = std::iter::once(change()).chain(questions()).collect();
        let (written, analysed) = turns(vec![started, questions(), typed, questions()]);
        assert_eq!(analysed, 2);
        let hovers = written.iter().filter(|message| message["result"]["contents"].is_object()).count();
        assert_eq!(hovers, 5 * 2, "the hover is about the new text");
    }

    #[test]
    fn a_request_that_was_cancelled_is_refused() {
        let place = json!({ "textDocument": { "uri": URI }, "position": { "line": 0, "character": 0 } });
        let rest = [
            ask(7, "textDocument/hover", place.clone()),
            ask(8, "textDocument/hover", place),
            notification("$/cancelRequest", json!({ "id": 7 })),
        ];
        let written = turn(opened().into_iter().chain(rest).collect());
        assert_eq!((&written[1]["id"], &written[1]["error"]["code"]), (&json!(7), &json!(-32800)));
        assert_eq!((&written[2]["id"], &written[2]["result"]), (&json!(8), &Value::Null));
    }
}
