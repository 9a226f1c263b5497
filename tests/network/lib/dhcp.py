"""Sends a DHCP message from a station: dhcp.py KIND CLIENT-MAC ADDRESS. KIND is "decline" or "release"."""

import socket
import struct
import sys

KINDS = {"decline": 4, "release": 7}

kind, mac, address = sys.argv[1], bytes.fromhex(sys.argv[2].replace(":", "")), socket.inet_aton(sys.argv[3])
message = struct.pack(">4BIHH", 1, 1, 6, 0, 0x12345678, 0, 0) + b"\0" * 16 + mac + b"\0" * 202
message += b"\x63\x82\x53\x63" + bytes([53, 1, KINDS[kind]]) + bytes([50, 4]) + address + bytes([54, 4, 10, 42, 0, 2, 255])
connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
connection.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
connection.bind(("", 68))
connection.sendto(message, ("255.255.255.255", 67))
