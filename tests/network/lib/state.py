"""Prints what a script could change on this machine, without what changes by itself.

Left out: interface indexes, rule handles, counters, timers, and carrier and operational states. The namespaces other
than the tests' own `world`, their processes, and every file below QVM_DIR are part of it.
"""

import hashlib
import json
import os
import pathlib
import subprocess

RESTLESS = {
    "ifindex", "link_index", "link_netnsid", "handle", "counter", "operstate", "valid_life_time", "preferred_life_time",
    "num_rx_queues", "num_tx_queues", "stats", "stats64", "flags", "hello_timer", "tcn_timer", "topology_change_timer",
    "gc_timer", "hold_timer", "message_age_timer", "forward_delay_timer", "state", "root_port", "root_id", "bridge_id",
    "designated_bridge", "topology_change", "topology_change_detected", "root_path_cost", "designated_cost", "promiscuity",
    "index", "expires", "id", "no", "port_id", "designated_port", "config_pending", "allmulti", "link_netns",
}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def still(value):
    """The value without what is restless."""
    if isinstance(value, dict):
        return {key: still(item) for key, item in sorted(value.items()) if key not in RESTLESS}
    if isinstance(value, list):
        return [still(item) for item in value]
    return value


def show(title, rows):
    for row in rows:
        print(title, json.dumps(still(row), sort_keys=True))


def stack(prefix, name):
    """Interfaces, routes and rules of one network namespace."""
    for row in json.loads(run(*prefix, "ip", "-d", "-j", "addr") or "[]"):
        row["up"] = "UP" in row["flags"]
        row["addr_info"] = [info for info in row["addr_info"] if not info.get("tentative")]
        show(f"{name} link", [row])
    show(f"{name} route", json.loads(run(*prefix, "ip", "-j", "route") or "[]"))
    rules = json.loads(run(*prefix, "nft", "-j", "list", "ruleset") or '{"nftables": []}')["nftables"]
    show(f"{name} nft", [row for row in rules if "metainfo" not in row])


def processes(namespace):
    for pid in run("ip", "netns", "pids", namespace).split():
        try:
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            parent = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]
        except OSError:
            continue
        # dnsmasq answers a TCP question in a child that lives for seconds.
        if "dnsmasq" in command and parent != "1":
            owner = pathlib.Path(f"/proc/{parent}/cmdline")
            if owner.exists() and b"dnsmasq" in owner.read_bytes():
                continue
        print(namespace, "process", pid, command)


def files(folder):
    for path in sorted(pathlib.Path(folder).rglob("*")):
        mode = oct(path.lstat().st_mode)
        # Logs and leases are what services write by themselves.
        if path.is_symlink():
            print("file", path, os.readlink(path))
        elif path.is_file() and path.suffix not in {".log", ".leases"}:
            print("file", path, mode, hashlib.sha256(path.read_bytes()).hexdigest()[:16], path.stat().st_mtime_ns)
        else:
            print("file", path, mode)


stack([], "host")
print("forward", pathlib.Path("/proc/sys/net/ipv4/ip_forward").read_text().strip())
names = sorted(path.name for path in pathlib.Path("/run/netns").iterdir())
for name in names:
    print("namespace", name)
    if name not in {"world", "station"}:
        stack(["ip", "netns", "exec", name], name)
        processes(name)
files(os.environ["QVM_DIR"])
files("/run/NetworkManager/conf.d")
