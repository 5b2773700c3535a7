//! The search of phase A tickets.

use std::time::Duration;

use wgpu::{BindGroup, Buffer, BufferUsages, ComputePassDescriptor, ComputePipeline};

use super::device::Gpu;
use crate::protocol::HIT_CAP;
use crate::{GpuError, Range};

const SOURCE: &str = include_str!("../kernels/tickets.wgsl");
/// Invocations of a workgroup, as in the source.
const GROUP: u32 = 256;
/// Ids of one dispatch: the first one, and the most.
const FIRST_SLICE: u32 = 1 << 16;
const MOST_SLICE: u32 = 1 << 30;
/// Ids that one invocation tries: loops end by then on every adapter (at most 8,000 turns).
const MOST_PER: u32 = 4096;
/// What a dispatch should take.
const SLICE: Duration = Duration::from_millis(50);
/// Words in front of the list in the buffer of hits: the counter, and three that align the list.
const HEAD: u64 = 4;

/// The first half of BLAKE3's initial value.
const IV: [u32; 4] = [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a];
/// Flags of the only block of a keyed hash: chunk start, chunk end, root, keyed.
const FLAGS: u32 = 1 | 2 | 8 | 16;
/// `joule/ticket/a/v1` as the words of a block; the others are zero up to the id in the last two.
const TAG: [u32; 14] = {
    let mut words = [0; 14];
    words[0] = u32::from_le_bytes(*b"joul");
    words[1] = u32::from_le_bytes(*b"e/ti");
    words[2] = u32::from_le_bytes(*b"cket");
    words[3] = u32::from_le_bytes(*b"/a/v");
    words[4] = u32::from_le_bytes(*b"1\0\0\0");
    words
};

/// A pipeline and its buffers, ready for any seed.
pub struct TicketSearch {
    pipeline: ComputePipeline,
    group: BindGroup,
    task: Buffer,
    hits: Buffer,
    /// Ids that the device tries in a slice.
    slice: u32,
}

impl TicketSearch {
    pub fn new(gpu: &Gpu) -> Result<Self, GpuError> {
        let pipeline = gpu.own("tickets", SOURCE, "")?;
        let task = gpu.buffer(96, BufferUsages::UNIFORM)?;
        let hits = gpu.buffer((HEAD + 4 * u64::from(HIT_CAP)) * 4, BufferUsages::STORAGE)?;
        let group = gpu.bind(&pipeline, &[&task, &hits])?;
        Ok(Self {
            pipeline,
            group,
            task,
            hits,
            slice: FIRST_SLICE,
        })
    }

    /// Tries a range. Returns id and value of each hit as bytes, and whether there were more than fit.
    pub fn run(&mut self, gpu: &Gpu, seed: &[u8; 32], range: Range) -> Result<(Vec<u8>, bool), GpuError> {
        gpu.queue.write_buffer(&self.hits, 0, &[0; 4]);
        let mut done = 0;
        // Ids end at the last one that 64 bits hold.
        let whole = range.count.min((u64::MAX - range.start).saturating_add(1));
        while done < whole {
            let count = u32::try_from(whole - done).map_or(self.slice, |left| left.min(self.slice));
            let time = self.dispatch(gpu, seed, range.start.wrapping_add(done), count, range.threshold)?;
            done += u64::from(count);
            if count == self.slice {
                self.adapt(time);
            }
        }
        let head = gpu.read_words(&self.hits, 1)?;
        let found = head.first().copied().unwrap_or(0);
        let kept = found.min(HIT_CAP);
        let mut bytes = gpu.read(&self.hits, (HEAD + 4 * u64::from(kept)) * 4)?;
        bytes.drain(..(HEAD * 4) as usize);
        Ok((bytes, found > kept))
    }

    /// Tries `count` ids by the kernel alone, for a measurement, and returns the time.
    pub fn slice(&mut self, gpu: &Gpu, first: u64) -> Result<(u32, Duration), GpuError> {
        let count = self.slice;
        let time = self.dispatch(gpu, &[7; 32], first, count, 0)?;
        self.adapt(time);
        Ok((count, time))
    }

    fn dispatch(&self, gpu: &Gpu, seed: &[u8; 32], first: u64, count: u32, most: u64) -> Result<Duration, GpuError> {
        // Many ids per invocation suit the few threads of a processor; a device wants all its lanes filled.
        let lanes = if gpu.is_software() { 1 << 12 } else { 1 << 19 };
        let per = (count / lanes).clamp(1, MOST_PER);
        let groups = count.div_ceil(per).div_ceil(GROUP);
        let (x, y) = (groups.min(1 << 15), groups.div_ceil(1 << 15));
        let high_low = |value: u64| [(value & 0xffff_ffff) as u32, (value >> 32) as u32];
        let task: Vec<u8> = seeded(seed)
            .into_iter()
            .chain(high_low(first))
            .chain(high_low(most))
            .chain([count, x * y * GROUP, per, HIT_CAP])
            .flat_map(u32::to_le_bytes)
            .collect();
        gpu.queue.write_buffer(&self.task, 0, &task);
        gpu.run(|encoder| {
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.group, &[]);
            pass.dispatch_workgroups(x, y, 1);
        })
    }

    /// Moves the slice towards what takes [`SLICE`], by a factor of four at most: the first dispatch compiles.
    fn adapt(&mut self, time: Duration) {
        let factor = (SLICE.as_secs_f64() / time.as_secs_f64().max(1e-6)).clamp(0.25, 4.0);
        let wanted = f64::from(self.slice) * factor;
        self.slice = (wanted as u32).clamp(FIRST_SLICE, MOST_SLICE);
    }
}

/// The state of the compression after all of the first round but the one step that takes the id.
fn seeded(seed: &[u8; 32]) -> [u32; 16] {
    let mut v = [0; 16];
    let (key, _) = seed.as_chunks::<4>();
    for (word, key) in v.iter_mut().zip(key) {
        *word = u32::from_le_bytes(*key);
    }
    v[8..12].copy_from_slice(&IV);
    // The block is the first, full, and the only one.
    v[14] = 64;
    v[15] = FLAGS;
    let lanes = [
        [0, 4, 8, 12],
        [1, 5, 9, 13],
        [2, 6, 10, 14],
        [3, 7, 11, 15],
        [0, 5, 10, 15],
        [1, 6, 11, 12],
        [2, 7, 8, 13],
    ];
    for (lane, words) in lanes.iter().zip(TAG.chunks_exact(2)) {
        mix(&mut v, *lane, words[0], words[1]);
    }
    v
}

/// The quarter round of BLAKE3.
fn mix(v: &mut [u32; 16], [a, b, c, d]: [usize; 4], x: u32, y: u32) {
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
    v[d] = (v[d] ^ v[a]).rotate_right(16);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(12);
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
    v[d] = (v[d] ^ v[a]).rotate_right(8);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(7);
}
