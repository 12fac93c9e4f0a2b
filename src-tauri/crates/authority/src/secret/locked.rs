//! Memory for secrets: pages of their own, kept out of swap while they live, wiped when they end.

use std::sync::Once;

use region::LockGuard;
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes in locked pages. No two of them share a page: unlocking one would unlock the other (mlock(2) does not count).
///
/// Where the operating system refuses to lock (a limit, a sandbox) they are kept all the same, and it is told to the log once; see [`can_lock`].
pub(super) struct LockedBytes {
    /// Ends before the memory is freed: fields are dropped in this order.
    _lock: Option<LockGuard>,
    memory: Vec<u8>,
    start: usize,
    length: usize,
}

impl LockedBytes {
    /// Takes bytes over; where they came from is wiped.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let bytes = Zeroizing::new(bytes);
        let mut locked = Self::zeros(bytes.len());
        locked.as_mut_slice().copy_from_slice(&bytes);
        locked
    }

    /// Makes so many zeros.
    pub(super) fn zeros(length: usize) -> Self {
        let page = region::page::size();
        let room = length.max(1).next_multiple_of(page);
        // One page more, so that whole pages lie in it wherever it begins.
        let memory = vec![0u8; room + page];
        let first = memory.as_ptr().align_offset(page);
        let start = if first <= page { first } else { 0 };
        let lock = region::lock(memory.as_ptr().wrapping_add(start), room);
        if let Err(error) = &lock {
            static TOLD: Once = Once::new();
            TOLD.call_once(|| tracing::warn!(%error, "secrets in memory may be swapped out to disk"));
        }
        Self { _lock: lock.ok(), memory, start, length }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.memory.get(self.start..self.start + self.length).unwrap_or_default()
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [u8] {
        self.memory.get_mut(self.start..self.start + self.length).unwrap_or_default()
    }
}

impl Drop for LockedBytes {
    fn drop(&mut self) {
        self.as_mut_slice().zeroize();
    }
}

/// Tells whether the operating system lets this process keep a secret out of swap.
pub(crate) fn can_lock() -> bool {
    LockedBytes::zeros(1)._lock.is_some()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests fail loudly")]
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in() {
        for length in [0, 1, 32, 4095, 4096, 4097, 20_000] {
            let bytes: Vec<u8> = (0..length).map(|place| u8::try_from(place % 251).unwrap()).collect();
            assert_eq!(LockedBytes::new(bytes.clone()).as_slice(), bytes);
        }
    }

    #[test]
    fn each_has_its_own_pages() {
        let page = region::page::size();
        let many: Vec<LockedBytes> = (0..100).map(|_| LockedBytes::new(vec![7; 32])).collect();
        let mut pages: Vec<usize> = many.iter().map(|bytes| bytes.as_slice().as_ptr().addr()).collect();
        assert!(pages.iter().all(|address| address % page == 0));
        pages.sort_unstable();
        pages.dedup();
        assert_eq!(pages.len(), 100);
    }

    /// The mapping of this process that holds an address, with what the kernel says of it.
    #[cfg(target_os = "linux")]
    fn flags_at(address: usize) -> String {
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut inside = false;
        for line in maps.lines() {
            let range = line.split_once(' ').and_then(|(range, _)| range.split_once('-'));
            if let Some((from, to)) = range
                && let (Ok(from), Ok(to)) = (usize::from_str_radix(from, 16), usize::from_str_radix(to, 16))
            {
                inside = (from..to).contains(&address);
            }
            if inside && line.starts_with("VmFlags:") {
                return line.to_owned();
            }
        }
        String::new()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_keeps_them_out_of_swap_while_they_live() {
        let bytes = LockedBytes::new(vec![9; 32]);
        assert!(can_lock(), "this machine's limit (ulimit -l) is too low for the test");
        let address = bytes.as_slice().as_ptr().addr();
        assert!(flags_at(address).split(' ').any(|flag| flag == "lo"), "{}", flags_at(address));
        drop(bytes);
        // What others in this process lock meanwhile may come to lie in the same place or beside it, though not every time.
        assert!((0..100).any(|_| neighbours_and_what_ended_are_free()));
    }

    /// A whole heap would soon be more than may be locked.
    #[cfg(target_os = "linux")]
    fn neighbours_and_what_ended_are_free() -> bool {
        let locked = |address| flags_at(address).split(' ').any(|flag| flag == "lo");
        let bytes = LockedBytes::new(vec![9; 32]);
        let (address, memory) = (bytes.as_slice().as_ptr().addr(), bytes.memory.as_ptr().addr());
        let outside = if address > memory { memory } else { address + region::page::size() };
        let alone = !locked(outside);
        drop(bytes);
        alone && !locked(address)
    }
}
