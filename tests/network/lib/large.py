"""Pings with a packet of this many bytes that may not be divided: large.py BYTES ADDRESS. Fails if no answer comes back."""

import socket
import struct
import sys

# IP_MTU_DISCOVER with IP_PMTUDISC_PROBE: whole, whatever is thought of the way.
DISCOVER, PROBE = 10, 3
size, address = int(sys.argv[1]) - 28, sys.argv[2]


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return 0xFFFF - (total + (total >> 16) & 0xFFFF)


ping = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
ping.setsockopt(socket.IPPROTO_IP, DISCOVER, PROBE)
ping.settimeout(2)
body = struct.pack(">BBHHH", 8, 0, 0, 7, 1) + bytes(size + size % 2)
body = body[:8 + size]
padded = body + bytes(len(body) % 2)
body = body[:2] + struct.pack(">H", checksum(padded)) + body[4:]
for _ in range(5):
    ping.sendto(body, (address, 0))
    try:
        while (answer := ping.recv(70000))[20] != 0 or len(answer) != size + 28:
            pass
        sys.exit()
    except TimeoutError:
        pass
sys.exit(f"no answer from {address}")
