//! The validators' tree: weights in 65,536 slots under sums, 16 children a node in 4 levels. Every child remembers its
//! weight at the end of the last closed epoch, so that a draw reads what was fixed before its beacon round was.

use std::collections::BTreeMap;

use joule_kit::packed::Packed;
use joule_kit::KitError;
use joule_types::work::committee::draw_point;

use super::timed::Timed;

/// Children of a node.
pub const WIDTH: usize = 16;
/// Nodes between the root and a slot, both included.
pub const LEVELS: usize = 4;
/// Slots.
pub const SLOTS: u32 = 65_536;
/// The most weight of a slot, 281 million JOULE: with it in every slot no sum passes 2^64.
pub const MAX_WEIGHT: u64 = 0xffff_ffff_ffff;

/// A slot by its digits to the base of [`WIDTH`]: which child to take at the root and at each node below it. The first
/// digits are the key of the node that they lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path([u8; LEVELS]);

impl Path {
    /// To a slot.
    #[must_use]
    pub const fn to(slot: u16) -> Self {
        let [high, low] = slot.to_be_bytes();
        Self([high >> 4, high & 15, low >> 4, low & 15])
    }

    /// The slot that it leads to.
    #[must_use]
    pub const fn slot(self) -> u16 {
        let [a, b, c, d] = self.0;
        u16::from_be_bytes([(a << 4) | b, (c << 4) | d])
    }

    /// Key and child of every node on the way, from the root on.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = (&[u8], u8)> {
        (0..LEVELS).filter_map(|level| {
            let (key, rest) = self.0.split_at_checked(level)?;
            Some((key, *rest.first()?))
        })
    }
}

/// A node: the weights of its children. 20 bytes each in storage: epoch, now, before, big endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Node(pub [Timed<u64>; WIDTH]);

impl Node {
    /// A child.
    #[must_use]
    pub fn child(&self, digit: u8) -> Timed<u64> {
        self.0.get(usize::from(digit)).copied().unwrap_or_default()
    }

    /// Moves a child by `new - old` in `epoch`, the current one.
    pub fn shift(&mut self, digit: u8, epoch: u32, old: u64, new: u64) {
        if let Some(child) = self.0.get_mut(usize::from(digit)) {
            // Exact: `old` is part of it, and MAX_WEIGHT bounds every sum.
            child.set(epoch, child.now.saturating_sub(old).saturating_add(new));
        }
    }

    /// The sum of the children now.
    #[must_use]
    pub fn weight(&self) -> u64 {
        sum(&self.0.map(|child| child.now))
    }
}

impl Packed for Node {
    fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(WIDTH.saturating_mul(20));
        for child in &self.0 {
            bytes.extend(child.epoch.to_be_bytes());
            bytes.extend(child.now.to_be_bytes());
            bytes.extend(child.before.to_be_bytes());
        }
        bytes
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let (mut node, mut rest) = (Self::default(), bytes);
        for child in &mut node.0 {
            let (epoch, tail) = rest.split_first_chunk()?;
            let (now, tail) = tail.split_first_chunk()?;
            let (before, tail) = tail.split_first_chunk()?;
            rest = tail;
            *child = Timed {
                epoch: u32::from_be_bytes(*epoch),
                now: u64::from_be_bytes(*now),
                before: u64::from_be_bytes(*before),
            };
        }
        rest.is_empty().then_some(node)
    }
}

/// The weights at the end of a closed epoch as one line, from which slots are drawn without replacement. Nodes are
/// loaded once; what was drawn is taken off them in memory.
pub struct Line<F> {
    load: F,
    epoch: u32,
    nodes: BTreeMap<Vec<u8>, [u64; WIDTH]>,
}

impl<F: FnMut(&[u8]) -> Result<Node, KitError>> Line<F> {
    /// As of the end of `epoch`, the one before the current.
    pub const fn new(epoch: u32, load: F) -> Self {
        Self {
            load,
            epoch,
            nodes: BTreeMap::new(),
        }
    }

    /// Draws the slot at `draw_point(seed, index, what is left)` and takes it off the line. None if nothing is left.
    ///
    /// # Errors
    /// [`KitError::CorruptRecord`].
    pub fn draw(&mut self, seed: &[u8; 32], index: u8) -> Result<Option<(u16, u64)>, KitError> {
        let left = sum(self.node(&[])?);
        let Some(mut point) = draw_point(seed, index, left) else {
            return Ok(None);
        };
        let (mut path, mut weight) = (Path([0; LEVELS]), 0);
        for level in 0..LEVELS {
            let key = path.0.get(..level).unwrap_or_default();
            let (digit, rest, found) = pick(self.node(key)?, point).ok_or_else(|| KitError::CorruptRecord {
                namespace: "the validators' tree".into(),
                len: key.len(),
            })?;
            if let Some(place) = path.0.get_mut(level) {
                *place = digit;
            }
            (point, weight) = (rest, found);
        }
        for (key, digit) in path.steps() {
            if let Some(child) = self.node(key)?.get_mut(usize::from(digit)) {
                *child = child.saturating_sub(weight);
            }
        }
        Ok(Some((path.slot(), weight)))
    }

    fn node(&mut self, key: &[u8]) -> Result<&mut [u64; WIDTH], KitError> {
        let epoch = self.epoch;
        if !self.nodes.contains_key(key) {
            let node = (self.load)(key)?;
            self.nodes
                .insert(key.to_vec(), node.0.map(|child| *child.at_end_of(epoch)));
        }
        Ok(self.nodes.entry(key.to_vec()).or_default())
    }
}

/// Exact: [`MAX_WEIGHT`] bounds it.
fn sum(weights: &[u64; WIDTH]) -> u64 {
    weights.iter().fold(0, |sum, weight| sum.saturating_add(*weight))
}

/// The child that holds `point`, the point inside it, and its weight. None beyond the end.
fn pick(weights: &[u64; WIDTH], mut point: u64) -> Option<(u8, u64, u64)> {
    for (digit, weight) in (0u8..).zip(weights) {
        match point.checked_sub(*weight) {
            Some(beyond) => point = beyond,
            None => return Some((digit, point, *weight)),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_lead_to_every_slot() {
        for slot in 0..=u16::MAX {
            assert_eq!(Path::to(slot).slot(), slot);
        }
        let path = Path::to(0xabcd);
        let steps: Vec<_> = path.steps().map(|(key, digit)| (key.to_vec(), digit)).collect();
        let expected = [
            (vec![], 0xa),
            (vec![0xa], 0xb),
            (vec![0xa, 0xb], 0xc),
            (vec![0xa, 0xb, 0xc], 0xd),
        ];
        assert_eq!(steps, expected);
    }

    #[test]
    fn full_slots_do_not_overflow() {
        let total = u128::from(MAX_WEIGHT).checked_mul(SLOTS.into()).unwrap();
        assert!(u64::try_from(total).is_ok());
    }

    #[test]
    fn a_tree_whose_sums_are_wrong_is_an_error() {
        let mut line = Line::new(1, |key: &[u8]| {
            let mut node = Node::default();
            if key.is_empty() {
                node.shift(3, 1, 0, 7);
            }
            Ok(node)
        });
        assert!(matches!(line.draw(&[1; 32], 0), Err(KitError::CorruptRecord { .. })));
    }

    proptest! {
        #[test]
        fn nodes_pack_into_320_bytes_and_back(children in prop::array::uniform16(any::<(u32, u64, u64)>())) {
            let node = Node(children.map(|(epoch, now, before)| Timed { epoch, now, before }));
            let bytes = node.pack();
            prop_assert_eq!(bytes.len(), 320);
            prop_assert_eq!(Node::unpack(&bytes), Some(node));
            for length in [0, 319, 321] {
                let mut other = bytes.clone();
                other.resize(length, 0);
                prop_assert_eq!(Node::unpack(&other), None);
            }
        }
    }
}
