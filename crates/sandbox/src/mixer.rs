//! Numbers that look random and are the same every time.
//! Not for secrets.

/// A source of numbers that look random: splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Mixer(u64);

impl Mixer {
    /// Always the same numbers for the same seed.
    pub(crate) fn new(seed: u64) -> Mixer {
        Mixer(seed)
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to one less than `end`.
    pub(crate) fn below(&mut self, end: i64) -> i64 {
        let end = u64::try_from(end).expect("ends are positive");
        i64::try_from(self.next() % end).expect("less than an i64")
    }

    /// True so many times in a hundred.
    pub(crate) fn chance(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = self.next() % from.len() as u64;
        &from[usize::try_from(index).expect("less than a length")]
    }

    /// A GUID in the form of version 4.
    pub(crate) fn guid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            8 + (low >> 62),
            (low >> 48) & 0xfff,
            low & 0xffff_ffff_ffff,
        )
    }
}
