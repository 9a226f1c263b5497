"""Runs a command in a guest by its second serial port: guest.py SOCKET SECONDS COMMAND.

The channel has nothing to do with the network, so what is wrong there can be looked into. Ends with the command's status,
124 if the guest does not answer in time, or 1 if QEMU ends.
"""

import base64
import re
import secrets
import socket
import sys
import time

path, seconds, command = sys.argv[1], float(sys.argv[2]), sys.argv[3]
token = secrets.token_hex(8)
end = time.monotonic() + seconds
heard = b""


def connect():
    while time.monotonic() < end:
        try:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(1)
            connection.connect(path)
            return connection
        except OSError:
            time.sleep(0.2)
    sys.exit(124)


def wait_for(pattern, again=None):
    """Reads until the pattern is there; what is to be said again is said every three seconds."""
    global heard
    said = 0.0
    while time.monotonic() < end:
        try:
            if again and time.monotonic() - said > 3:
                said = time.monotonic()
                # A guest that is not there, as while it reboots, takes nothing.
                connection.sendall(again)
            heard += received()
        except TimeoutError:
            continue
        if found := re.search(pattern, heard, re.DOTALL):
            return found
    sys.stdout.write(heard.decode(errors="replace"))
    sys.exit(124)


def received():
    if data := connection.recv(65536):
        return data
    raise ConnectionResetError


def question(token, command):
    return f"{token} {base64.b64encode(command.encode()).decode()}\n".encode()


def show_until(pattern):
    """Prints what is heard line by line, up to the pattern."""
    global heard
    while not (found := re.search(pattern, heard)):
        lines, newline, heard = heard.rpartition(b"\n")
        show(lines + newline)
        if time.monotonic() > end:
            show(heard)
            sys.exit(124)
        try:
            heard += received()
        except TimeoutError:
            continue
    show(heard[: found.start()])
    return found


def show(text):
    sys.stdout.write(text.decode(errors="replace").replace("\r\n", "\n"))
    sys.stdout.flush()


connection = connect()
try:
    # Until the guest listens, the port swallows what it is sent, or sends it back.
    wait_for(f"@begin{token}0@".encode(), question(f"{token}0", "true"))
    connection.sendall(question(token, command))
    heard = heard[wait_for(rf"@begin{token}@\r?\n".encode()).end() :]
    sys.exit(int(show_until(rf"@end{token}@(\d+)@".encode())[1]))
except ConnectionError:
    show(heard)
    sys.exit("QEMU has ended")
