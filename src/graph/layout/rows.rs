//! Many guests: a row for each, in blocks beside each other. What a rule gives of a guest (its name in the domain, its MAC
//! address) is for the pointer; what is its own stands below its row.

use super::cards::{CardGrid, title};
use super::{DROP, GAP, LINE_HEIGHT, PADDING, even};
use crate::graph::picture::{PictureFact, PictureText, PicturedGuest, PicturedNetwork};
use crate::graph::scene::{Anchor, Area, Group, LONGEST, Scene, Shape, TextStyle, letters};

const HEADER_HEIGHT: usize = 26;
const ROW_PADDING: usize = 5;
/// Between columns.
const SPACE: usize = 14;
/// How far what belongs to a row stands from its beginning.
const INDENT: usize = 12;
const LONGEST_NAME: usize = 24;

/// The guests of a network in blocks of rows.
pub(super) struct GuestRows<'p> {
    network: &'p PicturedNetwork,
    /// What the header calls a column, and how wide it is.
    columns: Vec<(&'static str, usize)>,
    blocks: Vec<&'p [PicturedGuest]>,
    grid: CardGrid,
}

impl<'p> GuestRows<'p> {
    pub(super) fn of(network: &'p PicturedNetwork, room: usize) -> Self {
        let columns = columns(&network.guests);
        let own = network.guests.iter().flat_map(own_facts).map(|fact| letters(&fact.words())).max();
        let own = own.map_or(0, |letters| TextStyle::Quiet.width(letters) + INDENT);
        let cells: usize = columns.iter().map(|(_, width)| width + SPACE).sum();
        let width = even((cells - SPACE).max(own) + 2 * PADDING);
        let most = ((room + GAP) / (width + GAP)).max(1);
        let blocks = blocks(&network.guests, most);
        Self { network, columns, grid: CardGrid { columns: blocks.len(), card_width: width }, blocks }
    }

    pub(super) fn width(&self) -> usize {
        self.grid.width(self.blocks.len())
    }

    /// Draws them below the bridge, and says where they end.
    pub(super) fn draw(&self, scene: &mut Scene, axis: usize, bridge: usize) -> usize {
        let top = bridge + DROP;
        let mut end = top;
        for (block, left) in self.blocks.iter().zip(self.grid.lefts(self.blocks.len(), axis)) {
            let height = HEADER_HEIGHT + block.iter().map(row_height).sum::<usize>() + ROW_PADDING;
            let area = Area::new((left, top), (self.grid.card_width, height));
            scene.wire("wire", &[(area.middle(), bridge), (area.middle(), top)]);
            scene.shapes.push(Shape::Box("card guest", area));
            self.header(scene, area);
            let mut y = top + HEADER_HEIGHT;
            for (index, guest) in block.iter().enumerate() {
                let row = Area::new((left + 1, y), (area.width - 2, row_height(guest)));
                self.row(scene, guest, row, if index % 2 == 0 { "stripe" } else { "row" });
                y = row.bottom();
            }
            end = end.max(area.bottom());
        }
        end
    }

    fn header(&self, scene: &mut Scene, area: Area) {
        let link = self.network.guests.first().map(|guest| guest.link.clone());
        scene.shapes.push(Shape::Begin(Group { role: "graphics-symbol", title: Vec::new(), link }));
        for ((name, _), x) in self.columns.iter().zip(self.lefts(area.left)) {
            scene.text(TextStyle::Quiet, (x, area.top + 18), &[PictureText::own(name)]);
        }
        scene.shapes.push(Shape::End);
    }

    fn row(&self, scene: &mut Scene, guest: &PicturedGuest, area: Area, class: &'static str) {
        scene.shapes.push(Shape::Begin(Group { role: "graphics-symbol", title: title(guest), link: None }));
        scene.shapes.push(Shape::Box(class, area));
        let y = area.top + ROW_PADDING + 11;
        let cells = cells(guest, self.columns.len());
        for ((index, word), x) in cells.iter().enumerate().zip(self.lefts(area.left - 1)) {
            let style = if index == 0 { TextStyle::Strong } else { TextStyle::Plain };
            let room = if index == 0 { LONGEST_NAME } else { LONGEST };
            scene.line((style, Anchor::Start), (x, y), std::slice::from_ref(word), room);
        }
        for (index, fact) in own_facts(guest).enumerate() {
            let place = (area.left - 1 + PADDING + INDENT, y + (index + 1) * LINE_HEIGHT);
            scene.text(TextStyle::Quiet, place, &fact.words());
        }
        scene.shapes.push(Shape::End);
    }

    /// Where the columns of a block begin.
    fn lefts(&self, left: usize) -> impl Iterator<Item = usize> {
        self.columns.iter().scan(left + PADDING, |x, (_, width)| {
            let at = *x;
            *x += width + SPACE;
            Some(at)
        })
    }
}

/// Guest, address, perhaps an address of IPv6, TAP.
fn columns(guests: &[PicturedGuest]) -> Vec<(&'static str, usize)> {
    let addresses = guests.iter().map(|guest| guest.addresses.len()).max().unwrap_or(1);
    let names = ["guest", "address", "IPv6 address"].into_iter().take(1 + addresses.min(2)).chain(["TAP"]);
    let names: Vec<&'static str> = names.collect();
    let width = |index: usize, name: &str| {
        let most = if index == 0 { LONGEST_NAME } else { LONGEST };
        let cells = guests.iter().map(|guest| letters(&cells(guest, names.len())[index..=index]).min(most));
        TextStyle::Plain.width(cells.max().unwrap_or(0).max(name.len()))
    };
    names.iter().enumerate().map(|(index, name)| (*name, width(index, name))).collect()
}

/// A guest's row.
fn cells(guest: &PicturedGuest, columns: usize) -> Vec<PictureText> {
    let mut cells = vec![guest.name.clone()];
    cells.extend(guest.addresses.iter().map(|fact| fact.value.clone()));
    cells.resize(columns - 1, PictureText::own(""));
    cells.push(guest.tap.clone());
    cells
}

fn own_facts(guest: &PicturedGuest) -> impl Iterator<Item = &PictureFact> {
    guest.facts.iter().filter(|fact| !fact.is_by_rule)
}

fn row_height(guest: &PicturedGuest) -> usize {
    2 * ROW_PADDING + (1 + own_facts(guest).count()) * LINE_HEIGHT - 4
}

/// The guests in their order, in blocks of about the same height.
fn blocks(guests: &[PicturedGuest], most: usize) -> Vec<&[PicturedGuest]> {
    let whole: usize = guests.iter().map(row_height).sum();
    let limit = whole.div_ceil(most);
    let mut blocks = Vec::new();
    let (mut start, mut height) = (0, 0);
    for (index, guest) in guests.iter().enumerate() {
        if height > 0 && height + row_height(guest) / 2 > limit && blocks.len() + 1 < most {
            blocks.push(&guests[start..index]);
            (start, height) = (index, 0);
        }
        height += row_height(guest);
    }
    blocks.push(&guests[start..]);
    blocks
}
