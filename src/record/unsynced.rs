//! Files that have their names before their bytes are on disk, and how one is known that a power cut has torn.
//!
//! Outputs can be made again, so a run does not wait until the disk has them. What a power cut leaves of one has only
//! sectors that were written, or zeros, or ends early. A note has a short hash of each sector, so that nothing else counts
//! as torn, and the boot under which the file was written: while that lasts nothing can have torn it.

use super::{hash, push_hash};

/// Files up to this length are noted; a longer one is synced, which takes no longer than writing it.
pub const LONGEST: usize = 256 << 10;
/// The smallest unit that a disk writes whole.
const SECTOR: usize = 512;
/// Digits of the hash of a sector.
const DIGITS: usize = 8;

/// The note of a text that is written under a boot; none for one that is to be synced.
pub fn note(boot: &str, text: &[u8]) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let mut note = format!("{boot} {} ", text.len());
    text.chunks(SECTOR).for_each(|sector| push_hash(&mut note, sector, DIGITS));
    Some(note)
}

/// Whether a note was made under a boot.
pub fn is_of(note: &str, boot: &str) -> bool {
    note.split(' ').next() == Some(boot)
}

/// Whether these bytes are what a power cut may leave of the text that a note is of.
pub fn is_torn(note: &str, bytes: &[u8]) -> bool {
    let mut words = note.split(' ').skip(1);
    let (Some(Ok(length)), Some(sectors)) = (words.next().map(str::parse::<usize>), words.next()) else {
        return false;
    };
    let ends_at_sector = bytes.len() < length && bytes.len().is_multiple_of(SECTOR);
    let is_written = |(sector, known): (&[u8], &[u8])| {
        sector.iter().all(|byte| *byte == 0) || hash(sector).as_bytes().starts_with(known)
    };
    (bytes.len() == length || ends_at_sector)
        && sectors.len() == length.div_ceil(SECTOR) * DIGITS
        && bytes.chunks(SECTOR).zip(sectors.as_bytes().chunks(DIGITS)).all(is_written)
}

#[cfg(test)]
mod tests {
    use super::{SECTOR, is_of, is_torn, note};

    #[test]
    fn torn_is_what_has_nothing_but_sectors_that_were_written_and_zeros() {
        let text: Vec<u8> = (0..SECTOR * 2 + 100).map(|index| b'a' + (index % 26) as u8).collect();
        let note = note("boot", &text).unwrap();
        assert!(is_of(&note, "boot") && !is_of(&note, "boo"));
        let mut zeros = text.clone();
        zeros[..SECTOR].fill(0);
        for torn in [&text[..], &[], &text[..SECTOR], &zeros, &zeros[..SECTOR * 2], &vec![0; text.len()]] {
            assert!(is_torn(&note, torn), "{}", torn.len());
        }
        let mut edited = text.clone();
        edited[SECTOR + 1] = b'!';
        let longer = [&text[..], b"more"].concat();
        for edited in [&edited[..], &text[..=SECTOR], &text[..text.len() - 1], &longer, b"mine\n"] {
            assert!(!is_torn(&note, edited), "{}", edited.len());
        }
        assert!(!is_torn("", b"") && !is_torn("boot 5", b"") && !is_torn("boot 5 12", b""));
    }
}
