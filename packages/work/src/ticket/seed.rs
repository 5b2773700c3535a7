//! Seeds and the value of a ticket.

use sha2::{Digest, Sha256};

const NODE_TAG: &[u8] = b"joule/node/a/v1";
/// `joule/ticket/a/v1`, zero-padded to 56 bytes.
const TICKET_TAG: &[u8; 56] =
    b"joule/ticket/a/v1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Seed of one device in a window: SHA-256 of `joule/node/a/v1`, the window's seed, the node id (8 bytes), the device
/// number (4 bytes) and the operator's address as text behind its length (4 bytes); integers big endian. Binds the work to
/// chain, contract, window, device and key, so that it cannot be replayed, prepared or shared.
pub fn node_seed(window_seed: &[u8; 32], node_id: u64, device: u32, operator: &str) -> [u8; 32] {
    let hash = Sha256::new()
        .chain_update(NODE_TAG)
        .chain_update(window_seed)
        .chain_update(node_id.to_be_bytes())
        .chain_update(device.to_be_bytes())
        .chain_update(length(operator))
        .chain_update(operator);
    hash.finalize().into()
}

/// Value of ticket `x` (DESIGN 11.10): the first 8 bytes, little endian, of BLAKE3 keyed by the seed over the 56-byte tag
/// followed by `x` as 8 bytes, little endian. One compression.
pub fn value(seed: &[u8; 32], x: u64) -> u64 {
    let mut block = [0u8; 64];
    if let Some((tag, id)) = block.split_first_chunk_mut::<56>() {
        *tag = *TICKET_TAG;
        id.copy_from_slice(&x.to_le_bytes());
    }
    let [a, b, c, d, e, f, g, h, ..] = *blake3::keyed_hash(seed, &block).as_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// Length of a text as 4 big endian bytes; no text on a chain comes near the limit.
fn length(text: &str) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_changes_a_seed() {
        let window = [3; 32];
        let node = node_seed(&window, 1, 0, "op");
        let others = [
            node_seed(&[4; 32], 1, 0, "op"),
            node_seed(&window, 2, 0, "op"),
            node_seed(&window, 1, 1, "op"),
            node_seed(&window, 1, 0, "oq"),
        ];
        assert!(others.iter().all(|other| *other != node));
    }

    #[test]
    fn a_value_is_bound_to_seed_and_id() {
        assert_ne!(value(&[0; 32], 0), value(&[0; 32], 1));
        assert_ne!(value(&[0; 32], 0), value(&[1; 32], 0));
        // The id fills its whole field: ids that differ only in high bits differ.
        assert_ne!(value(&[0; 32], 1), value(&[0; 32], 1 + (1 << 63)));
    }
}
