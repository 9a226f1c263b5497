//! The cables between the guests' TAPs and what stands in for the guests: one thread carries the frames of all of them.
//!
//! A TAP without an open descriptor has no carrier, so a cable holds its TAP open as QEMU does, and another TAP in the
//! stand-in's namespace. What is to be sent as a guest would send it can be put on a cable as well, and what comes to a
//! guest is looked at on the way.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

use super::frame::{Mac, udp_payload};
use super::space;

/// The largest frame, with some room.
const LARGEST: usize = 65_536;
/// How often the thread looks whether it is to end.
const NAP: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// What every frame has in it that the rehearsal looks for.
pub(super) const MARK: &[u8; 8] = b"rehearse";
/// The port of DHCP clients.
const DHCP_CLIENT: u16 = 68;

/// All cables, plugged in.
pub(super) struct Relay {
    cables: Arc<Vec<Cable>>,
    seen: Arc<CapturedFrames>,
    ending: Arc<AtomicBool>,
    carrier: Option<JoinHandle<()>>,
}

/// Where a cable goes.
pub(super) struct CableEnds {
    /// The guest's TAP.
    pub(super) tap: String,
    /// The namespace of what stands in for the guest.
    pub(super) space: String,
    /// The guest's hardware address.
    pub(super) mac: Mac,
}

struct Cable {
    /// The guest's TAP, a port of the bridge.
    outer: SyncDevice,
    /// The interface of what stands in for the guest.
    inner: SyncDevice,
}

/// Frames that came to guests: which guest, and the payload.
#[derive(Default)]
struct CapturedFrames {
    frames: Mutex<Vec<(usize, Vec<u8>)>>,
    news: Condvar,
}

impl Relay {
    /// Plugs a cable into each TAP; the other ends are `eth0` in the namespaces.
    pub(super) fn plug_in(ends: &[CableEnds]) -> io::Result<Self> {
        let cable = |ends: &CableEnds| {
            let eth0 =
                || DeviceBuilder::new().name("eth0").layer(Layer::L2).mac_addr(ends.mac).enable(true).build_sync();
            // The scripts have set the TAP up: its state is their business.
            let tap = DeviceBuilder::new().name(&ends.tap).layer(Layer::L2).inherit_enable_state();
            Ok(Cable { outer: tap.build_sync()?, inner: space::within(&ends.space, eth0)?? })
        };
        let cables = Arc::new(ends.iter().map(cable).collect::<io::Result<Vec<_>>>()?);
        let (seen, ending) = (Arc::new(CapturedFrames::default()), Arc::new(AtomicBool::new(false)));
        let carrier = {
            let (cables, seen, ending) = (cables.clone(), seen.clone(), ending.clone());
            thread::Builder::new().spawn(move || carry(&cables, &seen, &ending))?
        };
        Ok(Self { cables, seen, ending, carrier: Some(carrier) })
    }

    /// Sends a frame as a guest would.
    pub(super) fn send(&self, guest: usize, frame: &[u8]) -> io::Result<()> {
        self.cables[guest].outer.send(frame).map(|_| ())
    }

    /// Waits for a frame to a guest, as its payload; `is_it` says which.
    pub(super) fn wait<T>(&self, guest: usize, longest: Duration, is_it: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
        let end = Instant::now() + longest;
        let mut frames = self.seen.frames.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let found = frames.iter().filter(|(to, _)| *to == guest).find_map(|(_, payload)| is_it(payload));
            let left = end.saturating_duration_since(Instant::now());
            if found.is_some() || left.is_zero() {
                return found;
            }
            frames = self.seen.news.wait_timeout(frames, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::Relaxed);
        if let Some(carrier) = self.carrier.take() {
            let _ = carrier.join();
        }
    }
}

/// Until it is told to end. What a guest's side cannot take at the moment is lost, as on any cable.
fn carry(cables: &[Cable], seen: &CapturedFrames, ending: &AtomicBool) {
    let mut buffer = vec![0; LARGEST];
    while !ending.load(Ordering::Relaxed) {
        let devices = cables.iter().flat_map(|cable| [&cable.outer, &cable.inner]);
        let mut polled: Vec<PollFd<'_>> = devices.map(|device| PollFd::new(device, PollFlags::IN)).collect();
        if poll(&mut polled, Some(&NAP)).is_err() {
            continue;
        }
        let ready: Vec<bool> = polled.iter().map(|fd| fd.revents().contains(PollFlags::IN)).collect();
        for (guest, cable) in cables.iter().enumerate() {
            if ready[2 * guest]
                && let Ok(length) = cable.outer.recv(&mut buffer)
            {
                seen.look_at(guest, &buffer[..length]);
                let _ = cable.inner.send(&buffer[..length]);
            }
            if ready[2 * guest + 1]
                && let Ok(length) = cable.inner.recv(&mut buffer)
            {
                let _ = cable.outer.send(&buffer[..length]);
            }
        }
    }
}

impl CapturedFrames {
    fn look_at(&self, guest: usize, frame: &[u8]) {
        let answer = udp_payload(frame, DHCP_CLIENT).map(<[u8]>::to_vec);
        let marked = || memchr::memmem::find(frame, MARK).map(|at| frame[at..].to_vec());
        if let Some(payload) = answer.or_else(marked) {
            self.frames.lock().unwrap_or_else(PoisonError::into_inner).push((guest, payload));
            self.news.notify_all();
        }
    }
}
