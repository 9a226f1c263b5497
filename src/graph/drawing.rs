//! A text that is put together piece by piece and knows which value of the document each piece shows.

use crate::artifact::{Origin, OriginKind, Origins};
use crate::source::Span;

/// The text so far and its origins.
pub(super) struct Drawing {
    pub(super) text: String,
    pub(super) origins: Origins,
    /// What stands for everything that is no value.
    declared: Span,
}

impl Drawing {
    pub(super) fn new(declared: Span) -> Self {
        Self { text: String::new(), origins: Origins::default(), declared }
    }

    /// Appends text that belongs to the picture itself.
    pub(super) fn put(&mut self, text: &str) {
        self.append(text, self.declared, OriginKind::Derived);
    }

    /// Appends text that shows a value of the document.
    pub(super) fn put_value(&mut self, text: &str, value: Option<Span>) {
        self.append(text, value.unwrap_or(self.declared), value.map_or(OriginKind::Derived, OriginKind::Placed));
    }

    fn append(&mut self, text: &str, from: Span, way: OriginKind) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        let end = u32::try_from(self.text.len()).expect("a picture has a few hundred bytes a guest");
        self.origins.push(Origin { end, from, way });
    }
}
