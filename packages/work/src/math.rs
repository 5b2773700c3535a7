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
