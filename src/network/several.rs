//! A list that has a first one: what there is one of today, and may be more of.

/// At least one value, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Several<T> {
    first: T,
    others: Vec<T>,
}

impl<T> Several<T> {
    /// A list of one.
    pub fn one(first: T) -> Self {
        Self { first, others: Vec::new() }
    }

    /// The one that counts where there can be only one.
    pub fn first(&self) -> &T {
        &self.first
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// One more at the end.
    pub fn push(&mut self, other: T) {
        self.others.push(other);
    }
}

#[cfg(test)]
mod tests {
    use super::Several;

    #[test]
    fn the_first_one_comes_first() {
        let mut several = Several::one(1);
        several.push(2);
        assert_eq!(*several.first(), 1);
        assert_eq!(several.iter().copied().collect::<Vec<_>>(), [1, 2]);
    }
}
