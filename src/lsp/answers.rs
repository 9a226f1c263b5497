//! Requests and their answers: what the server says it can do, and each capability put into the protocol's words.

use std::collections::HashMap;

use lsp_server::{ErrorCode, Request, RequestId, Response};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentHighlightRequest, DocumentLinkRequest, DocumentSymbolRequest,
    FoldingRangeRequest, GotoDefinition, HoverRequest, InlayHintRequest, PrepareRenameRequest, References, Rename,
    Request as Asked, WorkspaceSymbolRequest,
};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CompletionItem, CompletionItemKind,
    CompletionResponse, CompletionTextEdit, DocumentHighlight, DocumentLink, DocumentSymbol, DocumentSymbolResponse,
    Documentation, FoldingRange, GotoDefinitionResponse, Hover, HoverContents, InlayHint, InlayHintLabel,
    InlayHintTooltip, Location, PrepareRenameResponse, TextDocumentPositionParams, TextEdit, WorkspaceEdit,
    WorkspaceSymbolResponse,
};

use super::diagnostics::{Labels, translated};
use super::hints::ValueHint;
use super::links::{FileLink, LinkTarget};
use super::markup::Markup;
use super::offer::{self, CompletionChoice};
use super::places::LocationConverter;
use super::session::EditorSession;
use super::symbols::{self, Symbol};
use super::{completion, definition, edits, fixes, folding, hints, hover, links, refusal, rename};
use crate::report::printable;
use crate::source::Span;

/// Answers a request of a running session.
pub(super) fn answer(session: &mut EditorSession<'_>, request: Request) -> Response {
    match request.method.as_str() {
        HoverRequest::METHOD => reply::<HoverRequest>(request, |params| {
            let markup = session.client().hover;
            at(session, &params.text_document_position_params, |places, offset| hover_at(places, offset, markup))
                .flatten()
        }),
        GotoDefinition::METHOD => reply::<GotoDefinition>(request, |params| {
            let found = at(session, &params.text_document_position_params, |places, offset| {
                locations(places, &definition::definition(&places.view(), offset))
            });
            found.map(GotoDefinitionResponse::Array)
        }),
        References::METHOD => reply::<References>(request, |params| {
            at(session, &params.text_document_position, |places, offset| {
                locations(places, &definition::references(&places.view(), offset))
            })
        }),
        Completion::METHOD => reply::<Completion>(request, |params| {
            let markup = session.client().documentation;
            let place = &params.text_document_position;
            let items = at(session, place, |places, offset| completions(places, offset, markup));
            items.map(CompletionResponse::Array)
        }),
        DocumentSymbolRequest::METHOD => reply::<DocumentSymbolRequest>(request, |params| {
            let outline = session.ask(&params.text_document.uri, |places| {
                let view = places.view();
                let symbols = symbols::symbols(view.document, &view.guests);
                symbols.into_iter().map(|symbol| document_symbol(places, symbol)).collect()
            });
            outline.map(DocumentSymbolResponse::Nested)
        }),
        CodeActionRequest::METHOD => reply::<CodeActionRequest>(request, |params| {
            session.ask(&params.text_document.uri, |places| actions(places, &params))
        }),
        WorkspaceSymbolRequest::METHOD => reply::<WorkspaceSymbolRequest>(request, |params| {
            Some(WorkspaceSymbolResponse::Flat(session.project_symbols(&params.query)))
        }),
        FoldingRangeRequest::METHOD => reply::<FoldingRangeRequest>(request, |params| {
            session.ask(&params.text_document.uri, |places| {
                folding::folds(&places.view()).into_iter().map(folding_range).collect()
            })
        }),
        InlayHintRequest::METHOD => reply::<InlayHintRequest>(request, |params| {
            let markup = session.client().hover;
            session.ask(&params.text_document.uri, |places| {
                let range = places.offset(params.range.start)..places.offset(params.range.end);
                let hints = hints::hints(&places.view(), &range).into_iter();
                hints.map(|hint| inlay_hint(places, hint, markup)).collect()
            })
        }),
        DocumentLinkRequest::METHOD => reply::<DocumentLinkRequest>(request, |params| {
            session.ask(&params.text_document.uri, |places| {
                links::links(&places.view()).into_iter().filter_map(|link| document_link(places, link)).collect()
            })
        }),
        DocumentHighlightRequest::METHOD => reply::<DocumentHighlightRequest>(request, |params| {
            at(session, &params.text_document_position_params, highlights)
        }),
        PrepareRenameRequest::METHOD => {
            reply_or_refuse::<PrepareRenameRequest>(request, |params| at(session, &params, prepare_rename).transpose())
        }
        Rename::METHOD => reply_or_refuse::<Rename>(request, |params| {
            let (place, new) = (&params.text_document_position, params.new_name.as_str());
            let Some(renamed) = at(session, place, |places, offset| renamed(places, offset, new)) else {
                return Ok(None);
            };
            let (edit, text) = renamed?;
            match session.error_of(&place.text_document.uri, &text) {
                Some(error) => Err(format!("`{}` cannot be the name: {error}", new.escape_debug())),
                None => Ok(Some(edit)),
            }
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

/// The same for a request that may make no sense: the reason is shown to whoever made it.
fn reply_or_refuse<A: Asked>(
    request: Request,
    answer: impl FnOnce(A::Params) -> Result<A::Result, String>,
) -> Response {
    let Request { id, params, .. } = request;
    match serde_json::from_value(params).map(answer) {
        Ok(Ok(result)) => ok(id, result),
        Ok(Err(reason)) => refusal(id, ErrorCode::RequestFailed, &printable(&reason)),
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

fn hover_at(places: &LocationConverter<'_>, offset: usize, markup: Markup) -> Option<Hover> {
    let (span, text) = hover::hover(&places.view(), offset)?;
    Some(Hover { contents: HoverContents::Markup(markup.content(text)), range: Some(places.range(span)) })
}

fn completions(places: &LocationConverter<'_>, offset: usize, markup: Markup) -> Vec<CompletionItem> {
    let Some(found) = completion::completion(&places.view(), offset) else { return Vec::new() };
    let range = places.range(places.built.loaded.source().span(found.replaced));
    found.offers.into_iter().map(|offer| item(offer, range, markup)).collect()
}

fn item(offer: CompletionChoice, range: lsp_types::Range, markup: Markup) -> CompletionItem {
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
        documentation: (!offer.meaning.is_empty()).then(|| Documentation::MarkupContent(markup.content(offer.meaning))),
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
        kind: symbol.kind.into(),
        tags: None,
        deprecated: None,
        range: places.range(symbol.span),
        selection_range: places.range(symbol.selection),
        children: Some(children.collect()),
    }
}

fn folding_range(fold: folding::Fold) -> FoldingRange {
    FoldingRange { start_line: fold.first as u32, end_line: fold.last as u32, ..FoldingRange::default() }
}

fn inlay_hint(places: &LocationConverter<'_>, hint: ValueHint, markup: Markup) -> InlayHint {
    InlayHint {
        position: places.range(places.built.loaded.source().span(hint.offset..hint.offset)).start,
        label: InlayHintLabel::String(hint.label),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::MarkupContent(markup.content(hint.meaning))),
        padding_left: Some(true),
        padding_right: Some(true),
        data: None,
    }
}

fn document_link(places: &LocationConverter<'_>, link: FileLink) -> Option<DocumentLink> {
    let target = match link.target {
        LinkTarget::File(path) => places.uri_of(&path)?,
        LinkTarget::Address(address) => address.parse().ok()?,
    };
    Some(DocumentLink { range: places.range(link.span), target: Some(target), tooltip: None, data: None })
}

fn highlights(places: &LocationConverter<'_>, offset: usize) -> Vec<DocumentHighlight> {
    let view = places.view();
    let Ok(target) = rename::prepare(&view, offset) else { return Vec::new() };
    let spans = rename::places(&view, &target).into_iter();
    spans.map(|span| DocumentHighlight { range: places.range(span), kind: None }).collect()
}

fn prepare_rename(places: &LocationConverter<'_>, offset: usize) -> Result<PrepareRenameResponse, String> {
    let target = rename::prepare(&places.view(), offset)?;
    Ok(PrepareRenameResponse::RangeWithPlaceholder { range: places.range(target.span), placeholder: target.name })
}

/// The edit that gives something another name, and the document's text after it.
fn renamed(places: &LocationConverter<'_>, offset: usize, new: &str) -> Result<(WorkspaceEdit, String), String> {
    let view = places.view();
    let target = rename::prepare(&view, offset)?;
    let edits = edits::aligned(&view, rename::rename(&view, &target, new)?);
    Ok((workspace_edit(places, &edits), edits::applied(&view, &edits)))
}

fn workspace_edit(places: &LocationConverter<'_>, edits: &[(Span, String)]) -> WorkspaceEdit {
    let edits = edits.iter().map(|(span, text)| TextEdit { range: places.range(*span), new_text: text.clone() });
    WorkspaceEdit { changes: Some(HashMap::from([(places.uri.clone(), edits.collect())])), ..WorkspaceEdit::default() }
}

fn actions(places: &LocationConverter<'_>, params: &CodeActionParams) -> Vec<CodeActionOrCommand> {
    let covers = |wanted: &CodeActionKind, kind: &CodeActionKind| {
        let below = kind.as_str().strip_prefix(wanted.as_str());
        below.is_some_and(|below| wanted.as_str().is_empty() || below.is_empty() || below.starts_with('.'))
    };
    let only = params.context.only.as_ref();
    let is_wanted = |kind: &CodeActionKind| only.is_none_or(|only| only.iter().any(|wanted| covers(wanted, kind)));
    let view = places.view();
    let mut actions = Vec::new();
    if is_wanted(&CodeActionKind::QUICKFIX) {
        let range = places.offset(params.range.start)..places.offset(params.range.end);
        let fixes = fixes::fixes(&view, range).into_iter().filter(|(_, fix, _)| places.is_here(fix.span));
        actions.extend(fixes.map(|(diagnostic, fix, title)| CodeAction {
            diagnostics: Some(vec![translated(places, diagnostic, Labels::InMessage)]),
            is_preferred: Some(true),
            ..action(
                places,
                title,
                CodeActionKind::QUICKFIX,
                &edits::aligned(&view, vec![(fix.span, fix.text.clone())]),
            )
        }));
    }
    if is_wanted(&CodeActionKind::SOURCE_FIX_ALL)
        && let Some((span, text)) = fixes::fix_all(&view)
    {
        actions.push(action(places, "Fix all".to_owned(), CodeActionKind::SOURCE_FIX_ALL, &[(span, text)]));
    }
    actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}

/// An action that edits the document.
fn action(places: &LocationConverter<'_>, title: String, kind: CodeActionKind, edits: &[(Span, String)]) -> CodeAction {
    let edit = Some(workspace_edit(places, edits));
    CodeAction { title, kind: Some(kind), edit, ..CodeAction::default() }
}
