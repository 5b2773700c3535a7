//! The keys under which offers are listed.

use joule_work::{kind::ResourceKind, score::rank_key};

use super::bytes::Reader;

/// Offers of one epoch, kind, denomination, band and region, listed by falling score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamKey {
    /// Epoch.
    pub epoch: u32,
    /// Kind.
    pub kind: ResourceKind,
    /// Number of the denomination.
    pub denom: u8,
    /// Band.
    pub band: u8,
    /// Index of the region.
    pub region: u8,
}

impl StreamKey {
    /// First bytes of every key of the stream.
    #[must_use]
    pub fn prefix(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(18);
        bytes.extend(self.epoch.to_be_bytes());
        bytes.extend([self.kind.index(), self.denom, self.band, self.region]);
        bytes
    }

    /// Where the keys of the stream end: a score is at most 10000, so none of them goes on with 0xff.
    #[must_use]
    pub fn end(&self) -> Vec<u8> {
        let mut bytes = self.prefix();
        bytes.push(0xff);
        bytes
    }

    /// The key of an offer: ascending keys list falling scores, then rising ids.
    #[must_use]
    pub fn key(&self, booked: u16, offer: u64) -> Vec<u8> {
        let mut bytes = self.prefix();
        let falling = u16::try_from(rank_key(u32::from(booked))).unwrap_or(0);
        bytes.extend(falling.to_be_bytes());
        bytes.extend(offer.to_be_bytes());
        bytes
    }
}

/// Score and offer of a key, which [`StreamKey::key`] made.
#[must_use]
pub fn score_and_offer(key: &[u8]) -> Option<(u16, u64)> {
    let mut from = Reader::new(key.get(8..)?);
    let falling = from.u16()?;
    let booked = u16::try_from(rank_key(u32::from(falling))).ok()?;
    let offer = from.u64()?;
    from.end((booked, offer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_sort_by_falling_score_then_rising_id(a in (0u16..=10_000, any::<u64>()), b in (0u16..=10_000, any::<u64>())) {
            let stream = StreamKey { epoch: 7, kind: ResourceKind::Gpu, denom: 1, band: 2, region: 3 };
            let (left, right) = (stream.key(a.0, a.1), stream.key(b.0, b.1));
            let wanted = b.0.cmp(&a.0).then(a.1.cmp(&b.1));
            prop_assert_eq!(left.cmp(&right), wanted);
            prop_assert!(left < stream.end() && left > stream.prefix());
            prop_assert_eq!(score_and_offer(&left), Some(a));
        }
    }
}
