//! The world outside of the machine: a namespace after a cable, with a nameserver and a web server, both a few lines.
//!
//! The web server answers with the client's address, which shows whether a packet was masqueraded. The world knows a way
//! back to the network, so that nothing is kept out by chance.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use ipnet::Ipv4Net;

use super::job::SixPlan;
use super::layout::{FOLDER, OUTSIDE, OUTSIDE6};
use super::{dns, program, space};

/// The namespace.
pub(super) const SPACE: &str = "outside";
/// The host's own address out there.
pub(super) const HOST: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 2);
/// A name that the nameserver knows.
pub(super) const NAME: &str = "www.example.net";
const ROUTER: &str = "198.51.100.1";
/// The same by IPv6.
pub(super) const HOST6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 2);
const ROUTER6: &str = "2001:db8:1::1";

/// The nameservers that the configurations of dnsmasq in a folder name.
fn nameservers(folder: &str) -> io::Result<BTreeSet<Ipv4Addr>> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "conf") {
            let text = fs::read_to_string(path).unwrap_or_default();
            found.extend(text.lines().filter_map(|line| line.trim().strip_prefix("server=")?.parse::<Ipv4Addr>().ok()));
        }
    }
    Ok(found)
}

/// Makes the world and starts its servers, which end with the process. Whatever nameserver dnsmasq is to ask is out there.
pub(super) fn make(subnet: &str, six: Option<&SixPlan>) -> io::Result<()> {
    let is_here = |address: &Ipv4Addr| subnet.parse::<Ipv4Net>().is_ok_and(|subnet| subnet.contains(address));
    let mut servers = nameservers(FOLDER)?;
    servers.retain(|address| !is_here(address) && *address != HOST);
    servers.insert(OUTSIDE);
    space::make(&[SPACE.to_owned()])?;
    let here = [
        "link set lo up".to_owned(),
        format!("link add wan0 type veth peer name wan0 netns {SPACE}"),
        format!("addr add {HOST}/24 dev wan0"),
        "link set wan0 up".to_owned(),
        format!("route add default via {ROUTER}"),
    ];
    let there = [
        "link set lo up".to_owned(),
        format!("addr add {ROUTER}/24 dev wan0"),
        "link set wan0 up".to_owned(),
        format!("route add {subnet} via {HOST}"),
    ];
    let addresses = servers.iter().map(|address| format!("addr add {address}/32 dev lo"));
    program::batch(None, here.into_iter())?;
    program::batch(Some(SPACE), there.into_iter().chain(addresses))?;
    let web6 = if let Some(six) = six {
        Some(make_six(six)?)
    } else {
        let _ = fs::write("/proc/sys/net/ipv6/conf/wan0/disable_ipv6", "1");
        None
    };
    let bound = space::within(SPACE, || {
        let names: Vec<_> = servers.iter().map(|address| UdpSocket::bind((*address, 53))).collect::<io::Result<_>>()?;
        Ok((names, TcpListener::bind((OUTSIDE, 80))?))
    });
    let (names, web): (Vec<UdpSocket>, TcpListener) = bound.and_then(|bound: io::Result<_>| bound)?;
    for names in names {
        thread::Builder::new().spawn(move || serve_names(&names))?;
    }
    for web in std::iter::once(web).chain(web6) {
        thread::Builder::new().spawn(move || web.incoming().filter_map(Result::ok).for_each(serve_client))?;
    }
    Ok(())
}

/// The same for IPv6.
fn make_six(six: &SixPlan) -> io::Result<TcpListener> {
    space::within(SPACE, || fs::write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0"))??;
    let here = [format!("addr add {HOST6}/64 dev wan0 nodad"), format!("route add default via {ROUTER6} dev wan0")];
    let there = [
        format!("addr add {ROUTER6}/64 dev wan0 nodad"),
        format!("addr add {OUTSIDE6}/128 dev lo nodad"),
        format!("route add {} via {HOST6} dev wan0", six.subnet),
    ];
    program::batch(None, here.into_iter())?;
    program::batch(Some(SPACE), there.into_iter())?;
    space::within(SPACE, || TcpListener::bind((OUTSIDE6, 80)))?
}

fn serve_names(socket: &UdpSocket) {
    let mut buffer = [0; 1500];
    loop {
        let Ok((length, client)) = socket.recv_from(&mut buffer) else { continue };
        if let Some(answer) = dns::answer(&buffer[..length], NAME, OUTSIDE) {
            let _ = socket.send_to(&answer, client);
        }
    }
}

/// Each in a thread of its own, since a guest may be slow.
fn serve_client(stream: TcpStream) {
    let _ = thread::Builder::new().spawn(move || tell_address(stream));
}

fn tell_address(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    // To its end: what is left unread when a connection is closed resets it.
    let mut request = Vec::new();
    let mut buffer = [0; 2048];
    while !request.ends_with(b"\r\n\r\n") && request.len() < buffer.len() {
        match stream.read(&mut buffer)? {
            0 => break,
            length => request.extend(&buffer[..length]),
        }
    }
    let client = match stream.peer_addr()? {
        SocketAddr::V4(client) => client.ip().to_string(),
        SocketAddr::V6(client) => client.ip().to_string(),
    };
    stream.write_all(format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{client}", client.len()).as_bytes())
}
