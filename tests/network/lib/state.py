"""Prints what a script could change on this machine, without what changes by itself.

Left out: interface indexes, rule handles, counters, counted connections, timers, and carrier and operational states. The
namespaces other than the tests' own `world`, the processes of services, and every file below QVM_DIR and of the scripts'
own state are part of it.
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
    show(f"{name} nft", [without_counted(row) for row in rules if "metainfo" not in row])


def without_counted(row):
    """A row of a ruleset without the addresses of a set whose connections the kernel counts: they come and go."""
    elements = row.get("set", {}).get("elem", [])
    kept = [element for element in elements if "ct count" not in json.dumps(element)]
    if len(kept) == len(elements):
        return row
    table = {key: value for key, value in row["set"].items() if key != "elem"}
    return {"set": {**table, "elem": kept} if kept else table}


def services():
    """Processes of services, wherever they run: a namespace that is gone may still have some."""
    for folder in sorted(pathlib.Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        name = os.path.basename(words[0])
        if name in {"dnsmasq", "ganesha.nfsd", "python3", "setsid"} and not is_child(folder) and not is_of_tests(words):
            print("service", folder.name, " ".join(words))


def is_of_tests(words):
    """Whether it is a program of the tests, or a server of their outside world."""
    return any("/network/lib/" in word or "203.0.113.10" in word for word in words)


def is_child(folder):
    """Whether its parent is a process of the same program: dnsmasq answers a TCP question in a child that lives for seconds."""
    try:
        parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[1]
        return (folder / "exe").readlink() == pathlib.Path(f"/proc/{parent}/exe").readlink()
    except OSError:
        return False


def files(folder, is_shown=lambda path: True):
    for path in filter(is_shown, sorted(pathlib.Path(folder).rglob("*"))):
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
services()
files(os.environ["QVM_DIR"])
files("/run/NetworkManager/conf.d")
for folder in ("/run/qvm", "/var/lib/qvm"):
    files(folder, is_shown=lambda path: path.is_file() and path.suffix != ".lock")
print("hosts", hashlib.sha256(pathlib.Path("/etc/hosts").read_bytes()).hexdigest())
