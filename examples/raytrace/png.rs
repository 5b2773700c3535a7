//! A PNG file written piece by piece: filtered rows, compressed with the fixed codes of DEFLATE (RFC 1951), one block
//! and one IDAT chunk per flush.

use crate::guest;
use crate::scene::WIDTH;

/// Rows of one flush, filtered, with the filter byte in front of each; enough for 64 rows of the largest picture.
const RAW: usize = 64 * (3 * WIDTH + 1);
const HASHES: usize = 1 << 14;
const WINDOW: usize = 1 << 15;

pub struct Png {
    stride: usize,
    /// The row before and this one.
    last: [u8; 3 * WIDTH],
    row: [u8; 3 * WIDTH],
    raw: [u8; RAW],
    len: usize,
    /// Position after the last occurrence of a hash of three bytes; 0 for none.
    heads: [u32; HASHES],
    /// Compressed bytes with the chunk's name in front.
    out: [u8; RAW + RAW / 8 + 64],
    out_len: usize,
    bits: u64,
    bit_count: u32,
    adler: (u32, u32),
    crc: [u32; 256],
}

impl Png {
    pub const EMPTY: Self = Self {
        stride: 0,
        last: [0; 3 * WIDTH],
        row: [0; 3 * WIDTH],
        raw: [0; RAW],
        len: 0,
        heads: [0; HASHES],
        out: [0; RAW + RAW / 8 + 64],
        out_len: 0,
        bits: 0,
        bit_count: 0,
        adler: (0, 0),
        crc: [0; 256],
    };

    /// Writes what stands before the pixels.
    pub fn start(&mut self, width: usize, height: usize) {
        self.stride = 3 * width;
        self.adler = (1, 0);
        for (n, entry) in self.crc.iter_mut().enumerate() {
            *entry = (0..8).fold(n as u32, |c, _| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 });
        }
        guest::write(b"\x89PNG\r\n\x1a\n");
        let mut header = *b"IHDR........\x08\x02\x00\x00\x00";
        header[4..8].copy_from_slice(&(width as u32).to_be_bytes());
        header[8..12].copy_from_slice(&(height as u32).to_be_bytes());
        self.chunk(&header);
        self.begin();
        // The zlib header: 32 KiB window, no preset.
        self.push(0x78);
        self.push(0x01);
    }

    /// The row to fill, three bytes a pixel.
    pub fn row(&mut self) -> &mut [u8] {
        &mut self.row[..self.stride]
    }

    /// Takes the filled row, filtered in the way that leaves the smallest numbers.
    pub fn filter_row(&mut self) {
        let cost = |kind: u8| -> u32 {
            (0..self.stride).map(|i| u32::from((self.filtered(kind, i) as i8).unsigned_abs())).sum()
        };
        let kind = (0..5u8).min_by_key(|kind| cost(*kind)).unwrap();
        self.raw[self.len] = kind;
        for i in 0..self.stride {
            self.raw[self.len + 1 + i] = self.filtered(kind, i);
        }
        self.len += 1 + self.stride;
        self.last = self.row;
    }

    fn filtered(&self, kind: u8, i: usize) -> u8 {
        let (left, corner) = if i < 3 { (0, 0) } else { (self.row[i - 3], self.last[i - 3]) };
        let above = self.last[i];
        let guess = match kind {
            0 => 0,
            1 => left,
            2 => above,
            3 => ((u16::from(left) + u16::from(above)) / 2) as u8,
            _ => paeth(left, above, corner),
        };
        self.row[i].wrapping_sub(guess)
    }

    /// Compresses the rows taken since the last flush and writes them; `last` completes the file.
    pub fn flush(&mut self, last: bool) {
        for byte in &self.raw[..self.len] {
            self.adler.0 = (self.adler.0 + u32::from(*byte)) % 65_521;
            self.adler.1 = (self.adler.1 + self.adler.0) % 65_521;
        }
        self.put(u32::from(last), 1);
        self.put(1, 2);
        self.compress();
        self.len = 0;
        if last {
            self.put(0, (8 - self.bit_count % 8) % 8);
            let (a, b) = self.adler;
            for byte in (b << 16 | a).to_be_bytes() {
                self.push(byte);
            }
        }
        self.chunk(&self.out[..self.out_len]);
        self.begin();
        if last {
            self.chunk(b"IEND");
        }
    }

    /// Greedy matches against the last place where the same three bytes stood.
    fn compress(&mut self) {
        self.heads.fill(0);
        let mut at = 0;
        while at < self.len {
            let found = if at + 3 <= self.len { self.longest(at) } else { None };
            let step = match found {
                Some((length, distance)) => {
                    self.length_code(length);
                    self.distance_code(distance);
                    length
                }
                None => {
                    self.literal(u32::from(self.raw[at]));
                    1
                }
            };
            for i in at..at + step {
                if i + 3 <= self.len {
                    self.heads[self.hash(i)] = i as u32 + 1;
                }
            }
            at += step;
        }
        self.literal(256);
    }

    fn hash(&self, at: usize) -> usize {
        let three = u32::from_le_bytes([self.raw[at], self.raw[at + 1], self.raw[at + 2], 0]);
        (three.wrapping_mul(0x9e37_79b1) >> 18) as usize
    }

    fn longest(&self, at: usize) -> Option<(usize, usize)> {
        let before = (self.heads[self.hash(at)] as usize).checked_sub(1)?;
        let limit = (self.len - at).min(258);
        let length = (0..limit).take_while(|i| self.raw[before + i] == self.raw[at + i]).count();
        (length >= 3 && at - before <= WINDOW).then_some((length, at - before))
    }

    fn literal(&mut self, symbol: u32) {
        match symbol {
            0..=143 => self.put_code(0x30 + symbol, 8),
            144..=255 => self.put_code(0x190 + symbol - 144, 9),
            256..=279 => self.put_code(symbol - 256, 7),
            _ => self.put_code(0xc0 + symbol - 280, 8),
        }
    }

    fn length_code(&mut self, length: usize) {
        let n = length as u32 - 3;
        if length == 258 {
            return self.literal(285);
        }
        // Codes come in groups of four, each group with one more extra bit than the one before.
        let extra = if n < 8 { 0 } else { n.ilog2() - 2 };
        self.literal(257 + 4 * extra + (n >> extra));
        self.put(n & ((1 << extra) - 1), extra);
    }

    fn distance_code(&mut self, distance: usize) {
        let n = distance as u32 - 1;
        let extra = if n < 4 { 0 } else { n.ilog2() - 1 };
        self.put_code(2 * extra + (n >> extra), 5);
        self.put(n & ((1 << extra) - 1), extra);
    }

    /// Codes go in from their highest bit, numbers from their lowest.
    fn put_code(&mut self, code: u32, bits: u32) {
        self.put(code.reverse_bits() >> (32 - bits), bits);
    }

    fn put(&mut self, value: u32, bits: u32) {
        self.bits |= u64::from(value) << self.bit_count;
        self.bit_count += bits;
        while self.bit_count >= 8 {
            self.push(self.bits as u8);
            self.bits >>= 8;
            self.bit_count -= 8;
        }
    }

    fn begin(&mut self) {
        self.out[..4].copy_from_slice(b"IDAT");
        self.out_len = 4;
    }

    fn push(&mut self, byte: u8) {
        self.out[self.out_len] = byte;
        self.out_len += 1;
    }

    /// Writes a chunk from its name and content.
    fn chunk(&self, named: &[u8]) {
        let sum = named.iter().fold(!0u32, |c, b| self.crc[((c ^ u32::from(*b)) & 255) as usize] ^ (c >> 8));
        guest::write(&(named.len() as u32 - 4).to_be_bytes());
        guest::write(named);
        guest::write(&(!sum).to_be_bytes());
    }
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let (a, b, c) = (i32::from(left), i32::from(above), i32::from(corner));
    let guess = a + b - c;
    let (da, db, dc) = ((guess - a).abs(), (guess - b).abs(), (guess - c).abs());
    if da <= db && da <= dc {
        left
    } else if db <= dc {
        above
    } else {
        corner
    }
}
