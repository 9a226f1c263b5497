//! Whether an NFS server of version 4 answers, and whether it has a folder for whoever asks: calls of RFC 5531 and RFC 7530, which
//! take no mount.

use std::io::{Read as _, Write as _};
use std::net::Ipv4Addr;

use super::web;

const CALL: u32 = 0x5248_0001;
const NFS: u32 = 100_003;
const VERSION: u32 = 4;
const PUT_ROOT: u32 = 24;
const LOOK_UP: u32 = 15;
/// The reply: its length, the call's number, that it is a reply, accepted, without a verifier, and successful.
const REPLY: usize = 28;

/// Calls the procedure that does nothing; else says what is there instead.
pub(super) fn version_4_answers(server: (Ipv4Addr, u16)) -> Result<(), String> {
    call(server, &[CALL, 0, 2, NFS, VERSION, 0, 0, 0, 0, 0], &[], REPLY).map(drop)
}

/// The status of NFS for whoever looks for a shared folder.
pub(super) fn look_up(server: (Ipv4Addr, u16), name: &str) -> Result<u32, String> {
    // By the oldest kind of a caller's name, nobody's, with neither a tag nor a minor version.
    let caller = [1, 20, 0, 0, 0, 0, 0, 0, 0];
    let words =
        [&[CALL, 0, 2, NFS, VERSION, 1], &caller[..], &[0, 0, 2, PUT_ROOT, LOOK_UP, name.len() as u32]].concat();
    let mut text = name.as_bytes().to_vec();
    text.resize(name.len().next_multiple_of(4), 0);
    let reply = call(server, &words, &text, REPLY + 4)?;
    Ok(word(&reply, REPLY))
}

fn call(server: (Ipv4Addr, u16), words: &[u32], text: &[u8], length: usize) -> Result<Vec<u8>, String> {
    let exchange = || {
        let mut stream = web::connect(server)?;
        let mut message = (0x8000_0000 | (words.len() * 4 + text.len()) as u32).to_be_bytes().to_vec();
        message.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        message.extend(text);
        stream.write_all(&message)?;
        let mut reply = vec![0; length];
        stream.read_exact(&mut reply)?;
        Ok(reply)
    };
    let reply = exchange().map_err(|reason: std::io::Error| web::plain(&reason))?;
    let is_accepted = word(&reply, 4) == CALL && word(&reply, 8) == 1 && word(&reply, 12) == 0 && word(&reply, 24) == 0;
    if is_accepted { Ok(reply) } else { Err("a server that refuses version 4".to_owned()) }
}

fn word(reply: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([reply[at], reply[at + 1], reply[at + 2], reply[at + 3]])
}
