//! Hashes, HMAC (RFC 2104) and constant-time comparison; the only room that uses hash crates.

use digest::{Digest, KeyInit};
use hmac::{Mac, SimpleHmac};

/// The hash functions in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// The HMAC of the concatenated `parts`. Keys may have any length (RFC 2104 section 3).
pub fn hmac(hash: Hash, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    match hash {
        Hash::Md5 => code::<SimpleHmac<md5::Md5>>(key, parts),
        Hash::Sha1 => code::<SimpleHmac<sha1::Sha1>>(key, parts),
        Hash::Sha224 => code::<SimpleHmac<sha2::Sha224>>(key, parts),
        Hash::Sha256 => code::<SimpleHmac<sha2::Sha256>>(key, parts),
        Hash::Sha384 => code::<SimpleHmac<sha2::Sha384>>(key, parts),
        Hash::Sha512 => code::<SimpleHmac<sha2::Sha512>>(key, parts),
    }
}

fn code<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC accepts keys of any length; the error of the trait is for other MACs.
    let Ok(mut code) = M::new_from_slice(key) else { return Vec::new() };
    for part in parts {
        Mac::update(&mut code, part);
    }
    code.finalize().into_bytes().to_vec()
}

/// The SHA-256 (FIPS 180-4) in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha2::Sha256::digest(bytes))
}

/// The first 64 bits of the SHA-256: for comparison of trusted values only.
pub fn short_hash(bytes: &[u8]) -> u64 {
    let hash = sha2::Sha256::digest(bytes);
    hash.iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Compares in constant time.
pub fn is_equal(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0, |seen, (a, b)| seen | (a ^ b));
    one.len() == other.len() && std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_cases_of_the_standards() {
        // RFC 2202 sections 2 and 3, RFC 4231 section 4.3: key "Jefe".
        for (hash, code) in [
            (Hash::Md5, "750c783e6ab0b503eaa86e310a5db738"),
            (Hash::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (Hash::Sha224, "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44"),
            (Hash::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ] {
            let parts: [&[u8]; 3] = [b"what do ya want ", b"", b"for nothing?"];
            assert_eq!(hex(&hmac(hash, b"Jefe", &parts)), code);
        }
        // RFC 4231 section 4.7: a key longer than a block.
        let message: &[u8] = b"Test Using Larger Than Block-Size Key - Hash Key First";
        for (hash, begins) in [
            (Hash::Sha256, "60e431591ee0b67f"),
            (Hash::Sha384, "4ece084485813e90"),
            (Hash::Sha512, "80b24263c7c1a3eb"),
        ] {
            assert!(hex(&hmac(hash, &[0xaa; 131], &[message])).starts_with(begins));
        }
    }

    #[test]
    fn sha_256() {
        // FIPS 180-2 appendix B.1, and of nothing.
        let of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), of_abc);
        let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256_hex(b""), of_nothing);
    }

    #[test]
    fn equal_is_equal_in_length_too() {
        assert!(is_equal(b"abc", b"abc") && is_equal(b"", b""));
        assert!(!is_equal(b"abc", b"abd") && !is_equal(b"abc", b"ab") && !is_equal(b"", b"a"));
    }
}
