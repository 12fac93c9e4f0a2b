//! Octets changed at random, the same for the same seed.

/// A source of numbers (xorshift64*), fast and always the same; nothing secret hangs on it.
pub struct Numbers(u64);

impl Numbers {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below the limit, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or(0) % limit
    }
}

/// Octets that decide something in DER: lengths, tags, ends of ranges.
const TELLING: [u8; 12] = [0x00, 0x01, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x88, 0xff, 0x30, 0x31, 0xa0];

/// The octets with one to four changes: bits turned, octets replaced, taken out, doubled, the end cut off.
pub fn mutated(octets: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut changed = octets.to_vec();
    for _ in 0..=numbers.below(4) {
        if changed.is_empty() {
            break;
        }
        let place = numbers.below(changed.len());
        let length = 1 + numbers.below(16.min(changed.len() - place));
        match numbers.below(8) {
            0 | 1 => changed[place] ^= 1 << numbers.below(8),
            2 | 3 => changed[place] = TELLING[numbers.below(TELLING.len())],
            4 => changed[place] = changed[place].wrapping_add(1),
            5 => drop(changed.drain(place..place + length)),
            6 => {
                let piece = changed[place..place + length].to_vec();
                changed.splice(place..place, piece);
            }
            _ => changed.truncate(place),
        }
    }
    changed
}
