//! Requests and their answers: what the server says it can do, and each capability put into the protocol's words.

use std::collections::HashMap;

use lsp_server::{ErrorCode, Request, RequestId, Response};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentSymbolRequest, GotoDefinition, HoverRequest, References, Request as Asked,
};
use lsp_types::{
    ClientCapabilities, CodeAction, CodeActionKind, CodeActionOptions, CodeActionOrCommand, CodeActionParams,
    CodeActionProviderCapability, CompletionItem, CompletionItemKind, CompletionOptions, CompletionResponse,
    CompletionTextEdit, DidChangeWatchedFilesRegistrationOptions, DocumentSymbol, DocumentSymbolResponse,
    Documentation, FileSystemWatcher, GlobPattern, GotoDefinitionResponse, Hover, HoverContents,
    HoverProviderCapability, InitializeResult, Location, MarkupContent, MarkupKind, OneOf, Registration,
    RegistrationParams, SaveOptions, ServerCapabilities, ServerInfo, SymbolKind, TextDocumentPositionParams,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions, TextEdit,
    WorkspaceEdit,
};

use super::diagnostics::{Labels, translated};
use super::offer::{self, CompletionChoice};
use super::places::LocationConverter;
use super::position::Encoding;
use super::session::{Client, EditorSession};
use super::symbols::{self, Symbol};
use super::view::View;
use super::{completion, definition, fixes, hover, refusal};
use crate::source::Span;
use crate::workspace::CONFIG_NAME;

/// What a client is able to.
pub(super) fn client(capabilities: &ClientCapabilities) -> Client {
    let general = capabilities.general.as_ref();
    let offered = general.and_then(|general| general.position_encodings.as_deref());
    let document = capabilities.text_document.as_ref();
    let publishing = document.and_then(|document| document.publish_diagnostics.as_ref());
    let shows_labels = publishing.and_then(|publishing| publishing.related_information) == Some(true);
    Client { encoding: Encoding::choose(offered), labels: if shows_labels { Labels::Apart } else { Labels::InMessage } }
}

/// Whether a client can be asked to tell of files that change.
pub(super) fn can_watch(capabilities: &ClientCapabilities) -> bool {
    let workspace = capabilities.workspace.as_ref();
    let watching = workspace.and_then(|workspace| workspace.did_change_watched_files);
    watching.and_then(|watching| watching.dynamic_registration) == Some(true)
}

/// The files besides open documents that diagnostics depend on.
pub(super) fn watched_files() -> RegistrationParams {
    let patterns = [format!("**/{CONFIG_NAME}"), "**/templates/**".to_owned(), "**/*.org".to_owned()];
    let watchers = patterns.map(|pattern| FileSystemWatcher { glob_pattern: GlobPattern::String(pattern), kind: None });
    let options = DidChangeWatchedFilesRegistrationOptions { watchers: watchers.into() };
    let registration = Registration {
        id: "files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: serde_json::to_value(options).ok(),
    };
    RegistrationParams { registrations: vec![registration] }
}

/// What the server is able to.
pub(super) fn capabilities(client: Client) -> InitializeResult {
    let triggers = [":", "<", " "].map(str::to_owned).into();
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
        ..TextDocumentSyncOptions::default()
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::SOURCE_FIX_ALL]),
        ..CodeActionOptions::default()
    };
    InitializeResult {
        capabilities: ServerCapabilities {
            position_encoding: Some(client.encoding.kind()),
            text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
            completion_provider: Some(CompletionOptions {
                trigger_characters: Some(triggers),
                ..CompletionOptions::default()
            }),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            definition_provider: Some(OneOf::Left(true)),
            references_provider: Some(OneOf::Left(true)),
            document_symbol_provider: Some(OneOf::Left(true)),
            code_action_provider: Some(CodeActionProviderCapability::Options(actions)),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}

/// Answers a request of a running session.
pub(super) fn answer(session: &mut EditorSession<'_>, request: Request) -> Response {
    match request.method.as_str() {
        HoverRequest::METHOD => reply::<HoverRequest>(request, |params| {
            at(session, &params.text_document_position_params, hover_at).flatten()
        }),
        GotoDefinition::METHOD => reply::<GotoDefinition>(request, |params| {
            let found = at(session, &params.text_document_position_params, |places, offset| {
                locations(places, &definition::definition(&View::of(places.built), offset))
            });
            found.map(GotoDefinitionResponse::Array)
        }),
        References::METHOD => reply::<References>(request, |params| {
            at(session, &params.text_document_position, |places, offset| {
                locations(places, &definition::references(&View::of(places.built), offset))
            })
        }),
        Completion::METHOD => reply::<Completion>(request, |params| {
            let items = at(session, &params.text_document_position, completions);
            items.map(CompletionResponse::Array)
        }),
        DocumentSymbolRequest::METHOD => reply::<DocumentSymbolRequest>(request, |params| {
            let outline = session.ask(&params.text_document.uri, |places| {
                let symbols = symbols::symbols(&View::of(places.built));
                symbols.into_iter().map(|symbol| document_symbol(places, symbol)).collect()
            });
            outline.map(DocumentSymbolResponse::Nested)
        }),
        CodeActionRequest::METHOD => reply::<CodeActionRequest>(request, |params| {
            session.ask(&params.text_document.uri, |places| actions(places, &params))
        }),
        method => {
            let reason = format!("`{method}` is not known here");
            refusal(request.id, ErrorCode::MethodNotFound, &reason)
        }
    }
}

fn reply<A: Asked>(request: Request, answer: impl FnOnce(A::Params) -> A::Result) -> Response {
    let Request { id, params, .. } = request;
    match serde_json::from_value(params) {
        Ok(params) => ok(id, answer(params)),
        Err(refused) => refusal(id, ErrorCode::InvalidParams, &refused.to_string()),
    }
}

fn ok(id: RequestId, result: impl serde::Serialize) -> Response {
    match serde_json::to_value(result) {
        Ok(value) => Response::new_ok(id, value),
        Err(refused) => refusal(id, ErrorCode::InternalError, &refused.to_string()),
    }
}

fn at<T>(
    session: &mut EditorSession<'_>,
    params: &TextDocumentPositionParams,
    ask: impl FnOnce(&LocationConverter<'_>, usize) -> T,
) -> Option<T> {
    session.ask(&params.text_document.uri, |places| ask(places, places.offset(params.position)))
}

fn locations(places: &LocationConverter<'_>, spans: &[Span]) -> Vec<Location> {
    spans.iter().filter_map(|span| places.location(*span)).collect()
}

fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

fn hover_at(places: &LocationConverter<'_>, offset: usize) -> Option<Hover> {
    let (span, text) = hover::hover(&View::of(places.built), offset)?;
    Some(Hover { contents: HoverContents::Markup(markdown(text)), range: Some(places.range(span)) })
}

fn completions(places: &LocationConverter<'_>, offset: usize) -> Vec<CompletionItem> {
    let Some(found) = completion::completion(&View::of(places.built), offset) else { return Vec::new() };
    let range = places.range(places.built.loaded.source().span(found.replaced));
    found.offers.into_iter().map(|offer| item(offer, range)).collect()
}

fn item(offer: CompletionChoice, range: lsp_types::Range) -> CompletionItem {
    CompletionItem {
        label: offer.text.trim_end_matches('>').to_owned(),
        kind: Some(match offer.kind {
            offer::ChoiceKind::Argument => CompletionItemKind::PROPERTY,
            offer::ChoiceKind::Field => CompletionItemKind::FIELD,
            offer::ChoiceKind::Value => CompletionItemKind::VALUE,
            offer::ChoiceKind::Block => CompletionItemKind::REFERENCE,
            offer::ChoiceKind::Guest => CompletionItemKind::VARIABLE,
        }),
        detail: Some(offer.detail),
        documentation: (!offer.meaning.is_empty()).then(|| Documentation::MarkupContent(markdown(offer.meaning))),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: offer.text })),
        ..CompletionItem::default()
    }
}

fn document_symbol(places: &LocationConverter<'_>, symbol: Symbol) -> DocumentSymbol {
    let children = symbol.children.into_iter().map(|child| document_symbol(places, child));
    #[expect(deprecated, reason = "the type has no other way to be made")]
    DocumentSymbol {
        name: symbol.name,
        detail: Some(symbol.detail).filter(|detail| !detail.is_empty()),
        kind: match symbol.kind {
            symbols::SymbolKind::Heading => SymbolKind::NAMESPACE,
            symbols::SymbolKind::Block => SymbolKind::FUNCTION,
            symbols::SymbolKind::Guest => SymbolKind::OBJECT,
        },
        tags: None,
        deprecated: None,
        range: places.range(symbol.span),
        selection_range: places.range(symbol.selection),
        children: Some(children.collect()),
    }
}

fn actions(places: &LocationConverter<'_>, params: &CodeActionParams) -> Vec<CodeActionOrCommand> {
    let covers = |wanted: &CodeActionKind, kind: &CodeActionKind| {
        let below = kind.as_str().strip_prefix(wanted.as_str());
        below.is_some_and(|below| wanted.as_str().is_empty() || below.is_empty() || below.starts_with('.'))
    };
    let only = params.context.only.as_ref();
    let is_wanted = |kind: &CodeActionKind| only.is_none_or(|only| only.iter().any(|wanted| covers(wanted, kind)));
    let view = View::of(places.built);
    let mut actions = Vec::new();
    if is_wanted(&CodeActionKind::QUICKFIX) {
        let range = places.offset(params.range.start)..places.offset(params.range.end);
        let fixes = fixes::fixes(&view, range).into_iter().filter(|(_, fix, _)| places.is_here(fix.span));
        actions.extend(fixes.map(|(diagnostic, fix, title)| CodeAction {
            diagnostics: Some(vec![translated(places, diagnostic, Labels::InMessage)]),
            is_preferred: Some(true),
            ..action(places, title, CodeActionKind::QUICKFIX, fix.span, fix.text.clone())
        }));
    }
    if is_wanted(&CodeActionKind::SOURCE_FIX_ALL)
        && let Some((span, text)) = fixes::fix_all(&view)
    {
        actions.push(action(places, "Fix all".to_owned(), CodeActionKind::SOURCE_FIX_ALL, span, text));
    }
    actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}

/// An action that replaces a span of the document.
fn action(
    places: &LocationConverter<'_>,
    title: String,
    kind: CodeActionKind,
    span: Span,
    new_text: String,
) -> CodeAction {
    let edit = TextEdit { range: places.range(span), new_text };
    let changes = Some(HashMap::from([(places.uri.clone(), vec![edit])]));
    let edit = Some(WorkspaceEdit { changes, ..WorkspaceEdit::default() });
    CodeAction { title, kind: Some(kind), edit, ..CodeAction::default() }
}
