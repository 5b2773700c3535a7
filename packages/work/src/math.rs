//! Exact `a x b / c` on 128-bit integers with a 256-bit intermediate.

use crate::WorkError;

/// `floor(a x b / c)`, exact for every input whose result fits.
///
/// # Errors
/// `work.zero` when `c` is zero, `work.overflow` when the result does not fit 128 bits.
pub fn mul_div_floor(a: u128, b: u128, c: u128) -> Result<u128, WorkError> {
    mul_div(a, b, c).map(|(quotient, _)| quotient)
}

/// `ceil(a x b / c)`, exact for every input whose result fits.
///
/// # Errors
/// `work.zero` when `c` is zero, `work.overflow` when the result does not fit 128 bits.
pub fn mul_div_ceil(a: u128, b: u128, c: u128) -> Result<u128, WorkError> {
    let (quotient, remainder) = mul_div(a, b, c)?;
    if remainder == 0 {
        return Ok(quotient);
    }
    quotient.checked_add(1).ok_or(WorkError::Overflow { what: "a x b / c" })
}

/// Quotient and remainder of `a x b / c`.
fn mul_div(a: u128, b: u128, c: u128) -> Result<(u128, u128), WorkError> {
    const ZERO: WorkError = WorkError::Zero { what: "the divisor" };
    // Nearly every amount takes this path; the long division below costs some hundred times more.
    if let Some(product) = a.checked_mul(b) {
        let quotient = product.checked_div(c).ok_or(ZERO)?;
        let remainder = product.checked_rem(c).ok_or(ZERO)?;
        return Ok((quotient, remainder));
    }
    if c == 0 {
        return Err(ZERO);
    }
    let (high, low) = wide_mul(a, b);
    if high >= c {
        return Err(WorkError::Overflow { what: "a x b / c" });
    }
    Ok(long_div(high, low, c))
}

/// `a x b` as (high, low) halves of 256 bits, by schoolbook multiplication of 64-bit digits.
fn wide_mul(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = 0xFFFF_FFFF_FFFF_FFFF;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    // A product of two 64-bit digits is at most (2^64 - 1)^2 = 2^128 - 2^65 + 1, so two more digits can be added to it.
    let low = a0.wrapping_mul(b0);
    let middle = a1.wrapping_mul(b0).wrapping_add(low >> 64);
    let cross = a0.wrapping_mul(b1).wrapping_add(middle & LOW);
    let high = a1.wrapping_mul(b1).wrapping_add(middle >> 64).wrapping_add(cross >> 64);
    (high, (cross << 64) | (low & LOW))
}

/// `(high x 2^128 + low) / c` for `high < c`, one bit at a time.
fn long_div(high: u128, low: u128, c: u128) -> (u128, u128) {
    let (mut remainder, mut rest, mut quotient) = (high, low, 0u128);
    for _ in 0..128 {
        let carry = remainder >> 127;
        remainder = (remainder << 1) | (rest >> 127);
        rest <<= 1;
        quotient <<= 1;
        if carry == 1 || remainder >= c {
            // With the carry the true remainder is 2^128 more, and the difference wraps to the right value.
            remainder = remainder.wrapping_sub(c);
            quotient |= 1;
        }
    }
    (quotient, remainder)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A 256-bit product by another route than the code's: 32-bit digits, the lowest first.
    fn product(a: u128, b: u128) -> [u64; 8] {
        let digits = |value: u128| [0, 32, 64, 96].map(|shift| (value >> shift) as u32 as u64);
        let mut out = [0u64; 8];
        for (i, x) in digits(a).into_iter().enumerate() {
            let mut carry = 0;
            for (j, y) in digits(b).into_iter().enumerate() {
                let sum = out[i + j] + x * y + carry;
                (out[i + j], carry) = (sum & 0xFFFF_FFFF, sum >> 32);
            }
            out[i + 4] = carry;
        }
        out
    }

    fn plus(mut digits: [u64; 8], value: u128) -> [u64; 8] {
        let mut carry = 0;
        for (i, digit) in digits.iter_mut().enumerate() {
            let add = if i < 4 { (value >> (32 * i)) as u32 as u64 } else { 0 };
            let sum = *digit + add + carry;
            (*digit, carry) = (sum & 0xFFFF_FFFF, sum >> 32);
        }
        digits
    }

    /// Amounts of every magnitude, edges included.
    fn amount() -> impl Strategy<Value = u128> {
        (any::<u128>(), 0u32..128, 0u8..4).prop_map(|(value, shift, edge)| match edge {
            0 => u128::MAX - (value >> 120),
            1 => value >> 120,
            _ => value >> shift,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        /// quotient x c + remainder = a x b with remainder < c; refused exactly when the quotient does not fit.
        #[test]
        fn division_is_exact(a in amount(), b in amount(), c in amount()) {
            let exact = product(a, b);
            match mul_div(a, b, c) {
                Ok((quotient, remainder)) => {
                    prop_assert!(remainder < c);
                    prop_assert_eq!(plus(product(quotient, c), remainder), exact);
                    prop_assert_eq!(mul_div_floor(a, b, c), Ok(quotient));
                    let up = quotient.checked_add(u128::from(remainder > 0));
                    prop_assert_eq!(mul_div_ceil(a, b, c).ok(), up);
                }
                Err(WorkError::Zero { .. }) => prop_assert_eq!(c, 0),
                Err(error) => {
                    prop_assert_eq!(error, WorkError::Overflow { what: "a x b / c" });
                    let high = (0..4).fold(0u128, |sum, i| sum | u128::from(exact[i + 4]) << (32 * i));
                    prop_assert!(high >= c && c > 0);
                }
            }
        }
    }

    #[test]
    fn edges() {
        let max = u128::MAX;
        assert_eq!(mul_div_floor(max, max, max), Ok(max));
        assert_eq!(mul_div_ceil(max, max, max), Ok(max));
        assert_eq!(mul_div_floor(max, max - 1, max), Ok(max - 1));
        assert!(matches!(mul_div_floor(max, 2, 1), Err(WorkError::Overflow { .. })));
        // (3 x 2^64 - 1)(3 x 2^64 + 1) = 9 x 2^128 - 1: a ninth of it fits rounded down and does not rounded up.
        let (a, b) = ((3 << 64) - 1, (3 << 64) + 1);
        assert_eq!(mul_div_floor(a, b, 9), Ok(max));
        assert_eq!(mul_div_ceil(a, b, 9), Err(WorkError::Overflow { what: "a x b / c" }));
        assert!(matches!(mul_div_floor(1, 1, 0), Err(WorkError::Zero { .. })));
        assert!(matches!(mul_div_ceil(max, max, 0), Err(WorkError::Zero { .. })));
    }
}
