"""Opens a TAP as QEMU does and passes its frames to a TAP inside a namespace: cable.py TAP NAMESPACE INTERFACE MAC.

What happens at a guest's TAP happens here as well: it has an owner, a carrier, and the rules that go by its name.
"""

import ctypes
import fcntl
import os
import select
import struct
import subprocess
import sys

# A header in front of each frame says what is left to be computed; it is passed on with it.
TUNSETIFF, TAP, NO_HEADER, OFFLOAD_HEADER = 0x400454CA, 0x0002, 0x1000, 0x4000
NETWORK = 0x40000000

tap, namespace, interface, mac = sys.argv[1:5]


def opened(name):
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), TAP | NO_HEADER | OFFLOAD_HEADER))
    return device


outside = opened(tap)
ctypes.CDLL(None).setns(os.open(f"/run/netns/{namespace}", os.O_RDONLY), NETWORK)
inside = opened(interface)
subprocess.run(["ip", "link", "set", interface, "address", mac, "up"], check=True)
print("plugged in", flush=True)
other = {outside: inside, inside: outside}
while True:
    for device in select.select(list(other), [], [])[0]:
        try:
            os.write(other[device], os.read(device, 65536))
        except OSError:
            # The TAP is gone, or down for the moment.
            if not os.path.exists(f"/proc/self/fd/{device}"):
                sys.exit()
            select.select([], [], [], 0.05)
