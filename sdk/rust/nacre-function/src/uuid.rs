//! uuid and timeuuid, and inet.

use crate::{CqlType, Fault, FromCql, IntoCql, TypeName};
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A `uuid`, in the order of its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

/// A `timeuuid`: one of version 1. The server refuses results of other versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeUuid(pub Uuid);

// 100 ns between 1582-10-15 and 1970-01-01.
const GREGORIAN: i64 = 0x01b2_1dd2_1381_4000;

impl Uuid {
    pub const fn from_u128(number: u128) -> Uuid {
        Uuid(number.to_be_bytes())
    }

    pub const fn as_u128(self) -> u128 {
        u128::from_be_bytes(self.0)
    }

    pub const fn version(self) -> u8 {
        self.0[6] >> 4
    }

    /// From 32 hexadecimal digits, hyphens among them or not.
    pub fn parse(text: &str) -> Option<Uuid> {
        let mut number: u128 = 0;
        let mut digits = 0;
        for byte in text.bytes().filter(|&byte| byte != b'-') {
            number = number << 4 | u128::from(char::from(byte).to_digit(16)?);
            digits += 1;
        }
        (digits == 32).then_some(Uuid::from_u128(number))
    }
}

impl TimeUuid {
    /// When it was made: 100 ns since 1582-10-15.
    pub const fn timestamp(self) -> i64 {
        let number = self.0.as_u128();
        let low = (number >> 96) as i64;
        let middle = (number >> 80) as i64 & 0xffff;
        let high = (number >> 64) as i64 & 0x0fff;
        high << 48 | middle << 32 | low
    }

    /// When it was made: milliseconds since 1970-01-01T00:00:00Z.
    pub const fn unix_ms(self) -> i64 {
        (self.timestamp() - GREGORIAN).div_euclid(10_000)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let mut at = 0;
        for (i, byte) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at] = DIGITS[usize::from(byte >> 4)];
            text[at + 1] = DIGITS[usize::from(byte & 15)];
            at += 2;
        }
        // SAFETY: digits and hyphens.
        to.write_str(unsafe { str::from_utf8_unchecked(&text) })
    }
}

impl fmt::Display for TimeUuid {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(to)
    }
}

impl CqlType for Uuid {
    const TYPE: TypeName = TypeName::Native("uuid");
    type Plain = u64;
}
impl<'a> FromCql<'a> for Uuid {
    #[inline]
    fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
        bytes.try_into().map(Uuid).map_err(|_| Fault::MALFORMED)
    }
}
impl IntoCql for Uuid {
    #[inline]
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(&self.0);
    }
}

impl CqlType for TimeUuid {
    const TYPE: TypeName = TypeName::Native("timeuuid");
    type Plain = u64;
}
impl<'a> FromCql<'a> for TimeUuid {
    #[inline]
    fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
        Uuid::from_cql(bytes).map(TimeUuid)
    }
}
impl IntoCql for TimeUuid {
    #[inline]
    fn write(&self, to: &mut Vec<u8>) {
        self.0.write(to);
    }
}

fn ip(bytes: &[u8]) -> Result<IpAddr, Fault> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Ok(IpAddr::V4(Ipv4Addr::from(four)));
    }
    <[u8; 16]>::try_from(bytes).map(|sixteen| IpAddr::V6(Ipv6Addr::from(sixteen))).map_err(|_| Fault::MALFORMED)
}

impl CqlType for IpAddr {
    const TYPE: TypeName = TypeName::Native("inet");
    type Plain = u64;
}
impl<'a> FromCql<'a> for IpAddr {
    fn from_cql(bytes: &'a [u8]) -> Result<Self, Fault> {
        ip(bytes)
    }
}
impl IntoCql for IpAddr {
    fn write(&self, to: &mut Vec<u8>) {
        match self {
            IpAddr::V4(address) => to.extend_from_slice(&address.octets()),
            IpAddr::V6(address) => to.extend_from_slice(&address.octets()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn text_there_and_back() {
        let text = "50554d6e-29bb-11e5-b345-feff819cdc9f";
        let uuid = Uuid::parse(text).unwrap();
        assert_eq!(uuid.to_string(), text);
        assert_eq!(uuid.version(), 1);
        // By Python: (uuid.time - 0x01b21dd213814000) // 10000
        assert_eq!(TimeUuid(uuid).unix_ms(), 1_436_832_018_805);
        assert_eq!(Uuid::parse("50554d6e-29bb-11e5-b345-feff819cdc9"), None);
    }
}
