//! The picture as SVG: cards in rows, each hanging on a branch of the bridge.
//!
//! All numbers are whole pixels. Text is set in a fixed-width font, whose letters are known to be six tenths of its
//! size wide, so nothing has to be measured. Colours follow the reader's choice of light or dark.

use super::drawing::Drawing;
use super::{BridgePort, Picture, PictureText};
use crate::render::quote::xml_text;
use crate::source::Span;

/// The widest picture, unless a single card is wider.
const WIDTH: usize = 1240;
const MARGIN: usize = 24;
/// Between cards, and between a card and its frame.
const GAP: usize = 16;
const PADDING: usize = 12;
/// From a branch of the bridge to the cards on it; the interface's name stands beside it.
const DROP: usize = 34;
const NAME_HEIGHT: usize = 22;
const LINE_HEIGHT: usize = 17;
/// Letters on a line; longer words are cut, and shown whole by the pointer.
const LONGEST: usize = 40;
/// The branch's beginning, left of all cards.
const TRUNK: usize = 28;

const STYLE: &str = "\
<style>
  text { font-family: ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: 12px; fill: #1f2328 }
  .name { font-size: 14px; font-weight: bold }
  .quiet { fill: #59636e }
  .paper { fill: #ffffff }
  .host { fill: #f6f8fa; stroke: #818b98 }
  .bridge { stroke: #1a7f37; stroke-width: 4; fill: none; stroke-linecap: round; stroke-linejoin: round }
  .card { stroke-width: 1.5 }
  .guest { fill: #ddf4ff; stroke: #0969da }
  .service { fill: #fff8c5; stroke: #9a6700 }
  .switch { fill: #dafbe1; stroke: #1a7f37 }
  .outside { fill: #ffffff; stroke: #818b98; stroke-dasharray: 2 3 }
  .namespace { fill: none; stroke: #9a6700; stroke-dasharray: 6 4 }
  .wire { stroke: #59636e; stroke-width: 1.5; fill: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .paper { fill: #0d1117 }
    .host { fill: #151b23; stroke: #656c76 }
    .bridge { stroke: #3fb950 }
    .guest { fill: #0c2743; stroke: #4493f8 }
    .service { fill: #2b230b; stroke: #d29922 }
    .switch { fill: #0f2d19; stroke: #3fb950 }
    .outside { fill: #0d1117; stroke: #656c76 }
    .namespace { stroke: #d29922 }
    .wire { stroke: #9198a1 }
  }
</style>
";

/// A card with its place.
struct PlacedCard<'a> {
    port: &'a BridgePort,
    class: &'static str,
    left: usize,
    top: usize,
}

/// A row of cards on one branch.
struct CardRow<'a> {
    branch: usize,
    cards: Vec<PlacedCard<'a>>,
    bottom: usize,
}

/// Draws the picture; `declared` is the bridge list.
pub(super) fn draw(picture: &Picture, declared: Span, document: &str) -> Drawing {
    let card_width = card_width(picture);
    let columns = ((WIDTH - 2 * MARGIN - TRUNK - 2 * GAP) / (card_width + GAP)).max(1);
    let columns = columns.min(picture.guests.len().max(picture.services.len()).max(1));
    let left = MARGIN + GAP + TRUNK;
    // The outside, the wire, and the bridge's own card stand above the rows.
    let host_top = MARGIN + 44 + 40;
    let switch_top = host_top + GAP + 16;
    let first_row = switch_top + switch_height(picture) + GAP;

    let mut rows = Vec::new();
    let mut top = first_row;
    for (ports, class) in [(&picture.services, "service"), (&picture.guests, "guest")] {
        for ports in ports.chunks(columns) {
            let row = row(ports, class, left, top, card_width);
            // A namespace's frame needs room below its cards.
            top = row.bottom + GAP + if class == "service" { GAP } else { 0 };
            rows.push(row);
        }
    }
    let notes = picture.notes.iter().map(|note| letters(note) * 84).max().unwrap_or(0).div_ceil(10) + 2 * PADDING;
    let switch_width = width_of(&[&picture.bridge, &picture.address, &picture.domain]).max(card_width).max(notes);
    let inner = (columns * (card_width + GAP)).max(switch_width + GAP);
    let (width, host_bottom) = (left + inner + MARGIN, top);

    let mut drawing = Drawing::new(declared);
    head(&mut drawing, picture, document, width, host_bottom + MARGIN);
    drawing.put(&rectangle("host", MARGIN, host_top, width - 2 * MARGIN, host_bottom - host_top));
    outside(&mut drawing, host_top, switch_top);
    label(&mut drawing, "quiet", TextPlace::end(width - MARGIN - GAP, host_top + 18), &[PictureText::own("host")]);
    trunk(&mut drawing, &rows, switch_top + switch_height(picture), card_width);
    bridge(&mut drawing, picture, switch_top, switch_width);
    namespace(&mut drawing, picture, &rows, card_width);
    for row in &rows {
        for card in &row.cards {
            draw_card(&mut drawing, card, row, card_width);
        }
    }
    drawing.put("</svg>\n");
    drawing
}

/// Wide enough for every line of every card.
fn card_width(picture: &Picture) -> usize {
    let ports = || picture.services.iter().chain(&picture.guests);
    let names = ports().map(|port| letters(std::slice::from_ref(&port.name)) * 84);
    let lines = ports().flat_map(|port| &port.lines).map(|line| letters(line) * 72);
    // The interface stands right of the card's middle.
    let interfaces = ports().map(|port| letters(std::slice::from_ref(&port.interface)) * 144);
    names.chain(lines).chain(interfaces).max().unwrap_or(0).div_ceil(10) + 2 * PADDING
}

fn width_of(words: &[&PictureText]) -> usize {
    words.iter().map(|word| letters(std::slice::from_ref(*word)) * 84).max().unwrap_or(0).div_ceil(10) + 2 * PADDING
}

fn letters(line: &[PictureText]) -> usize {
    line.iter().map(|word| word.text.chars().count()).sum::<usize>().min(LONGEST)
}

fn row<'a>(ports: &'a [BridgePort], class: &'static str, left: usize, top: usize, card_width: usize) -> CardRow<'a> {
    let place = |(index, port)| PlacedCard { port, class, left: left + index * (card_width + GAP), top: top + DROP };
    let cards: Vec<_> = ports.iter().enumerate().map(place).collect();
    let bottom = cards.iter().map(|card| card.top + height(card.port)).max().unwrap_or(top);
    CardRow { branch: top, cards, bottom }
}

fn height(port: &BridgePort) -> usize {
    NAME_HEIGHT + port.lines.len() * LINE_HEIGHT + PADDING
}

fn head(drawing: &mut Drawing, picture: &Picture, document: &str, width: usize, height: usize) {
    // Two hyphens would end the comment.
    let document = document.replace("--", "- -");
    drawing.put(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <!-- Generated by qvm-tangle from {}: edit that document, not this file. -->\n<title>Bridge ",
        xml_text(&document)
    ));
    drawing.put_value(&xml_text(&picture.bridge.text), picture.bridge.span);
    drawing.put(&format!(" with {} and its services</title>\n", count(picture.guests.len())));
    drawing.put(STYLE);
    drawing.put(&rectangle("paper", 0, 0, width, height));
}

fn count(guests: usize) -> String {
    if guests == 1 { "one guest".to_owned() } else { format!("{guests} guests") }
}

fn outside(drawing: &mut Drawing, host_top: usize, switch_top: usize) {
    let left = MARGIN + GAP;
    drawing.put(&rectangle("outside", left, MARGIN, 180, 44));
    label(drawing, "quiet", TextPlace::middle(left + 90, MARGIN + 27), &[PictureText::own("outside world")]);
    drawing.put(&line("wire", left + 8, MARGIN + 44, left + 8, switch_top));
    label(drawing, "quiet", TextPlace::start(left + 16, host_top - 14), &[PictureText::own("masquerade")]);
}

/// How high the bridge's own card is.
fn switch_height(picture: &Picture) -> usize {
    NAME_HEIGHT + (2 + picture.notes.len()) * LINE_HEIGHT + PADDING
}

/// The trunk below the bridge's card, and a branch for each row.
fn trunk(drawing: &mut Drawing, rows: &[CardRow<'_>], top: usize, card_width: usize) {
    let trunk = MARGIN + GAP + 8;
    if let Some(last) = rows.last() {
        drawing.put(&line("bridge", trunk, top, trunk, last.branch));
    }
    for row in rows {
        let end = row.cards.last().map_or(trunk, |card| card.left + card_width / 2);
        drawing.put(&line("bridge", trunk, row.branch, end, row.branch));
    }
}

/// The bridge's card.
fn bridge(drawing: &mut Drawing, picture: &Picture, top: usize, width: usize) {
    let left = MARGIN + GAP;
    drawing.put(&rectangle("card switch", left, top, width, switch_height(picture)));
    let x = left + PADDING;
    label(drawing, "name", TextPlace::start(x, top + NAME_HEIGHT - 2), std::slice::from_ref(&picture.bridge));
    for (index, word) in [&picture.address, &picture.domain].into_iter().enumerate() {
        let y = top + NAME_HEIGHT + (index + 1) * LINE_HEIGHT - 3;
        label(drawing, if index == 0 { "" } else { "quiet" }, TextPlace::start(x, y), std::slice::from_ref(word));
    }
    for (index, note) in picture.notes.iter().enumerate() {
        let y = top + NAME_HEIGHT + (index + 3) * LINE_HEIGHT - 3;
        label(drawing, "quiet", TextPlace::start(x, y), note);
    }
}

/// The frame around what is in the service namespace.
fn namespace(drawing: &mut Drawing, picture: &Picture, rows: &[CardRow<'_>], card_width: usize) {
    let services: Vec<&CardRow<'_>> =
        rows.iter().filter(|row| row.cards.iter().any(|card| card.class == "service")).collect();
    let (Some(first), Some(last)) = (services.first(), services.last()) else { return };
    let (Some(leftmost), Some(widest)) = (first.cards.first(), first.cards.last()) else { return };
    let (left, top) = (leftmost.left - PADDING / 2, leftmost.top - PADDING / 2);
    let width = widest.left + card_width + PADDING / 2 - left;
    drawing.put(&rectangle("namespace", left, top, width, last.bottom + 20 - top));
    let words = [PictureText::own("namespace "), picture.namespace.clone()];
    label(drawing, "quiet", TextPlace::start(left + PADDING / 2, last.bottom + 14), &words);
}

fn draw_card(drawing: &mut Drawing, card: &PlacedCard<'_>, row: &CardRow<'_>, width: usize) {
    let middle = card.left + width / 2;
    drawing.put(&line("wire", middle, row.branch, middle, card.top));
    label(drawing, "quiet", TextPlace::start(middle + 6, card.top - 12), std::slice::from_ref(&card.port.interface));
    drawing.put(&rectangle(&format!("card {}", card.class), card.left, card.top, width, height(card.port)));
    let x = card.left + PADDING;
    label(drawing, "name", TextPlace::start(x, card.top + NAME_HEIGHT - 2), std::slice::from_ref(&card.port.name));
    for (index, words) in card.port.lines.iter().enumerate() {
        let y = card.top + NAME_HEIGHT + (index + 1) * LINE_HEIGHT - 3;
        label(drawing, if index == 0 { "" } else { "quiet" }, TextPlace::start(x, y), words);
    }
}

fn rectangle(class: &str, x: usize, y: usize, width: usize, height: usize) -> String {
    let round = if class == "paper" { "" } else { " rx=\"6\"" };
    format!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{round}/>\n")
}

fn line(class: &str, x1: usize, y1: usize, x2: usize, y2: usize) -> String {
    format!("<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>\n")
}

/// Where a line of text stands, and which end of it.
#[derive(Clone, Copy)]
struct TextPlace {
    x: usize,
    y: usize,
    anchor: &'static str,
}

impl TextPlace {
    fn start(x: usize, y: usize) -> Self {
        Self { x, y, anchor: "" }
    }

    fn middle(x: usize, y: usize) -> Self {
        Self { x, y, anchor: " text-anchor=\"middle\"" }
    }

    fn end(x: usize, y: usize) -> Self {
        Self { x, y, anchor: " text-anchor=\"end\"" }
    }
}

/// A line of text; what is too long is cut, and shown whole by the pointer.
fn label(drawing: &mut Drawing, class: &str, place: TextPlace, words: &[PictureText]) {
    let TextPlace { x, y, anchor } = place;
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    drawing.put(&format!("<text{class} x=\"{x}\" y=\"{y}\"{anchor} xml:space=\"preserve\">"));
    let whole: String = words.iter().map(|word| word.text.as_str()).collect();
    let mut room = if whole.chars().count() > LONGEST { LONGEST - 1 } else { LONGEST };
    for word in words {
        let shown: String = word.text.chars().take(room).collect();
        room -= shown.chars().count();
        drawing.put_value(&xml_text(&shown), word.span);
    }
    if whole.chars().count() > LONGEST {
        drawing.put(&format!("…<title>{}</title>", xml_text(&whole)));
    }
    drawing.put("</text>\n");
}
