"""Makes a folder below an NFS export: nfs.py SERVER EXPORT NAME. Prints the status of NFS version 4.0, which is 0 if it is done."""

import socket
import struct
import sys


def text(value):
    value = value.encode()
    return struct.pack(">I", len(value)) + value + bytes(-len(value) % 4)


server, export, name = sys.argv[1:]
PUTROOTFH, LOOKUP, CREATE, FOLDER = 24, 15, 6, 2
mode = struct.pack(">6I", 2, 0, 2, 4, 0o4755, 0)[:20]
work = [struct.pack(">I", PUTROOTFH), struct.pack(">I", LOOKUP) + text(export)]
work.append(struct.pack(">2I", CREATE, FOLDER) + text(name) + mode)
caller = struct.pack(">I", 0) + text("guest") + struct.pack(">3I", 0, 0, 0)
call = struct.pack(">6I", 7, 0, 2, 100003, 4, 1) + struct.pack(">2I", 1, len(caller)) + caller + struct.pack(">2I", 0, 0)
call += text("") + struct.pack(">2I", 0, len(work)) + b"".join(work)
connection = socket.create_connection((server, 2049), 3)
connection.settimeout(15)
connection.sendall(struct.pack(">I", 0x80000000 | len(call)) + call)
print(struct.unpack(">I", connection.recv(4096)[28:32])[0])
