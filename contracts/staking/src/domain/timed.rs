//! A value that remembers what it was before the epoch of its last change, so that it can be read as of the end of the
//! epoch that closed last, whatever has happened since.

use cosmwasm_schema::cw_serde;

/// A value and the one before.
#[cw_serde]
#[derive(Copy, Default, Eq)]
pub struct Timed<T> {
    /// Epoch of the last change.
    pub epoch: u32,
    /// Since then.
    pub now: T,
    /// At the end of the epoch before that.
    pub before: T,
}

impl<T> Timed<T> {
    /// Sets the value in `epoch`, the current one.
    pub fn set(&mut self, epoch: u32, value: T) {
        let old = std::mem::replace(&mut self.now, value);
        if self.epoch < epoch {
            self.epoch = epoch;
            self.before = old;
        }
    }

    /// The value at the end of `epoch`: the current one or the one before it. Older values are forgotten.
    pub fn at_end_of(&self, epoch: u32) -> &T {
        if self.epoch <= epoch {
            &self.now
        } else {
            &self.before
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against a list of what each epoch ended with.
        #[test]
        fn the_last_closed_epoch_can_be_read(steps in prop::collection::vec((0u32..3, 0u64..5), 1..60)) {
            let (mut value, mut epoch) = (Timed::<u64>::default(), 0u32);
            let mut ends = vec![0u64];
            for (passed, new) in steps {
                for _ in 0..passed {
                    let last = ends.last().copied().unwrap();
                    ends.push(last);
                    epoch = epoch.saturating_add(1);
                }
                value.set(epoch, new);
                *ends.last_mut().unwrap() = new;
                for asked in [Some(epoch), epoch.checked_sub(1)].into_iter().flatten() {
                    let ended = ends.get(usize::try_from(asked).unwrap()).copied();
                    prop_assert_eq!(Some(*value.at_end_of(asked)), ended);
                }
            }
        }
    }
}
