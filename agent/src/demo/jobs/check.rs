//! What a result is, found out from its bytes.
use std::path::Path;

use crate::demo::story::grouped;
use crate::error::{Error, Result};

/// A picture's size, or how many lines of factors multiply back.
pub fn describe(path: &Path) -> Result<String> {
    let failed = |e: &dyn std::fmt::Display| Error::local("demo.io", format!("{}: {e}", path.display()), "report this");
    let bytes = std::fs::read(path).map_err(|e| failed(&e))?;
    let size = grouped(bytes.len() as u128);
    if let Some((width, height)) = png(&bytes).or_else(|| bmp(&bytes)) {
        return Ok(format!("a picture of {width} x {height} pixels, {size} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|e| failed(&e))?;
    Ok(format!(
        "{} numbers, every product multiplied back",
        check_factors(&text)?
    ))
}

/// Media type of a picture.
pub fn media_type(bytes: &[u8]) -> Option<&'static str> {
    png(bytes)
        .map(|_| "image/png")
        .or_else(|| bmp(bytes).map(|_| "image/bmp"))
}

/// Four bytes as a number.
fn word(bytes: &[u8], at: usize) -> Option<[u8; 4]> {
    bytes.get(at..at + 4)?.try_into().ok()
}

/// Width and height stand behind length and name of the first chunk.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n").then_some(())?;
    Some((
        u32::from_be_bytes(word(bytes, 16)?),
        u32::from_be_bytes(word(bytes, 20)?),
    ))
}

/// Width and height stand in the second header.
fn bmp(bytes: &[u8]) -> Option<(u32, u32)> {
    bytes.starts_with(b"BM").then_some(())?;
    Some((
        u32::from_le_bytes(word(bytes, 18)?),
        u32::from_le_bytes(word(bytes, 22)?),
    ))
}

/// How many lines `name = number = p * q^2` there are, if each of them multiplies up.
fn check_factors(text: &str) -> Result<usize> {
    let wrong = |line: &str| {
        Error::internal(
            "demo.wrong_factors",
            format!("`{line}`"),
            "report this: a result is wrong",
        )
    };
    for line in text.lines() {
        let parts: Vec<&str> = line.split(" = ").collect();
        let number = |text: &str| {
            text.trim_end_matches(" is prime")
                .parse::<u128>()
                .map_err(|_| wrong(line))
        };
        let product = match parts.as_slice() {
            [_, prime] if prime.ends_with(" is prime") => number(prime)?,
            [_, _, factors] => factors.split(" * ").try_fold(1u128, |product, factor| {
                let (base, power) = factor.split_once('^').unwrap_or((factor, "1"));
                let power = power.parse::<u32>().map_err(|_| wrong(line))?;
                number(base)?
                    .checked_pow(power)
                    .and_then(|f| product.checked_mul(f))
                    .ok_or_else(|| wrong(line))
            })?,
            // 0 and 1 have no factors to multiply.
            [_, _] => continue,
            _ => return Err(wrong(line)),
        };
        if product != number(parts.get(1).copied().unwrap_or_default())? {
            return Err(wrong(line));
        }
    }
    Ok(text.lines().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_are_multiplied() {
        assert_eq!(check_factors("a = 12 = 2^2 * 3\nb = 13 is prime\n").unwrap(), 2);
        for wrong in ["a = 12 = 2 * 3\n", "a = 12 = 2^x\n", "nonsense\n"] {
            assert_eq!(
                check_factors(wrong).unwrap_err().code(),
                "demo.wrong_factors",
                "{wrong}"
            );
        }
    }

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        let mut picture = b"BM".to_vec();
        picture.extend([0; 16]);
        picture.extend(320u32.to_le_bytes());
        picture.extend(200u32.to_le_bytes());
        assert_eq!(
            (bmp(&picture), media_type(&picture)),
            (Some((320, 200)), Some("image/bmp"))
        );
        assert_eq!(media_type(b"a = 12"), None);
    }
}
