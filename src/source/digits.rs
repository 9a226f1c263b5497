//! Numbers that are nothing but digits.
//!
//! The standard library's own reading of numbers also takes a sign, which no place here may have: a mode `+75` or a code
//! point `+041` would pass for something else. Signed numbers of Lisp are read where Lisp is.

use std::str::FromStr;

/// A number in decimal digits; none if there is anything else in the text, or the number is too large.
pub fn decimal<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The same in octal digits.
pub fn octal(text: &str) -> Option<u32> {
    in_radix(text, 8)
}

/// The same in hexadecimal digits.
pub fn hexadecimal(text: &str) -> Option<u32> {
    in_radix(text, 16)
}

fn in_radix(text: &str, radix: u32) -> Option<u32> {
    text.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(text, radix).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{decimal, hexadecimal, octal};

    #[test]
    fn a_sign_is_no_digit() {
        for text in ["", "+1", "-1", "+", " 1", "1 ", "1_0", "¹", "٣"] {
            assert_eq!((decimal::<u32>(text), octal(text), hexadecimal(text)), (None, None, None), "{text:?}");
        }
        assert_eq!((decimal("010"), octal("010"), hexadecimal("010")), (Some(10_u32), Some(8), Some(16)));
        assert_eq!((decimal::<u8>("256"), octal("8"), hexadecimal("g")), (None, None, None));
        assert_eq!(hexadecimal("123456789"), None);
    }
}
