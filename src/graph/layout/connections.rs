//! What connects networks: machines that are in several, and routes between two.

use super::{Axis, BETWEEN, GAP, LINE_HEIGHT, PADDING, cards, even};
use crate::graph::picture::{Picture, PictureText, PicturedRouter};
use crate::graph::scene::{Anchor, Area, Group, Scene, Shape, TextStyle, letters};

/// Beside the bridges, each connection has a lane of its own.
const LANE: usize = 16;
/// More lanes are a tangle of wires: the bridges name the others, and that is all.
const MOST_LANES: usize = 4;
const NAME_HEIGHT: usize = 24;
/// Between wires that run beside each other, where they leave a bridge and above the cards.
const STEP: usize = 10;
const WIDEST_CARD: usize = 360;

/// All connections of a picture.
pub(super) struct Connections<'p> {
    picture: &'p Picture,
    /// Each route with its lane.
    routes: Vec<(usize, usize, usize)>,
    card_width: usize,
}

impl<'p> Connections<'p> {
    pub(super) fn of(picture: &'p Picture) -> Self {
        let width = picture.routers.iter().map(card_width).max().unwrap_or(0);
        let count = picture.routers.len().max(1);
        let room = super::WIDEST - 4 * super::MARGIN - 2 * MOST_LANES * LANE;
        let card_width = width.min((room + GAP) / count - GAP) / 2 * 2;
        Self { picture, routes: routes(picture), card_width }
    }

    /// Of the lanes on one side; both sides have as much.
    pub(super) fn width(&self) -> usize {
        let right = self.routes.iter().map(|(_, _, lane)| lane + 1).max().unwrap_or(0);
        right.max(self.picture.routers.len()) * LANE
    }

    /// Of the machines below the networks.
    pub(super) fn cards_width(&self) -> usize {
        (self.picture.routers.len() * (self.card_width + GAP)).saturating_sub(GAP)
    }

    /// Draws all, the machines below the networks, whose bridges are at these places; and says where they end.
    pub(super) fn draw(&self, scene: &mut Scene, axis: Axis, bars: &[Area], end: usize) -> usize {
        for (from, to, lane) in &self.routes {
            let at = |network: usize| (bars[network].right(), bars[network].top + 14 + lane * STEP);
            let (from, to) = (at(*from), at(*to));
            let x = from.0 + (lane + 1) * LANE;
            scene.wire("link", &[from, (x, from.1), (x, to.1), to]);
            for (x, y) in [from, to] {
                scene.shapes.push(Shape::Plug("linked", x, y));
            }
        }
        let routers = &self.picture.routers;
        if routers.is_empty() {
            return end;
        }
        let card_top = end + BETWEEN + routers.len() * STEP;
        let height = routers.iter().map(card_height).max().unwrap_or(0);
        for (index, router) in routers.iter().enumerate() {
            let left = axis.middle - self.cards_width() / 2 + index * (self.card_width + GAP);
            let area = Area::new((left, card_top), (self.card_width, height));
            let title = title(self.picture, router);
            let link = router.interfaces.first().map(|(_, first)| first.link.clone());
            scene.shapes.push(Shape::Begin(Group { role: "graphics-symbol", title, link }));
            // The leftmost machine has the outermost lane, and the lowest wire: so none crosses another one's.
            self.connect(scene, (router, routers.len() - 1 - index), bars, area);
            self.draw_card(scene, router, area);
            scene.shapes.push(Shape::End);
        }
        card_top + height
    }

    fn connect(&self, scene: &mut Scene, (router, lane): (&PicturedRouter, usize), bars: &[Area], card: Area) {
        let run = card.top - GAP - lane.abs_diff(self.picture.routers.len() - 1) * STEP;
        let plugs: Vec<(usize, usize)> = router
            .interfaces
            .iter()
            .map(|(network, _)| (bars[*network].left, bars[*network].top + 14 + lane * STEP))
            .collect();
        let Some((left, top)) = plugs.first() else { return };
        let x = left - (lane + 1) * LANE;
        let corners = [(*left, *top), (x, *top), (x, run), (card.middle(), run), (card.middle(), card.top)];
        scene.wire("link", &corners);
        for (left, y) in plugs.iter().skip(1) {
            scene.wire("link", &[(*left, *y), (x, *y)]);
        }
        for (left, y) in plugs {
            scene.shapes.push(Shape::Plug("linked", left, y));
        }
    }

    fn draw_card(&self, scene: &mut Scene, router: &PicturedRouter, area: Area) {
        scene.shapes.push(Shape::Box("card router", area));
        let x = area.left + PADDING;
        let name = router.interfaces.first().map(|(_, first)| first.name.clone());
        let room = area.width - 2 * PADDING;
        let place = (x, area.top + NAME_HEIGHT - 4);
        scene.line((TextStyle::Name, Anchor::Start), place, name.as_slice(), TextStyle::Name.room(room));
        for (index, (style, words)) in lines(self.picture, router).enumerate() {
            let y = area.top + NAME_HEIGHT + (index + 1) * LINE_HEIGHT - 4;
            scene.line((style, Anchor::Start), (x, y), &words, style.room(room));
        }
    }
}

/// The routes in lanes, in which no two meet; none if that takes too many.
fn routes(picture: &Picture) -> Vec<(usize, usize, usize)> {
    // Where the last route of each lane ends.
    let mut ends: Vec<usize> = Vec::new();
    let mut routes = picture.routes.clone();
    routes.sort_unstable_by_key(|(from, to)| (*from, to - from));
    let mut laid = Vec::new();
    for (from, to) in routes {
        let lane = ends.iter().position(|end| *end < from).unwrap_or(ends.len());
        if lane == MOST_LANES {
            return Vec::new();
        }
        if lane == ends.len() {
            ends.push(to);
        } else {
            ends[lane] = to;
        }
        laid.push((from, to, lane));
    }
    laid
}

fn card_width(router: &PicturedRouter) -> usize {
    let guests = || router.interfaces.iter().map(|(_, guest)| guest);
    let name = guests().map(|guest| TextStyle::Name.width(letters(std::slice::from_ref(&guest.name))));
    let taps = guests().map(|guest| TextStyle::Quiet.width(letters(std::slice::from_ref(&guest.tap)) + 18));
    let facts = guests().flat_map(|guest| guest.addresses.iter().chain(&guest.facts));
    let facts = facts.map(|fact| TextStyle::Plain.width(letters(&fact.words())));
    even(name.chain(taps).chain(facts).max().unwrap_or(0) + 2 * PADDING).min(WIDEST_CARD)
}

/// The lines below its name: for each interface the network, the TAP, the addresses, and what is its own there.
fn lines<'p>(picture: &'p Picture, router: &'p PicturedRouter) -> impl Iterator<Item = (TextStyle, Vec<PictureText>)> {
    router.interfaces.iter().flat_map(|(network, guest)| {
        let bridge = picture.networks[*network].bridge.clone();
        let head = vec![bridge, PictureText::own(" · "), guest.tap.clone()];
        std::iter::once((TextStyle::Strong, head)).chain(cards::lines(guest))
    })
}

fn card_height(router: &PicturedRouter) -> usize {
    let lines: usize = router.interfaces.iter().map(|(_, guest)| 1 + guest.shown_facts().count()).sum();
    NAME_HEIGHT + lines * LINE_HEIGHT + PADDING - 4
}

/// All of it, line by line.
fn title(picture: &Picture, router: &PicturedRouter) -> Vec<Vec<PictureText>> {
    let parts = router.interfaces.iter().flat_map(|(network, guest)| {
        let place = vec![PictureText::own("in "), picture.networks[*network].bridge.clone()];
        std::iter::once(place).chain(cards::title(guest).into_iter().skip(1))
    });
    let name = router.interfaces.first().map(|(_, first)| vec![first.name.clone()]);
    name.into_iter().chain(parts).collect()
}
