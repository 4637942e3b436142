//! The names of ScyllaDB's crate scylla-udf 0.1, so that functions written with it need nothing but another `use` line.
//!
//! Its types of other crates come with the feature `scylla` too: chrono's `NaiveDate`, `uuid::Uuid`, num-bigint 0.3, bigdecimal 0.2.

pub use crate::{Counter, CqlDuration};
pub use nacre_function_macros::{export_newtype, export_udf, export_udt};

use crate::foreign::through;
use crate::{Decimal, Fault, Varint};
use chrono::TimeDelta;

/// A time of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub TimeDelta);

/// Time since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub TimeDelta);

through!(Time, crate::Time, |time| Ok(Time(TimeDelta::nanoseconds(time.0))), |time| crate::Time(time.0.num_nanoseconds().unwrap_or(-1)));
through!(
    Timestamp,
    crate::Timestamp,
    |timestamp| TimeDelta::try_milliseconds(timestamp.0).map(Timestamp).ok_or(Fault::new("is outside of chrono's calendar")),
    |timestamp| crate::Timestamp(timestamp.0.num_milliseconds())
);
through!(num_bigint_03::BigInt, Varint, |number| Ok(num_bigint_03::BigInt::from_signed_bytes_be(number.as_be_bytes())), |number| {
    Varint::from_be_bytes(&number.to_signed_bytes_be())
});
through!(
    bigdecimal_02::BigDecimal,
    Decimal,
    |number| Ok(bigdecimal_02::BigDecimal::new(num_bigint_03::BigInt::from_signed_bytes_be(number.unscaled.as_be_bytes()), number.scale.into())),
    |number| {
        let (unscaled, scale) = number.as_bigint_and_exponent();
        Decimal { unscaled: Varint::from_be_bytes(&unscaled.to_signed_bytes_be()), scale: scale.clamp(i32::MIN.into(), i32::MAX.into()) as i32 }
    }
);
