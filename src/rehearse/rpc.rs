//! Whether an NFS server of version 4 answers: the procedure that does nothing (RFC 5531, RFC 7530), which takes no mount.

use std::io::{Read as _, Write as _};
use std::net::Ipv4Addr;

use super::web;

const CALL: u32 = 0x5248_0001;
const NFS: u32 = 100_003;
const VERSION: u32 = 4;
/// The reply: its length, the call's number, that it is a reply, accepted, without a verifier, and successful.
const REPLY: usize = 28;

/// Calls the procedure; else says what is there instead.
pub(super) fn version_4_answers(server: (Ipv4Addr, u16)) -> Result<(), String> {
    let call = || {
        let mut stream = web::connect(server)?;
        let words = [CALL, 0, 2, NFS, VERSION, 0, 0, 0, 0, 0];
        let mut message = (0x8000_0000 | (words.len() as u32 * 4)).to_be_bytes().to_vec();
        message.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        stream.write_all(&message)?;
        let mut reply = [0; REPLY];
        stream.read_exact(&mut reply)?;
        Ok(reply)
    };
    let reply = call().map_err(|reason: std::io::Error| web::plain(&reason))?;
    let word = |at: usize| u32::from_be_bytes([reply[at], reply[at + 1], reply[at + 2], reply[at + 3]]);
    let is_accepted = word(4) == CALL && word(8) == 1 && word(12) == 0 && word(24) == 0;
    if is_accepted { Ok(()) } else { Err("a server that refuses version 4".to_owned()) }
}
