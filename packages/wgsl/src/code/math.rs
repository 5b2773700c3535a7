//! Built-in functions of integers, as the WGSL specification defines them, on the bits of both types.

/// The bits as `i32`.
pub(super) fn s(bits: u32) -> i32 {
    i32::from_ne_bytes(bits.to_ne_bytes())
}

/// The bits of an `i32`.
pub(super) fn u(value: i32) -> u32 {
    u32::from_ne_bytes(value.to_ne_bytes())
}

/// Quotient of `i32`s; the rewritten program never divides by zero or `MIN` by -1.
pub(super) fn divide(a: u32, b: u32) -> u32 {
    s(a).checked_div(s(b)).map_or(a, u)
}

/// Position of the lowest one, all ones without one.
pub(super) fn first_trailing(a: u32) -> u32 {
    if a == 0 {
        u32::MAX
    } else {
        a.trailing_zeros()
    }
}

/// Position of the highest one, all ones without one.
pub(super) fn first_leading(a: u32) -> u32 {
    31_u32.wrapping_sub(a.leading_zeros())
}

/// Position of the highest bit that differs from the sign, all ones without one.
pub(super) fn first_leading_signed(a: u32) -> u32 {
    first_leading(if s(a) < 0 { !a } else { a })
}

/// `count` bits from `offset` on; both are cut to the word.
pub(super) fn extract(signed: bool, a: u32, offset: u32, count: u32) -> u32 {
    let (offset, count) = window(offset, count);
    if count == 0 {
        return 0;
    }
    let top = a << (32 - offset - count);
    match signed {
        true => u(s(top) >> (32 - count)),
        false => top >> (32 - count),
    }
}

/// `a` with `count` bits from `offset` on replaced by the lowest of `bits`.
pub(super) fn insert(a: u32, bits: u32, offset: u32, count: u32) -> u32 {
    let (offset, count) = window(offset, count);
    if count == 0 {
        return a;
    }
    let mask = (u32::MAX >> (32 - count)) << offset;
    (a & !mask) | ((bits << offset) & mask)
}

fn window(offset: u32, count: u32) -> (u32, u32) {
    let offset = offset.min(32);
    (offset, count.min(32 - offset))
}

/// Sum of the products of the four bytes.
pub(super) fn dot4(a: u32, b: u32) -> u32 {
    let (a, b) = (a.to_le_bytes(), b.to_le_bytes());
    a.iter().zip(b).map(|(a, b)| u32::from(*a) * u32::from(b)).sum()
}

/// Sum of the products of the four signed bytes.
pub(super) fn dot4_signed(a: u32, b: u32) -> u32 {
    let (a, b) = (a.to_le_bytes(), b.to_le_bytes());
    u(a.iter()
        .zip(b)
        .map(|(a, b)| i32::from(*a as i8) * i32::from(b as i8))
        .sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_positions() {
        assert_eq!([first_trailing(0), first_trailing(8)], [u32::MAX, 3]);
        assert_eq!(
            [first_leading(0), first_leading(1), first_leading(u32::MAX)],
            [u32::MAX, 0, 31]
        );
        let cases = [(0, -1), (-1, -1), (1, 0), (-2, 0), (i32::MIN, 30), (i32::MAX, 30)];
        for (value, expected) in cases {
            assert_eq!(s(first_leading_signed(u(value))), expected, "{value}");
        }
    }

    #[test]
    fn windows_are_cut_to_the_word() {
        assert_eq!(extract(false, 0xf0, 4, 4), 0xf);
        assert_eq!(extract(true, 0xf0, 4, 4), u32::MAX);
        assert_eq!(extract(false, u32::MAX, 0, 99), u32::MAX);
        assert_eq!(extract(false, u32::MAX, 31, 99), 1);
        assert_eq!(extract(true, u32::MAX, 32, 1), 0);
        assert_eq!(extract(true, u32::MAX, u32::MAX, u32::MAX), 0);
        assert_eq!(insert(0, u32::MAX, 4, 4), 0xf0);
        assert_eq!(insert(7, 0, 0, 99), 0);
        assert_eq!(insert(7, u32::MAX, 32, 1), 7);
        assert_eq!(insert(7, 0, 1, 0), 7);
    }

    #[test]
    fn products_of_bytes() {
        assert_eq!(dot4(0x01ff_02ff, 0x0101_0203), 1 + 255 + 4 + 765);
        assert_eq!(s(dot4_signed(0x8080_8080, 0x7f7f_7f7f)), -4 * 128 * 127);
    }
}
