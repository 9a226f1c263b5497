//! Work that does not depend on each other, done side by side, and how far it is.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How far a run is, for whoever watches it from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicUsize,
    all: AtomicUsize,
}

impl Progress {
    /// Tells how far a run is that counts by itself.
    pub fn set(&self, done: usize, all: usize) {
        self.done.store(done, Ordering::Relaxed);
        self.all.store(all, Ordering::Relaxed);
    }

    /// How many pieces of work are done, and how many there are.
    pub fn counts(&self) -> (usize, usize) {
        (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed))
    }
}

/// Does the work for each item, as many at a time as the machine has processors; the results are in the items' order.
pub fn side_by_side<T: Sync, R: Send>(items: &[T], progress: &Progress, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    progress.all.fetch_add(items.len(), Ordering::Relaxed);
    let work = |item| {
        let result = work(item);
        progress.done.fetch_add(1, Ordering::Relaxed);
        result
    };
    // A thread costs more than a small document does, and one document is what most runs have.
    if items.len() < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let index = next.fetch_add(1, Ordering::Relaxed);
        items.get(index).map(|item| (index, work(item)))
    };
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let number = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
        let work = || std::iter::from_fn(take).collect::<Vec<_>>();
        // This thread works as well: where no other can start, it does all.
        let workers: Vec<_> =
            (1..number).filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok()).collect();
        let own = work();
        workers.into_iter().flat_map(|worker| worker.join().expect("a panic ends the program")).chain(own).collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::{Progress, side_by_side};

    #[test]
    fn results_come_in_order_and_are_counted() {
        let progress = Progress::default();
        let items: Vec<usize> = (0..1000).collect();
        let doubled = side_by_side(&items, &progress, |item| item * 2);
        assert!(doubled.iter().zip(&items).all(|(result, item)| *result == item * 2));
        assert_eq!(progress.counts(), (1000, 1000));
    }
}
