"""Asks for an echo every 0.1 s from each of several addresses: pinger.py NAME=ADDRESS...

On SIGTERM it ends, one and a half seconds after the last question, and prints for each name how many questions it sent and
how many of them stayed without an answer: "NAME SENT LOST".
"""

import os
import select
import signal
import socket
import struct
import sys
import time

INTERVAL, PATIENCE = 0.1, 1.5


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return 0xFFFF - (total + (total >> 16) & 0xFFFF)


def question(number, count):
    body = struct.pack(">BBHHH", 8, 0, 0, number, count)
    return body[:2] + struct.pack(">H", checksum(body)) + body[4:]


targets = [argument.split("=") for argument in sys.argv[1:]]
base = os.getpid() & 0xFF00
device = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
sent, answered = [0] * len(targets), [set() for _ in targets]


def listen(end):
    while (left := end - time.monotonic()) > 0:
        if not select.select([device], [], [], left)[0]:
            return
        try:
            packet = device.recv(2048)
        except OSError:
            continue  # somebody on the way refused a question
        if len(packet) < 28:
            continue
        kind, _, _, number, count = struct.unpack(">BBHHH", packet[20:28])
        if kind == 0 and number & 0xFF00 == base and number & 0xFF < len(targets):
            answered[number & 0xFF].add(count)


stopped = []
signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
print("started", flush=True)
while not stopped:
    start = time.monotonic()
    for index, (_, address) in enumerate(targets):
        try:
            device.sendto(question(base | index, sent[index]), (address, 0))
        except OSError:
            pass  # without a route, it is lost
        sent[index] += 1
    listen(start + INTERVAL)
listen(time.monotonic() + PATIENCE)
for (name, _), count, found in zip(targets, sent, answered):
    print(name, count, count - len(found))
