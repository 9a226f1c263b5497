//! A guest's DHCP (RFC 2131) on its own cable: frames rather than sockets, since it has no address yet.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::frame::{BROADCAST, FrameAddresses, Mac, udp};
use super::relay::Relay;

const COOKIE: [u8; 4] = [0x63, 0x82, 0x53, 0x63];
const OPTIONS: usize = 240;
const DISCOVER: u8 = 1;
const REQUEST: u8 = 3;
const DECLINE: u8 = 4;
const PATIENCE: Duration = Duration::from_millis(1500);
/// dnsmasq looks with a ping whether an address is free, and then answers after three seconds; on a busy machine later.
const TRIES: usize = 8;

/// What came with a lease.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) address: Option<Ipv4Addr>,
    pub(super) netmask: Option<Ipv4Addr>,
    pub(super) router: Option<Ipv4Addr>,
    pub(super) nameserver: Option<Ipv4Addr>,
    pub(super) domain: String,
    pub(super) seconds: u32,
    pub(super) mtu: Option<u16>,
    pub(super) server: Option<Ipv4Addr>,
}

/// Asks for an address and takes it; nothing if nobody answers.
pub(super) fn lease(relay: &Relay, guest: usize, mac: Mac) -> Option<Lease> {
    let id = 0x5248_0000 + guest as u32 * 2;
    let offer = exchange(relay, guest, &message(mac, id, DISCOVER, &Lease::default()), id)?;
    exchange(relay, guest, &message(mac, id + 1, REQUEST, &offer), id + 1)
}

/// Whether a guest is offered the address that is for another MAC address; nothing if it is not even offered its own.
pub(super) fn is_offered_for(relay: &Relay, guest: usize, (own, other): (Mac, Mac)) -> Option<bool> {
    let id = 0x5249_0000 + guest as u32 * 4;
    let forged = udp(from_nowhere(own), (68, 67), &message(other, id, DISCOVER, &Lease::default()));
    relay.send(guest, &forged).ok()?;
    exchange(relay, guest, &message(own, id + 1, DISCOVER, &Lease::default()), id + 1)?;
    Some(relay.wait(guest, Duration::ZERO, |payload| read(payload, id)).is_some())
}

/// Says in the name of another guest that its address is taken, and gives what that one is offered then.
pub(super) fn offer_after_decline(
    relay: &Relay,
    (guest, own): (usize, Mac),
    (other, mac, lease): (usize, Mac, &Lease),
) -> Option<Ipv4Addr> {
    let id = 0x5249_0000 + guest as u32 * 4 + 2;
    let decline = udp(from_nowhere(own), (68, 67), &message(mac, id, DECLINE, lease));
    relay.send(guest, &decline).ok()?;
    exchange(relay, other, &message(mac, id + 1, DISCOVER, &Lease::default()), id + 1)?.address
}

fn from_nowhere(from: Mac) -> FrameAddresses {
    FrameAddresses { from, to: BROADCAST, source: Ipv4Addr::UNSPECIFIED, target: Ipv4Addr::BROADCAST }
}

fn exchange(relay: &Relay, guest: usize, message: &[u8], id: u32) -> Option<Lease> {
    let mac = Mac::try_from(message.get(28..34)?).ok()?;
    let frame = udp(from_nowhere(mac), (68, 67), message);
    (0..TRIES).find_map(|_| {
        relay.send(guest, &frame).ok()?;
        relay.wait(guest, PATIENCE, |payload| read(payload, id))
    })
}

fn message(mac: Mac, id: u32, kind: u8, offer: &Lease) -> Vec<u8> {
    let mut message = vec![1, 1, 6, 0];
    message.extend(id.to_be_bytes());
    // It can take in a broadcast alone, having no address.
    message.extend([0, 0, 0x80, 0]);
    message.resize(28, 0);
    message.extend(mac);
    message.resize(OPTIONS - COOKIE.len(), 0);
    message.extend(COOKIE);
    message.extend([53, 1, kind]);
    if let (Some(address), Some(server)) = (offer.address, offer.server) {
        message.extend([50, 4]);
        message.extend(address.octets());
        message.extend([54, 4]);
        message.extend(server.octets());
    }
    message.extend([55, 6, 1, 3, 6, 15, 26, 51, 255]);
    message
}

/// An offer or an acknowledgement for our message.
fn read(message: &[u8], id: u32) -> Option<Lease> {
    if message.get(4..8)? != id.to_be_bytes() || message.get(OPTIONS - 4..OPTIONS)? != COOKIE {
        return None;
    }
    let address = |bytes: &[u8]| Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(..4)?).ok()?));
    let mut lease = Lease { address: address(&message[16..]), ..Lease::default() };
    let mut rest = &message[OPTIONS..];
    while let [code, length, more @ ..] = rest {
        if *code == 0 {
            rest = &rest[1..];
            continue;
        }
        let Some(value) = more.get(..usize::from(*length)) else { break };
        match code {
            1 => lease.netmask = address(value),
            3 => lease.router = address(value),
            6 => lease.nameserver = address(value),
            15 => String::from_utf8_lossy(value).trim_end_matches('\0').clone_into(&mut lease.domain),
            26 => lease.mtu = <[u8; 2]>::try_from(value).ok().map(u16::from_be_bytes),
            51 => lease.seconds = u32::from_be_bytes(<[u8; 4]>::try_from(value).unwrap_or_default()),
            53 if !matches!(value, [2 | 5]) => return None,
            54 => lease.server = address(value),
            _ => {}
        }
        rest = &more[usize::from(*length)..];
    }
    Some(lease)
}

#[cfg(test)]
mod tests {
    use super::{DISCOVER, Lease, OPTIONS, message, read};

    #[test]
    fn an_offer_is_read_whatever_its_options() {
        let mut offer = message([2; 6], 7, DISCOVER, &Lease::default());
        offer.truncate(OPTIONS);
        offer[16..20].copy_from_slice(&[10, 42, 0, 10]);
        offer.extend([0, 53, 1, 2, 3, 4, 10, 42, 0, 1, 15, 3, b'l', b'a', b'n', 255]);
        let lease = read(&offer, 7).unwrap();
        assert_eq!((lease.address, lease.router), ("10.42.0.10".parse().ok(), "10.42.0.1".parse().ok()));
        assert_eq!(lease.domain, "lan");
        assert_eq!(read(&offer, 8), None);
        for end in 0..offer.len() {
            let _ = read(&offer[..end], 7);
        }
    }
}
