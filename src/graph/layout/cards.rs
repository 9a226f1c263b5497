//! Guests as cards in rows. The first row hangs on the bridge itself, each further one on a branch, and the branches on a
//! trunk in the middle: so a row above another one has an even number of cards.

use super::{DROP, GAP, LINE_HEIGHT, PADDING, even};
use crate::graph::picture::{PictureFact, PictureText, PicturedGuest};
use crate::graph::scene::{Anchor, Area, Group, LONGEST, Scene, Shape, TextStyle, letters};

const NAME_HEIGHT: usize = 24;
/// Where there is more than one row, so that four stand beside each other.
const WIDEST_OF_MANY: usize = 200;

/// How cards of one width stand in rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct CardGrid {
    pub(super) columns: usize,
    pub(super) card_width: usize,
}

/// The guests of a network, with the size of their cards.
pub(super) struct GuestCards<'p> {
    guests: &'p [PicturedGuest],
    grid: CardGrid,
}

impl CardGrid {
    pub(super) fn new(cards: usize, card_width: usize, room: usize) -> Self {
        let fitting = (room + GAP) / (card_width + GAP);
        let columns = if cards <= fitting { cards } else { fitting / 2 * 2 };
        Self { columns: columns.max(1), card_width }
    }

    /// How wide some cards of one row are.
    pub(super) fn width(self, cards: usize) -> usize {
        (cards * (self.card_width + GAP)).saturating_sub(GAP)
    }

    /// Where the cards of a row begin.
    pub(super) fn lefts(self, cards: usize, axis: usize) -> impl Iterator<Item = usize> {
        let first = axis - self.width(cards) / 2;
        (0..cards).map(move |index| first + index * (self.card_width + GAP))
    }
}

impl<'p> GuestCards<'p> {
    pub(super) fn of(guests: &'p [PicturedGuest], room: usize) -> Self {
        let width = guests.iter().map(card_width).max().unwrap_or(0);
        let interface = guests.iter().map(interface_width).max().unwrap_or(0);
        let grid = CardGrid::new(guests.len(), width.max(interface), room);
        if grid.columns < guests.len() {
            let width = width.min(WIDEST_OF_MANY).max(interface);
            return Self { guests, grid: CardGrid::new(guests.len(), width, room) };
        }
        Self { guests, grid }
    }

    pub(super) fn width(&self) -> usize {
        self.grid.width(self.grid.columns.min(self.guests.len()))
    }

    /// Draws them below the bridge, and says where they end.
    pub(super) fn draw(&self, scene: &mut Scene, axis: usize, bridge: usize) -> usize {
        let rows: Vec<&[PicturedGuest]> = self.guests.chunks(self.grid.columns).collect();
        let height = |row: &&[PicturedGuest]| row.iter().map(card_height).max().unwrap_or(0);
        let heights: Vec<usize> = rows.iter().map(height).collect();
        let mut branches = vec![bridge];
        for height in &heights {
            branches.push(branches[branches.len() - 1] + DROP + height + GAP);
        }
        if let [_, further @ .., _] = &branches[..]
            && let Some(last) = further.last()
        {
            scene.wire("branch", &[(axis, bridge), (axis, *last)]);
        }
        for ((row, height), branch) in rows.iter().zip(&heights).zip(&branches) {
            let lefts: Vec<usize> = self.grid.lefts(row.len(), axis).collect();
            let middle = |left: &usize| left + self.grid.card_width / 2;
            if let ([first, ..], [.., last]) = (&lefts[..], &lefts[..])
                && *branch != bridge
            {
                let (first, last) = (middle(first).min(axis), middle(last).max(axis));
                scene.wire("branch", &[(first, *branch), (last, *branch)]);
            }
            for (guest, left) in row.iter().zip(lefts) {
                let area = Area::new((left, branch + DROP), (self.grid.card_width, *height));
                draw_card(scene, guest, area, *branch);
            }
        }
        branches.last().map_or(bridge, |end| end.saturating_sub(GAP).max(bridge))
    }
}

fn draw_card(scene: &mut Scene, guest: &PicturedGuest, area: Area, branch: usize) {
    let (title, link) = (title(guest), Some(guest.link.clone()));
    scene.shapes.push(Shape::Begin(Group { role: "graphics-symbol", title, link }));
    scene.wire("wire", &[(area.middle(), branch), (area.middle(), area.top)]);
    let interface = std::slice::from_ref(&guest.tap);
    scene.text(TextStyle::Quiet, (area.middle() + 6, area.top - DROP / 2 + 5), interface);
    scene.shapes.push(Shape::Box("card guest", area));
    let x = area.left + PADDING;
    let name = (TextStyle::Name, vec![guest.name.clone()]);
    for (index, (style, words)) in std::iter::once(name).chain(lines(guest)).enumerate() {
        let place = (x, area.top + NAME_HEIGHT + index * LINE_HEIGHT - 4);
        scene.line((style, Anchor::Start), place, &words, style.room(area.width - 2 * PADDING).min(LONGEST));
    }
    scene.shapes.push(Shape::End);
}

/// All of a guest, line by line.
pub(super) fn title(guest: &PicturedGuest) -> Vec<Vec<PictureText>> {
    let facts = guest.addresses.iter().chain(&guest.facts);
    let facts = facts.map(PictureFact::words);
    let tap = vec![PictureText::own("TAP "), guest.tap.clone()];
    std::iter::once(vec![guest.name.clone()]).chain(facts).chain([tap]).collect()
}

/// The lines below its name, the address before what is less often asked for.
pub(super) fn lines(guest: &PicturedGuest) -> impl Iterator<Item = (TextStyle, Vec<PictureText>)> {
    guest
        .shown_facts()
        .map(|fact| (if fact.kind == "address" { TextStyle::Plain } else { TextStyle::Quiet }, fact.words()))
}

fn card_width(guest: &PicturedGuest) -> usize {
    let name = TextStyle::Name.width(letters(std::slice::from_ref(&guest.name)));
    let lines = lines(guest).map(|(style, words)| style.width(letters(&words)));
    even(lines.max().unwrap_or(0).max(name) + 2 * PADDING)
}

/// The interface stands right of a card's middle, and may reach as far as the next card.
fn interface_width(guest: &PicturedGuest) -> usize {
    let letters = letters(std::slice::from_ref(&guest.tap));
    even((2 * (TextStyle::Quiet.width(letters) + 10)).saturating_sub(GAP))
}

fn card_height(guest: &PicturedGuest) -> usize {
    NAME_HEIGHT + lines(guest).count() * LINE_HEIGHT + PADDING - 4
}
