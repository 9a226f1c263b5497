"""Asks a running QEMU what it is: qmp.py SOCKET. Prints its processors, its memory in MiB, its UUID, and its disk."""

import json
import socket
import sys

connection = socket.socket(socket.AF_UNIX)
connection.settimeout(20)
connection.connect(sys.argv[1])
answers = connection.makefile()


def ask(command):
    connection.sendall(json.dumps({"execute": command}).encode())
    for line in answers:
        if "return" in (answer := json.loads(line)):
            return answer["return"]


ask("qmp_capabilities")
disks = [it["inserted"]["file"] for it in ask("query-block") if it["device"].startswith("virtio")]
print(len(ask("query-cpus-fast")), ask("query-memory-size-summary")["base-memory"] >> 20, ask("query-uuid")["UUID"], *disks)
ask("quit")
