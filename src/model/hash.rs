//! The hash that ids and orders are made of.

/// Hash of some bytes, the same on every machine and in every version (FNV-1a).
pub fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
}
