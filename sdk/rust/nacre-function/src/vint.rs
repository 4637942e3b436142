//! Variable-length numbers, in durations (by zigzag) and before elements of vectors: as many leading one bits as bytes follow.

use crate::Fault;
use alloc::vec::Vec;

pub fn read_vint(bytes: &mut &[u8]) -> Result<i64, Fault> {
    let number = read_unsigned_vint(bytes)?;
    Ok((number >> 1) as i64 ^ -((number & 1) as i64))
}

pub fn write_vint(number: i64, to: &mut Vec<u8>) {
    write_unsigned_vint((number << 1 ^ number >> 63) as u64, to);
}

pub fn read_unsigned_vint(bytes: &mut &[u8]) -> Result<u64, Fault> {
    let (&first, rest) = bytes.split_first().ok_or(Fault::MALFORMED)?;
    let more = first.leading_ones() as usize;
    let (tail, rest) = rest.split_at_checked(more).ok_or(Fault::MALFORMED)?;
    let head = if more >= 7 { 0 } else { u64::from(first) & (0xff >> (more + 1)) };
    *bytes = rest;
    Ok(tail.iter().fold(head, |number, &byte| number << 8 | u64::from(byte)))
}

pub fn write_unsigned_vint(number: u64, to: &mut Vec<u8>) {
    // Seven bits for each byte; nine bytes hold all 64.
    let bits = 64 - (number | 1).leading_zeros() as usize;
    let more = if bits > 56 { 8 } else { (bits - 1) / 7 };
    let first = !(0xff_u32 >> more) as u8;
    to.push(if more == 8 { first } else { first | (number >> (8 * more)) as u8 });
    to.extend_from_slice(&number.to_be_bytes()[8 - more..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length() {
        for shift in 0..64 {
            for number in [1_i64 << shift, (1_i64 << shift).wrapping_sub(1), (-1_i64) << shift, !((-1_i64) << shift)] {
                let mut bytes = Vec::new();
                write_vint(number, &mut bytes);
                assert_eq!(bytes.len() as u32, 1 + bytes[0].leading_ones(), "{number}");
                let mut rest = &bytes[..];
                assert_eq!(read_vint(&mut rest), Ok(number));
                assert!(rest.is_empty());
                assert!(read_vint(&mut &bytes[..bytes.len() - 1]).is_err());
            }
        }
    }
}
