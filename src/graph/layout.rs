//! Where everything of a picture stands: on one axis, from top to bottom, the outside world, the host, and for each network
//! its services, its bridge and what hangs on it.
//!
//! What is in several networks at once stands below all of them, and is connected left of them; what connects two bridges
//! is drawn right of them.

mod bridge;
mod cards;
mod connections;
mod rows;
mod services;

use super::picture::{Picture, PictureText, PicturedNetwork};
use super::scene::{Anchor, Area, Group, Scene, Shape, TextLine, TextStyle};
use bridge::BridgeBar;
use cards::GuestCards;
use connections::Connections;
use rows::GuestRows;
use services::ServiceBoard;

/// The widest picture: where it is shown 800 pixels wide, its smallest letters are 10 pixels high.
const WIDEST: usize = 960;
const NARROWEST: usize = 400;
/// Around the picture, and between the host's frame and what is in it.
const MARGIN: usize = 24;
/// Between cards.
const GAP: usize = 20;
/// Between a card's edge and its text.
const PADDING: usize = 12;
/// Between the bridge and what hangs on it; the interface's name stands beside the wire.
const DROP: usize = 36;
const LINE_HEIGHT: usize = 17;
/// Between a network and what is below it.
const BETWEEN: usize = 36;
const OUTSIDE: (usize, usize) = (160, 36);
const UPLINK: usize = 44;
const TAB: (usize, usize) = (72, 24);

/// With more guests than these, each is a row and no card.
const MOST_CARDS: usize = 20;

/// One network with all sizes known.
struct NetworkLayout<'p> {
    network: &'p PicturedNetwork,
    services: ServiceBoard<'p>,
    guests: GuestBoard<'p>,
    bar: BridgeBar<'p>,
}

/// The guests of a network.
enum GuestBoard<'p> {
    Cards(GuestCards<'p>),
    Rows(GuestRows<'p>),
}

/// What all networks of a picture stand around.
#[derive(Debug, Clone, Copy)]
struct Axis {
    /// The middle of everything.
    middle: usize,
    /// How wide each bridge is around it.
    bridge_width: usize,
}

/// Lays out a picture.
pub(super) fn lay_out(picture: &Picture) -> Scene {
    let connections = Connections::of(picture);
    let room = WIDEST - 4 * MARGIN - 2 * connections.width();
    let mut networks: Vec<NetworkLayout<'_>> =
        picture.networks.iter().map(|network| NetworkLayout::of(network, room)).collect();
    let widths = networks.iter().map(NetworkLayout::width);
    let bridge_width = widths.chain([connections.cards_width(), NARROWEST]).max().unwrap_or(NARROWEST);
    for network in &mut networks {
        network.bar = BridgeBar::of(network.network, bridge_width);
    }
    let width = bridge_width + 4 * MARGIN + 2 * connections.width();
    let axis = Axis { middle: width / 2, bridge_width };

    let host_top = MARGIN + OUTSIDE.1 + UPLINK;
    let mut inside = Scene::default();
    let mut top = host_top + TAB.1 / 2 + MARGIN;
    let mut bars = Vec::new();
    for (index, network) in networks.iter().enumerate() {
        top += if index == 0 { 0 } else { BETWEEN };
        let (bar, bottom) = network.draw(&mut inside, axis, top);
        bars.push(bar);
        top = bottom;
    }
    let bottom = connections.draw(&mut inside, axis, &bars, top);

    let mut scene = Scene { width, height: bottom + 2 * MARGIN, shapes: Vec::new() };
    let host = Area::new((MARGIN, host_top), (width - 2 * MARGIN, bottom + MARGIN - host_top));
    host_and_outside(&mut scene, axis, host);
    scene.shapes.append(&mut inside.shapes);
    scene
}

/// The frame of the host, and how it reaches what is outside.
fn host_and_outside(scene: &mut Scene, axis: Axis, host: Area) {
    let outside = Area::new((axis.middle - OUTSIDE.0 / 2, MARGIN), OUTSIDE);
    let tab = Area::new((axis.middle - TAB.0 / 2, host.top - TAB.1 / 2), TAB);
    scene.shapes.push(Shape::Box("host", host));
    scene.shapes.push(Shape::Box("outside", outside));
    scene.centred(TextStyle::Quiet, (axis.middle, outside.top + 22), &[PictureText::own("outside world")]);
    scene.wire("wire", &[(axis.middle, outside.bottom()), (axis.middle, tab.top)]);
    let label = [PictureText::own("masquerade")];
    scene.text(TextStyle::Quiet, (axis.middle + 8, outside.bottom() + 20), &label);
    scene.shapes.push(Shape::Box("tab", tab));
    scene.centred(TextStyle::Strong, (axis.middle, tab.top + 16), &[PictureText::own("host")]);
}

impl<'p> NetworkLayout<'p> {
    fn of(network: &'p PicturedNetwork, room: usize) -> Self {
        Self {
            network,
            services: ServiceBoard::of(network, room),
            guests: GuestBoard::of(network, room),
            bar: BridgeBar::of(network, NARROWEST),
        }
    }

    fn width(&self) -> usize {
        let guests = match &self.guests {
            GuestBoard::Cards(cards) => cards.width(),
            GuestBoard::Rows(rows) => rows.width(),
        };
        self.services.width().max(guests)
    }

    /// Draws it, and says where its bridge and its end are.
    fn draw(&self, scene: &mut Scene, axis: Axis, top: usize) -> (Area, usize) {
        let bar_top = top + self.services.height();
        let bar = Area::new((axis.middle - axis.bridge_width / 2, bar_top), (axis.bridge_width, self.bar.height()));
        self.services.draw(scene, axis.middle, top, bar_top);
        self.bar.draw(scene, bar);
        let title = vec![vec![PictureText::own("Guests of "), self.network.bridge.clone()]];
        scene.shapes.push(Shape::Begin(Group { role: "graphics-object", title, link: None }));
        let bottom = match &self.guests {
            GuestBoard::Cards(cards) => cards.draw(scene, axis.middle, bar.bottom()),
            GuestBoard::Rows(rows) => rows.draw(scene, axis.middle, bar.bottom()),
        };
        scene.shapes.push(Shape::End);
        (bar, bottom)
    }
}

impl<'p> GuestBoard<'p> {
    fn of(network: &'p PicturedNetwork, room: usize) -> Self {
        if network.guests.len() > MOST_CARDS {
            Self::Rows(GuestRows::of(network, room))
        } else {
            Self::Cards(GuestCards::of(&network.guests, room))
        }
    }
}

impl Scene {
    fn wire(&mut self, class: &'static str, points: &[(usize, usize)]) {
        self.shapes.push(Shape::Wire(class, points.to_vec()));
    }

    /// A line of text from a place on.
    fn text(&mut self, style: TextStyle, place: (usize, usize), words: &[PictureText]) {
        self.line((style, Anchor::Start), place, words, super::scene::LONGEST);
    }

    /// A line of text around a place.
    fn centred(&mut self, style: TextStyle, place: (usize, usize), words: &[PictureText]) {
        self.line((style, Anchor::Middle), place, words, super::scene::LONGEST);
    }

    /// A line of text of so many letters.
    fn line(
        &mut self,
        (style, anchor): (TextStyle, Anchor),
        (x, y): (usize, usize),
        words: &[PictureText],
        room: usize,
    ) {
        self.shapes.push(Shape::Line(TextLine { style, x, y, anchor, words: words.to_vec(), room }));
    }
}

/// The next even number: what is centred on the axis has its edges at whole pixels.
fn even(width: usize) -> usize {
    width.next_multiple_of(2)
}

#[cfg(test)]
mod tests {
    use super::{WIDEST, lay_out};
    use crate::graph::PicturedDocument;
    use crate::graph::picture::Picture;
    use crate::graph::scene::{Area, Scene, Shape};
    use crate::network;
    use crate::org;
    use crate::source::Sources;

    fn scene(text: &str) -> Scene {
        let mut sources = Sources::default();
        let id = sources.add("a.org", text);
        let parsed = org::parse(sources.shared(id));
        let mut found = Vec::new();
        let networks = network::read(parsed.document(), &mut found);
        assert!(!networks.is_empty(), "{found:?}");
        let about = PicturedDocument { document: parsed.document(), name: "a.org", path: "a.org" };
        lay_out(&Picture::of(networks.iter(), about))
    }

    fn network(name: &str, number: usize, guests: usize, terms: &str) -> String {
        let guest = |index: usize| {
            format!("| {name}-{index} | 10.{number}.{}.{} | {name}t{index} |\n", index / 200, index % 200 + 10)
        };
        let guests: String = (0..guests).map(guest).collect();
        format!(
            "* {name}\n- Name :: {name}\n- Subnet :: 10.{number}.0.1/16\n{terms}\n| Guest | IP | TAP |\n|--+--+--|\n{guests}\
             | gw | 10.{number}.0.5 | {name}gw |\n\n| Service | IP | Port | Interface |\n|--+--+--+--|\n\
             | DHCP | 10.{number}.0.2 | | veth0 |\n"
        )
    }

    /// Boxes are beside or inside each other, and everything is inside the picture.
    #[track_caller]
    fn check(text: &str) {
        let scene = scene(text);
        assert!(scene.width <= WIDEST, "{} wide", scene.width);
        let boxes: Vec<(&str, Area)> = scene.shapes.iter().filter_map(of_box).collect();
        let is_inside = |outer: Area, inner: Area| {
            (outer.left..=outer.right()).contains(&inner.left)
                && inner.right() <= outer.right()
                && (outer.top..=outer.bottom()).contains(&inner.top)
                && inner.bottom() <= outer.bottom()
        };
        let whole = Area::new((0, 0), (scene.width, scene.height));
        for (index, (class, area)) in boxes.iter().enumerate() {
            assert!(is_inside(whole, *area), "{class} {area:?} in {whole:?}");
            for (other, below) in boxes[..index].iter().filter(|(other, _)| (*other, *class) != ("host", "tab")) {
                let is_beside = area.left >= below.right()
                    || below.left >= area.right()
                    || area.top >= below.bottom()
                    || below.top >= area.bottom();
                assert!(is_beside || is_inside(*below, *area), "{class} {area:?} and {other} {below:?}");
            }
            if matches!(*class, "outside" | "tab" | "host" | "namespace" | "card switch") {
                assert_eq!(area.left + area.right(), scene.width, "{class} is in the middle");
            }
        }
    }

    fn of_box(shape: &Shape) -> Option<(&'static str, Area)> {
        match shape {
            Shape::Box(class, area) => Some((class, *area)),
            Shape::Begin(_) | Shape::End | Shape::Wire(..) | Shape::Plug(..) | Shape::Line(_) => None,
        }
    }

    #[test]
    fn boxes_lie_beside_or_inside_each_other() {
        for guests in [0, 1, 2, 4, 5, 6, 11, 19, 20, 59, 199] {
            check(&network("lab", 7, guests, ""));
            check(&network("lab", 7, guests, "- Subnet6 :: fd42:7::1/64\n- Reserved :: 10.7.9.0-10.7.9.99\n"));
        }
    }

    #[test]
    fn several_networks_are_below_each_other() {
        let networks = |count: usize| -> String {
            let routes = |number: usize| if number == 0 { String::new() } else { "- Route to :: lab0\n".to_owned() };
            (0..count).map(|number| network(&format!("lab{number}"), number + 1, number * 9, &routes(number))).collect()
        };
        for count in [2, 3, 5, 9] {
            check(&networks(count));
        }
    }
}
