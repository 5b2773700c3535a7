//! Memory bandwidth by the triad of STREAM (McCalpin): a = b + s * c over arrays that no cache holds.

/// Bytes of the three arrays of all threads together.
const BYTES: usize = 192 << 20;
/// Bytes of the arrays that one step touches, so that shares and deadlines are kept.
const PIECE: usize = 6 << 20;

/// A thread's part of the triad; counts bytes as STREAM does: two reads and a write.
pub fn triad(threads: usize) -> impl FnMut() -> u64 {
    let len = BYTES / 24 / threads.max(1);
    let (mut a, b, c) = (vec![0f64; len], vec![1f64; len], vec![2f64; len]);
    let piece = (PIECE / 24).min(len.max(1));
    let mut at = 0;
    move || {
        let end = (at + piece).min(len);
        for ((a, b), c) in a[at..end].iter_mut().zip(&b[at..end]).zip(&c[at..end]) {
            *a = *b + 3.0 * *c;
        }
        std::hint::black_box(&a);
        let bytes = 24 * (end - at) as u64;
        at = if end == len { 0 } else { end };
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_touches_every_byte_once() {
        let mut piece = triad(3);
        let len = BYTES / 24 / 3;
        let mut left = len as u64 * 24;
        while left > 0 {
            left -= piece();
        }
        assert_eq!(piece(), PIECE as u64 / 24 * 24);
    }
}
