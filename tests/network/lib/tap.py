"""Sends frames through a TAP as a guest would: tap.py SECONDS TAP SOURCE-MAC SOURCE-IP TARGET-IP arp, or … ping TARGET-MAC.

With TAGS=N in the environment the frame has N tags for no VLAN, which receivers strip. It asks again and again, and prints
"answered" if an answer comes back within this many seconds, else "silence". It opens the TAP as this user, as QEMU does.
"""

import fcntl
import os
import pathlib
import select
import socket
import struct
import sys
import time

TUNSETIFF, TAP, NO_HEADER = 0x400454CA, 0x0002, 0x1000
BROADCAST = b"\xff" * 6

patience, tap, mac = float(sys.argv[1]), sys.argv[2], bytes.fromhex(sys.argv[3].replace(":", ""))
source, target = map(socket.inet_aton, sys.argv[4:6])
device = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", tap.encode(), TAP | NO_HEADER))


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return 0xFFFF - (total + (total >> 16) & 0xFFFF)


def arp(operation, to_mac, to):
    frame = (BROADCAST if operation == 1 else to_mac) + mac + b"\x08\x06"
    return frame + struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation) + mac + source + to_mac + to


def ping(to_mac):
    body = struct.pack(">BBHHH", 8, 0, 0, 7, 1) + b"guest..."
    body = body[:2] + struct.pack(">H", checksum(body)) + body[4:]
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, 1, 0) + source + target
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return to_mac + mac + b"\x08\x00" + head + body


def tagged(frame):
    return frame[:12] + b"\x81\0\0\0" * int(os.environ.get("TAGS", 0)) + frame[12:]


def frames(seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([device], [], [], left)[0]:
            yield os.read(device, 2048)


def answered(frame, gateway):
    """Whether a frame is the answer; questions for our address are answered on the way."""
    kind = frame[12:14]
    if kind == b"\x08\x06" and frame[20:22] == b"\0\1" and frame[38:42] == source:
        os.write(device, arp(2, frame[22:28], frame[28:32]))
    if gateway is None:
        return kind == b"\x08\x06" and frame[20:22] == b"\0\2" and frame[28:32] == target
    return kind == b"\x08\x00" and frame[26:30] == target and frame[34] == 0


# The bridge lets a port that has just come up wait for a moment. What is sent before that would find silence everywhere.
FORWARDING = "3"
state = pathlib.Path(f"/sys/class/net/{tap}/brport/state")
end = time.monotonic() + 30
while state.read_text().strip() != FORWARDING:
    if time.monotonic() > end:
        sys.exit(f"{tap} does not become a port that forwards")
    time.sleep(0.01)
gateway = bytes.fromhex(sys.argv[7].replace(":", "")) if len(sys.argv) > 7 else None
question = tagged(arp(1, b"\0" * 6, target) if gateway is None else ping(gateway))


def is_answered():
    """As a guest does, it asks again: what comes back before the kernel has taken up the carrier is lost."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        os.write(device, question)
        if any(answered(frame, gateway) for frame in frames(min(0.5, patience))):
            return True
    return False


print("answered" if is_answered() else "silence")
