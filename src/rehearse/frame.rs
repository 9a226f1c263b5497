//! Ethernet frames as a guest sends them, byte by byte: what a socket would not let anybody forge.

use std::net::Ipv4Addr;

/// A hardware address.
pub(super) type Mac = [u8; 6];

pub(super) const BROADCAST: Mac = [0xff; 6];
const IPV4: [u8; 2] = [0x08, 0x00];
const ARP: [u8; 2] = [0x08, 0x06];
const VLAN: [u8; 4] = [0x81, 0x00, 0x00, 0x00];

/// From whom a frame is, and to whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameAddresses {
    pub(super) from: Mac,
    pub(super) to: Mac,
    pub(super) source: Ipv4Addr,
    pub(super) target: Ipv4Addr,
}

/// A datagram.
pub(super) fn udp(ends: FrameAddresses, ports: (u16, u16), payload: &[u8]) -> Vec<u8> {
    let length = (8 + payload.len()) as u16;
    let mut segment = Vec::with_capacity(payload.len() + 8);
    for number in [ports.0, ports.1, length, 0] {
        segment.extend(number.to_be_bytes());
    }
    segment.extend(payload);
    // Without a checksum, which UDP allows over IPv4.
    ethernet(ends, IPV4, &ipv4(ends, 17, &segment))
}

/// Asks who has an address, with something after the message that tells one question from another.
pub(super) fn arp_request(ends: FrameAddresses, marker: &[u8]) -> Vec<u8> {
    let mut message = vec![0, 1, 8, 0, 6, 4, 0, 1];
    message.extend(ends.from);
    message.extend(ends.source.octets());
    message.extend([0; 6]);
    message.extend(ends.target.octets());
    message.extend(marker);
    ethernet(ends, ARP, &message)
}

/// The same frame with a tag for no VLAN, which receivers strip.
pub(super) fn tagged(frame: &[u8]) -> Vec<u8> {
    [&frame[..12], &VLAN, &frame[12..]].concat()
}

/// The payload of a datagram to a port, if the frame is one.
pub(super) fn udp_payload(frame: &[u8], port: u16) -> Option<&[u8]> {
    let packet = frame.get(14..).filter(|_| frame[12..14] == IPV4)?;
    let header = usize::from(*packet.first()? & 0x0f) * 4;
    let segment = packet.get(header..).filter(|_| packet.get(9) == Some(&17))?;
    let to = u16::from_be_bytes([*segment.get(2)?, *segment.get(3)?]);
    segment.get(8..).filter(|_| to == port)
}

fn ethernet(ends: FrameAddresses, kind: [u8; 2], payload: &[u8]) -> Vec<u8> {
    let mut frame = [&ends.to[..], &ends.from, &kind, payload].concat();
    frame.resize(frame.len().max(60), 0);
    frame
}

fn ipv4(ends: FrameAddresses, protocol: u8, segment: &[u8]) -> Vec<u8> {
    let length = (20 + segment.len()) as u16;
    let mut packet = vec![0x45, 0, 0, 0, 0, 1, 0, 0, 64, protocol, 0, 0];
    packet[2..4].copy_from_slice(&length.to_be_bytes());
    packet.extend(ends.source.octets());
    packet.extend(ends.target.octets());
    let sum = checksum(&packet);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.extend(segment);
    packet
}

/// The checksum of the Internet protocols (RFC 1071).
pub(super) fn checksum(bytes: &[u8]) -> u16 {
    let word = |pair: &[u8]| u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or_default()]));
    let mut sum: u32 = bytes.chunks(2).map(word).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::{BROADCAST, FrameAddresses, checksum, tagged, udp, udp_payload};

    #[test]
    fn a_datagram_is_read_back_and_its_header_sums_up() {
        let ends = FrameAddresses {
            from: [2; 6],
            to: BROADCAST,
            source: "10.0.0.1".parse().unwrap(),
            target: "10.0.0.2".parse().unwrap(),
        };
        let frame = udp(ends, (5, 68), b"hello");
        assert_eq!(udp_payload(&frame, 68).map(|payload| &payload[..5]), Some(&b"hello"[..]));
        assert_eq!(udp_payload(&frame, 67), None);
        assert_eq!(checksum(&frame[14..34]), 0);
        assert_eq!(tagged(&frame)[12..18], [0x81, 0, 0, 0, 8, 0]);
    }
}
