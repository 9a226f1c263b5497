//! The bridge: a bar as wide as all that hangs on it, with what holds for the whole network.

use super::{LINE_HEIGHT, PADDING};
use crate::graph::picture::{PictureFact, PictureText, PicturedNetwork};
use crate::graph::scene::{Anchor, Area, Group, Scene, Shape, TextStyle, cells};

const BETWEEN_FACTS: &str = " · ";
const NAME_HEIGHT: usize = 20;
const EDGE: usize = 9;

/// A bridge with its text in lines.
pub(super) struct BridgeBar<'p> {
    network: &'p PicturedNetwork,
    main: Vec<Vec<PictureText>>,
    notes: Vec<Vec<PictureText>>,
}

impl<'p> BridgeBar<'p> {
    pub(super) fn of(network: &'p PicturedNetwork, width: usize) -> Self {
        let room = room(width);
        Self { network, main: flowed(&network.main, room), notes: flowed(&network.notes, room) }
    }

    pub(super) fn height(&self) -> usize {
        2 * EDGE + NAME_HEIGHT + (self.main.len() + self.notes.len()) * LINE_HEIGHT
    }

    pub(super) fn draw(&self, scene: &mut Scene, area: Area) {
        let title = vec![vec![PictureText::own("Bridge "), self.network.bridge.clone()]];
        let link = Some(self.network.link.clone());
        scene.shapes.push(Shape::Begin(Group { role: "graphics-object", title, link }));
        scene.shapes.push(Shape::Box("card switch", area));
        let (x, mut y) = (area.middle(), area.top + EDGE + 15);
        scene.centred(TextStyle::Name, (x, y), std::slice::from_ref(&self.network.bridge));
        y += NAME_HEIGHT - 2;
        for (style, lines) in [(TextStyle::Plain, &self.main), (TextStyle::Quiet, &self.notes)] {
            for words in lines {
                scene.line((style, Anchor::Middle), (x, y), words, room(area.width));
                y += LINE_HEIGHT;
            }
        }
        scene.shapes.push(Shape::End);
    }
}

fn room(width: usize) -> usize {
    TextStyle::Plain.room(width - 2 * PADDING)
}

/// Facts one after the other, in as many lines as it takes.
fn flowed(facts: &[PictureFact], room: usize) -> Vec<Vec<PictureText>> {
    let mut lines: Vec<Vec<PictureText>> = Vec::new();
    let mut taken = 0;
    for fact in facts {
        let (words, width) = (fact.words(), cells(&fact.plain()));
        match lines.last_mut() {
            Some(line) if taken + cells(BETWEEN_FACTS) + width <= room => {
                line.push(PictureText::own(BETWEEN_FACTS));
                line.extend(words);
                taken += cells(BETWEEN_FACTS) + width;
            }
            _ => {
                lines.push(words);
                taken = width;
            }
        }
    }
    lines
}
