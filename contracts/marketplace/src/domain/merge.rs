//! The bounded merge of the streams of the index, and what it proves about the offers it did not reach.

use joule_work::score::{effective, Weights};

use super::record::Record;

/// An offer as a scan meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Offer.
    pub offer: u64,
    /// Score in the index.
    pub booked: u16,
    /// Index of the region.
    pub region: u8,
    /// Booked score and latency: no live score counts more.
    pub reach: u32,
    /// Terms and facts.
    pub record: Record,
}

/// One stream: offers of one band and region by falling score.
pub struct Stream<I> {
    /// Index of the region.
    pub region: u8,
    /// Latency points of the region for this buyer, 0 to 10000.
    pub latency: u32,
    /// Score, offer and record, falling by score.
    pub entries: I,
}

/// All streams of a request, taken from the best head on. Because every stream falls by booked score and its latency is
/// one number, no offer behind a head can reach more than the head.
pub struct Merge<I> {
    weights: Weights,
    streams: Vec<(Stream<I>, Listing)>,
    scanned: u32,
}

impl<I, E> Merge<I>
where
    I: Iterator<Item = Result<(u16, u64, Record), E>>,
{
    /// Reads the head of each stream; empty ones fall away.
    ///
    /// # Errors
    /// Those of the streams.
    pub fn new(weights: Weights, streams: impl IntoIterator<Item = Stream<I>>) -> Result<Self, E> {
        let mut merge = Self {
            weights,
            streams: Vec::new(),
            scanned: 0,
        };
        for mut stream in streams {
            if let Some(head) = head(&weights, &mut stream)? {
                merge.streams.push((stream, head));
            }
        }
        Ok(merge)
    }

    /// The offer with the greatest reach, ties by lower id; none at the end.
    ///
    /// # Errors
    /// Those of the streams.
    pub fn take(&mut self) -> Result<Option<Listing>, E> {
        let best = self
            .streams
            .iter()
            .enumerate()
            .max_by(|(_, (_, a)), (_, (_, b))| a.reach.cmp(&b.reach).then(b.offer.cmp(&a.offer)))
            .map(|(position, _)| position);
        let Some((position, (stream, listing))) = best.and_then(|at| Some((at, self.streams.get_mut(at)?))) else {
            return Ok(None);
        };
        self.scanned = self.scanned.saturating_add(1);
        let taken = match head(&self.weights, stream)? {
            Some(next) => std::mem::replace(listing, next),
            None => self.streams.swap_remove(position).1,
        };
        Ok(Some(taken))
    }

    /// Offers taken so far.
    pub const fn scanned(&self) -> u32 {
        self.scanned
    }

    /// The most that an offer not taken yet can reach; none when there is no such offer.
    pub fn bound(&self) -> Option<u32> {
        self.streams.iter().map(|(_, head)| head.reach).max()
    }
}

fn head<I, E>(weights: &Weights, stream: &mut Stream<I>) -> Result<Option<Listing>, E>
where
    I: Iterator<Item = Result<(u16, u64, Record), E>>,
{
    let Some(entry) = stream.entries.next() else {
        return Ok(None);
    };
    let (booked, offer, record) = entry?;
    Ok(Some(Listing {
        offer,
        booked,
        region: stream.region,
        reach: effective(u32::from(booked), weights, stream.latency),
        record,
    }))
}
