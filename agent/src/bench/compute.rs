//! Arithmetic: hashing and matrix products. The products come from rten-gemm, whose kernels use what the processor has
//! (AVX2, AVX-512 with VNNI, NEON with dot products); each thread multiplies matrices of its own, as many small jobs do.

use rayon::ThreadPoolBuilder;
use rten_gemm::{GemmExecutor, GemmInT, GemmInputA, GemmInputB, GemmOptions, GemmOutT};
use rten_tensor::prelude::*;
use rten_tensor::NdTensor;

use super::{rate, Options};

/// Bytes hashed at once; more than the first levels of cache hold.
const BLOCK: usize = 1 << 20;
/// Rows and columns. Three such matrices of f32 are 3 MiB.
const SIDE: usize = 512;
/// Operations of one product: a multiplication and an addition for every inner step.
const OPERATIONS: u64 = 2 * (SIDE as u64).pow(3);

/// Hashes a block; counts bytes.
pub fn blake3() -> impl FnMut() -> u64 {
    let block = vec![0x5a; BLOCK];
    move || {
        std::hint::black_box(blake3::hash(std::hint::black_box(&block)));
        BLOCK as u64
    }
}

/// A piece of work, and the units it does.
pub type Piece = Box<dyn FnMut() -> u64>;

/// Rate of products on as many threads as asked for, each alone in a pool of its own: over a larger one the kernels
/// would spread by themselves, and escape the share.
pub fn on_one_thread_each(options: &Options, make: fn() -> Piece) -> f64 {
    rate(options, || {
        // This thread becomes the pool's only one, for as long as the pool lives.
        let pool = ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        let mut piece = make();
        move || {
            std::hint::black_box(&pool);
            piece()
        }
    })
}

/// A product of f32 matrices; counts floating-point operations.
pub fn f32_product() -> Piece {
    let value = |i: usize| (i % 17) as f32 * 0.25 - 2.0;
    product(GemmExecutor::<f32>::default(), value, value)
}

/// A product of unsigned and signed bytes into i32; counts integer operations. The unsigned side keeps to seven bits, so
/// that no kernel saturates and all give the same numbers.
pub fn int8_product() -> Piece {
    let left = |i: usize| u8::try_from(i % 128).unwrap_or(0);
    let right = |i: usize| i8::try_from(i % 127).unwrap_or(0) - 63;
    product(GemmExecutor::<u8, i8, i32>::default(), left, right)
}

fn product<A, B, C>(gemm: GemmExecutor<A, B, C>, a: fn(usize) -> A, b: fn(usize) -> B) -> Piece
where
    A: GemmInT + 'static,
    B: GemmInT + 'static,
    C: GemmOutT + 'static,
{
    let fill_a: Vec<A> = (0..SIDE * SIDE).map(a).collect();
    let fill_b: Vec<B> = (0..SIDE * SIDE).map(b).collect();
    let (a, b) = (
        NdTensor::from_data([SIDE, SIDE], fill_a),
        NdTensor::from_data([SIDE, SIDE], fill_b),
    );
    let mut c = vec![C::default(); SIDE * SIDE];
    Box::new(move || {
        let (left, right) = (GemmInputA::Unpacked(a.view()), GemmInputB::Unpacked(b.view()));
        // Shapes agree by construction; work that was not done does not count.
        let done = gemm.gemm(&mut c, left, right, GemmOptions::default()).is_ok();
        std::hint::black_box(&c);
        u64::from(done) * OPERATIONS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_are_exact_on_bytes() {
        let gemm = GemmExecutor::<u8, i8, i32>::default();
        let side = 64;
        let left: Vec<u8> = (0..side * side).map(|i| (i % 128) as u8).collect();
        let right: Vec<i8> = (0..side * side).map(|i| (i % 127) as i8 - 63).collect();
        let (a, b) = (
            NdTensor::from_data([side, side], left.clone()),
            NdTensor::from_data([side, side], right.clone()),
        );
        let mut c = vec![0i32; side * side];
        let inputs = (GemmInputA::Unpacked(a.view()), GemmInputB::Unpacked(b.view()));
        gemm.gemm(&mut c, inputs.0, inputs.1, GemmOptions::default()).unwrap();
        for (row, column) in [(0, 0), (1, 2), (63, 63), (17, 40)] {
            let expected: i32 = (0..side)
                .map(|k| i32::from(left[row * side + k]) * i32::from(right[k * side + column]))
                .sum();
            assert_eq!(c[row * side + column], expected, "{row}, {column}");
        }
    }

    #[test]
    fn a_product_counts_its_operations() {
        assert_eq!(f32_product()(), 2 * 512 * 512 * 512);
        assert_eq!(int8_product()(), 2 * 512 * 512 * 512);
    }
}
