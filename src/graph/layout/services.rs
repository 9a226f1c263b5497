//! The services above the bridge: a frame for their namespace, a card for each of its interfaces, a chip for each service.
//!
//! Rows of cards are full and even from the bridge upwards: wires of those above pass in the middle.

use super::cards::CardGrid;
use super::{DROP, GAP, LINE_HEIGHT, PADDING, even};
use crate::graph::picture::{PictureFact, PictureText, PicturedEndpoint, PicturedNetwork};
use crate::graph::scene::{Area, Group, Scene, Shape, TextStyle, letters};

const NAME_HEIGHT: usize = 24;
const CAPTION: usize = 26;
const CHIP_HEIGHT: usize = 22;
const CHIP_PADDING: usize = 8;
const CHIP_GAP: usize = 6;
/// How far chips stand beside each other where there is one interface, and where there are several.
const WIDEST_ALONE: usize = 520;
const WIDEST: usize = 232;

/// The services of a network with the size of their cards.
pub(super) struct ServiceBoard<'p> {
    network: &'p PicturedNetwork,
    cards: Vec<EndpointCard<'p>>,
    grid: CardGrid,
    height: usize,
}

struct EndpointCard<'p> {
    endpoint: &'p PicturedEndpoint,
    chips: Vec<Vec<&'p PictureFact>>,
}

impl<'p> ServiceBoard<'p> {
    pub(super) fn of(network: &'p PicturedNetwork, room: usize) -> Self {
        let widest = if network.endpoints.len() == 1 { WIDEST_ALONE } else { WIDEST };
        let card = |endpoint| EndpointCard::of(endpoint, widest);
        let cards: Vec<EndpointCard<'_>> = network.endpoints.iter().map(card).collect();
        let width = cards.iter().map(EndpointCard::width).max().unwrap_or(0);
        let height = cards.iter().map(EndpointCard::height).max().unwrap_or(0);
        let grid = CardGrid::new(cards.len(), width, room - 2 * PADDING);
        Self { network, cards, grid, height }
    }

    pub(super) fn width(&self) -> usize {
        if self.cards.is_empty() { 0 } else { self.grid.width(self.grid.columns) + 2 * PADDING }
    }

    /// The rows from top to bottom, of which the first may be shorter.
    fn rows(&self) -> Vec<&[EndpointCard<'p>]> {
        let mut rows: Vec<_> = self.cards.rchunks(self.grid.columns).collect();
        rows.reverse();
        rows
    }

    fn frame_height(&self) -> usize {
        let rows = self.rows().len();
        CAPTION + rows * self.height + (rows - 1) * (DROP + GAP) + PADDING
    }

    /// Up to the bridge.
    pub(super) fn height(&self) -> usize {
        if self.cards.is_empty() { 0 } else { self.frame_height() + DROP }
    }

    pub(super) fn draw(&self, scene: &mut Scene, axis: usize, top: usize, bridge: usize) {
        if self.cards.is_empty() {
            return;
        }
        let frame = Area::new((axis - self.width() / 2, top), (self.width(), self.frame_height()));
        let title = vec![vec![PictureText::own("Services of "), self.network.bridge.clone()]];
        let link = Some(self.network.services_link.clone());
        scene.shapes.push(Shape::Begin(Group { role: "graphics-object", title, link }));
        scene.shapes.push(Shape::Box("namespace", frame));
        let caption = [PictureText::own("namespace "), self.network.namespace.clone()];
        scene.centred(TextStyle::Quiet, (axis, top + 17), &caption);
        let rows = self.rows();
        for (index, row) in rows.iter().enumerate() {
            let card_top = top + CAPTION + index * (self.height + DROP + GAP);
            let branch = card_top + self.height + DROP;
            let is_last = index + 1 == rows.len();
            let wire_end = if is_last { bridge } else { branch };
            let label = if is_last { bridge - DROP / 2 + 5 } else { branch - DROP / 2 + 5 };
            let lefts: Vec<usize> = self.grid.lefts(row.len(), axis).collect();
            if let ([first, ..], [.., last], false) = (&lefts[..], &lefts[..], is_last) {
                let half = self.grid.card_width / 2;
                scene.wire("branch", &[((first + half).min(axis), branch), ((last + half).max(axis), branch)]);
            }
            if index == 0 && !is_last {
                scene.wire("branch", &[(axis, branch), (axis, bridge)]);
            }
            for (card, left) in row.iter().zip(lefts) {
                let area = Area::new((left, card_top), (self.grid.card_width, self.height));
                scene.wire("wire", &[(area.middle(), area.bottom()), (area.middle(), wire_end)]);
                scene.text(TextStyle::Quiet, (area.middle() + 6, label), std::slice::from_ref(&card.endpoint.port));
                card.draw(scene, area);
            }
        }
        scene.shapes.push(Shape::End);
    }
}

impl<'p> EndpointCard<'p> {
    fn of(endpoint: &'p PicturedEndpoint, widest: usize) -> Self {
        let mut chips: Vec<Vec<&PictureFact>> = Vec::new();
        let mut taken = 0;
        for fact in &endpoint.services {
            let width = chip_width(fact);
            match chips.last_mut() {
                Some(line) if taken + CHIP_GAP + width <= widest => {
                    line.push(fact);
                    taken += CHIP_GAP + width;
                }
                _ => {
                    chips.push(vec![fact]);
                    taken = width;
                }
            }
        }
        Self { endpoint, chips }
    }

    fn width(&self) -> usize {
        let name = TextStyle::Name.width(letters(std::slice::from_ref(&self.endpoint.name)));
        let addresses = self.endpoint.addresses.iter().map(|fact| TextStyle::Plain.width(letters(&fact.words())));
        let chips = self.chips.iter().map(|line| chips_width(line));
        // The interface on the host stands right of the card's middle.
        let port = 2 * (TextStyle::Quiet.width(letters(std::slice::from_ref(&self.endpoint.port))) + 6);
        let widest = addresses.chain(chips).max().unwrap_or(0).max(name) + 2 * PADDING;
        even(widest.max(port))
    }

    fn height(&self) -> usize {
        let lines = self.endpoint.addresses.len() * LINE_HEIGHT;
        NAME_HEIGHT + lines + self.chips.len() * (CHIP_HEIGHT + CHIP_GAP) + PADDING
    }

    fn draw(&self, scene: &mut Scene, area: Area) {
        scene.shapes.push(Shape::Begin(Group { role: "graphics-symbol", title: self.title(), link: None }));
        scene.shapes.push(Shape::Box("card service", area));
        let x = area.middle();
        scene.centred(TextStyle::Name, (x, area.top + NAME_HEIGHT - 4), std::slice::from_ref(&self.endpoint.name));
        let mut y = area.top + NAME_HEIGHT;
        for address in &self.endpoint.addresses {
            y += LINE_HEIGHT;
            scene.centred(TextStyle::Plain, (x, y - 4), &address.words());
        }
        y += CHIP_GAP;
        for line in &self.chips {
            let mut left = x - chips_width(line) / 2;
            for fact in line {
                let chip = Area::new((left, y), (chip_width(fact), CHIP_HEIGHT));
                scene.shapes.push(Shape::Box("chip", chip));
                scene.centred(TextStyle::Plain, (chip.middle(), y + 15), &fact.words());
                left += chip.width + CHIP_GAP;
            }
            y += CHIP_HEIGHT + CHIP_GAP;
        }
        scene.shapes.push(Shape::End);
    }

    /// All of it, line by line.
    fn title(&self) -> Vec<Vec<PictureText>> {
        let facts = self.endpoint.addresses.iter().chain(&self.endpoint.services);
        let port = vec![PictureText::own("on the bridge "), self.endpoint.port.clone()];
        std::iter::once(vec![self.endpoint.name.clone()]).chain(facts.map(PictureFact::words)).chain([port]).collect()
    }
}

fn chip_width(fact: &PictureFact) -> usize {
    even(TextStyle::Plain.width(letters(&fact.words())) + 2 * CHIP_PADDING)
}

fn chips_width(line: &[&PictureFact]) -> usize {
    line.iter().map(|fact| chip_width(fact) + CHIP_GAP).sum::<usize>().saturating_sub(CHIP_GAP)
}
