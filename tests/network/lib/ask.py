"""Asks a nameserver for an address: ask.py NAME SERVER PORT [tcp|--from ADDRESS]. Prints the address, or the code of the refusal."""

import socket
import struct
import sys

CODES = {0: "NODATA", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}

name, server, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
question = struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)
if sys.argv[4:] == ["tcp"]:
    connection = socket.create_connection((server, port), 10)
    connection.sendall(struct.pack(">H", len(question)) + question)
    answer = connection.recv(4096)[2:]
else:
    connection = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    connection.settimeout(3)
    if sys.argv[4:5] == ["--from"]:
        connection.bind((sys.argv[5], 0))
    # Connected, so that only an answer from the address that was asked counts, as with any resolver.
    connection.connect((server, port))
    for left in (2, 1, 0):
        connection.send(question)
        try:
            answer = connection.recv(4096)
            break
        except TimeoutError:
            if not left:
                raise
_, flags, _, answers, _, _ = struct.unpack(">6H", answer[:12])
if answers == 0:
    print(CODES.get(flags & 15, flags & 15))
else:
    print(socket.inet_ntoa(answer[len(question) + 12:][:4]))
