//! Records of the market's figures.

use joule_kit::packed::Packed;

use super::bytes::Reader;

/// Figures of a denomination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub posted: u64,
    pub paid: u64,
    pub failed: u64,
    pub volume: u128,
    pub earned: u128,
    /// Base units per hour; 0 before the first settled job of a kind sold by time.
    pub reference: u128,
}

impl Packed for Stats {
    fn pack(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(72);
        for count in [self.posted, self.paid, self.failed] {
            bytes.extend(count.to_be_bytes());
        }
        for sum in [self.volume, self.earned, self.reference] {
            bytes.extend(sum.to_be_bytes());
        }
        bytes
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let stats = Self {
            posted: from.u64()?,
            paid: from.u64()?,
            failed: from.u64()?,
            volume: from.u128()?,
            earned: from.u128()?,
            reference: from.u128()?,
        };
        from.end(stats)
    }
}

/// Figures over all denominations; arrays in the order dedicated, cloud, community.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub buyers: u64,
    pub providers: u64,
    pub open_offers: [u64; 3],
    pub sold_secs: [u64; 3],
}

impl Packed for Totals {
    fn pack(&self) -> Vec<u8> {
        let heads = [self.buyers, self.providers];
        let all = heads.iter().chain(&self.open_offers).chain(&self.sold_secs);
        all.flat_map(|count| count.to_be_bytes()).collect()
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        let totals = Self {
            buyers: from.u64()?,
            providers: from.u64()?,
            open_offers: [from.u64()?, from.u64()?, from.u64()?],
            sold_secs: [from.u64()?, from.u64()?, from.u64()?],
        };
        from.end(totals)
    }
}
