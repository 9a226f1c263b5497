//! Makes a document that shows a difference as small as it can be.

use crate::generate::{Document, Judge};

/// The smallest document found that still differs: first fewer lines, then fewer words.
///
/// For 9.5 the first line, headings and words stay: without them it does otherwise what the grammar has avoided.
pub(crate) fn shrink(document: &Document, judge: Judge, mut differs: impl FnMut(&Document) -> bool) -> Document {
    let mut small = document.clone();
    for index in (0..small.before.len()).rev() {
        let mut without = small.clone();
        without.before.remove(index);
        if differs(&without) {
            small = without;
        }
    }
    let separators: &[u8] = if judge == Judge::Reference { b"\n " } else { b"\n" };
    for &separator in separators {
        let mut parts: Vec<Vec<u8>> =
            small.text.split_inclusive(|&byte| byte == separator).map(<[u8]>::to_vec).collect();
        let frame = frame(&parts, judge);
        reduce(&mut parts, |parts| {
            self::frame(parts, judge) == frame && differs(&Document { text: parts.concat(), ..small.clone() })
        });
        small.text = parts.concat();
    }
    small
}

/// The parts that have to stay.
fn frame(parts: &[Vec<u8>], judge: Judge) -> Vec<Vec<u8>> {
    if judge == Judge::Reference {
        return Vec::new();
    }
    let headings = parts.iter().filter(|part| part.starts_with(b"*"));
    parts.first().into_iter().chain(headings).cloned().collect()
}

/// Leaves parts out as long as it still differs: large runs of them first, then smaller ones.
fn reduce(parts: &mut Vec<Vec<u8>>, mut differs: impl FnMut(&[Vec<u8>]) -> bool) {
    let mut size = parts.len() / 2;
    while size > 0 {
        let mut start = 0;
        let mut is_smaller = false;
        while start < parts.len() {
            let mut fewer = parts.clone();
            fewer.drain(start..(start + size).min(parts.len()));
            if differs(&fewer) {
                *parts = fewer;
                is_smaller = true;
            } else {
                start += size;
            }
        }
        // What could not go before may go now that other parts are gone.
        if size > 1 || !is_smaller {
            size /= 2;
        }
    }
}
