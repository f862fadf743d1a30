//! A set of numbers, one bit each.

/// A set of numbers below a bound.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// None of the numbers below this one.
    pub(crate) fn none(below: u32) -> Self {
        Self(vec![0; (below as usize).div_ceil(64)])
    }
    pub(crate) fn of(below: u32, numbers: impl IntoIterator<Item = u32>) -> Self {
        let mut bits = Self::none(below);
        numbers.into_iter().for_each(|number| bits.insert(number));
        bits
    }
    /// Numbers that are not below the bound are left out.
    pub(crate) fn insert(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
    }
    pub(crate) fn remove(&mut self, number: u32) {
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word &= !(1 << (number % 64));
        }
    }
    pub(crate) fn contains(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }
    pub(crate) fn keep(&mut self, others: &Self) {
        for (at, word) in self.0.iter_mut().enumerate() {
            *word &= others.0.get(at).copied().unwrap_or(0);
        }
    }
    pub(crate) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
    /// In order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.0.iter().enumerate().flat_map(|(at, word)| Set { word: *word, first: at as u32 * 64 })
    }
}

/// The bits of a word that are set, as numbers.
struct Set {
    word: u64,
    first: u32,
}

impl Iterator for Set {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        let bit = (self.word != 0).then(|| self.word.trailing_zeros())?;
        self.word &= self.word - 1;
        Some(self.first + bit)
    }
}

impl DoubleEndedIterator for Set {
    fn next_back(&mut self) -> Option<u32> {
        let bit = (self.word != 0).then(|| 63 - self.word.leading_zeros())?;
        self.word &= !(1 << bit);
        Some(self.first + bit)
    }
}
