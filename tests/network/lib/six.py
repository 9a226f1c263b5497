"""Sends one frame of IPv6 out of a station, as nobody's system would let it: six.py WHAT SOURCE DESTINATION [OPTION=VALUE...].

WHAT is a kind of ICMPv6 message (ping, advert, solicit, router, redirect, query), or one of DHCPv6 (decline, relay, offer).
Options: target, an address; link, the MAC address that the message tells; mac, the destination's; split=yes for two
fragments; hide=yes for an extension header in front.
"""

import ipaddress
import pathlib
import socket
import struct
import sys

KINDS = {"ping": 128, "query": 130, "router": 134, "solicit": 135, "advert": 136, "redirect": 137}
MESSAGES = {"decline": 9, "relay": 12, "offer": 2}
ICMP, UDP, FRAGMENT, OPTIONS = 58, 17, 44, 60


def octets(mac):
    return bytes.fromhex(mac.replace(":", ""))


def checked(protocol, body, at):
    """With the checksum in its place."""
    data = source + destination + struct.pack(">IHBB", len(body), 0, 0, protocol) + body + b"\0" * (len(body) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return body[:at] + struct.pack(">H", 0xFFFF - total or 0xFFFF) + body[at + 2 :]


def message():
    if what in MESSAGES:
        ports = (547, 546) if what == "offer" else (546, 547)
        body = struct.pack(">B3s", MESSAGES[what], b"six") + bytes(34 if what == "relay" else 0)
        return UDP, checked(UDP, struct.pack(">4H", *ports, 8 + len(body), 0) + body, 6)
    target = ipaddress.ip_address(options.get("target", "::")).packed
    body = {
        "ping": struct.pack(">HH", 6, 1) + b"six" * 4,
        "router": struct.pack(">BBHII", 64, 0, 1800, 0, 0),
        "query": bytes(4) + bytes(16),
        "solicit": bytes(4) + target,
        "advert": b"\x60\0\0\0" + target,
        "redirect": bytes(4) + target + ipaddress.ip_address("2001:db8::10").packed,
    }[what]
    if "link" in options:
        body += bytes([1 if what in ("solicit", "router") else 2, 1]) + octets(options["link"])
    return ICMP, checked(ICMP, struct.pack(">BBH", KINDS[what], 0, 0) + body, 2)


def packets():
    protocol, body = message()
    if "hide" in options:
        body, protocol = bytes([protocol, 0, 1, 4, 0, 0, 0, 0]) + body, OPTIONS
    parts = [(protocol, body)]
    if "split" in options:
        parts = [
            (FRAGMENT, struct.pack(">BBHI", protocol, 0, 1, 6) + body[:8]),
            (FRAGMENT, struct.pack(">BBHI", protocol, 0, 8, 6) + body[8:]),
        ]
    for protocol, body in parts:
        yield struct.pack(">IHBB", 6 << 28, len(body), protocol, 255) + source + destination + body


what, source, destination = sys.argv[1], *(ipaddress.ip_address(it).packed for it in sys.argv[2:4])
options = dict(it.split("=", 1) for it in sys.argv[4:])
own = octets(pathlib.Path("/sys/class/net/eth0/address").read_text().strip())
to = octets(options["mac"]) if "mac" in options else b"\x33\x33" + destination[-4:]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("eth0", 0))
for packet in packets():
    wire.send(to + own + b"\x86\xdd" + packet)
