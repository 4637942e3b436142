//! Types of other crates that stand for CQL's, by features of their names.

#![allow(unused_macros)]

/// `$foreign` passes as `$own` does.
macro_rules! through {
    ($foreign:ty, $own:ty, $to:expr, $from:expr) => {
        impl $crate::CqlType for $foreign {
            const TYPE: $crate::TypeName = <$own as $crate::CqlType>::TYPE;
            const WIDTH: usize = <$own as $crate::CqlType>::WIDTH;
            type Plain = <$own as $crate::CqlType>::Plain;
        }
        impl<'a> $crate::FromCql<'a> for $foreign {
            #[inline]
            fn from_cql(bytes: &'a [u8]) -> Result<Self, $crate::Fault> {
                let to: fn($own) -> Result<$foreign, $crate::Fault> = $to;
                <$own as $crate::FromCql>::from_cql(bytes).and_then(to)
            }
            #[inline]
            fn from_row(column: &$crate::__private::ColumnData<'a>, row: usize) -> Result<Self, $crate::Fault> {
                let to: fn($own) -> Result<$foreign, $crate::Fault> = $to;
                <$own as $crate::FromCql>::from_row(column, row).and_then(to)
            }
        }
        impl $crate::IntoCql for $foreign {
            #[inline]
            fn write(&self, to: &mut alloc::vec::Vec<u8>) {
                let from: fn(&$foreign) -> $own = $from;
                $crate::IntoCql::write(&from(self), to);
            }
            #[inline]
            fn to_row(&self, results: &mut $crate::__private::RowResults, row: usize) {
                let from: fn(&$foreign) -> $own = $from;
                $crate::IntoCql::to_row(&from(self), results, row);
            }
        }
    };
}
#[cfg(feature = "scylla")]
pub(crate) use through;

#[cfg(feature = "chrono")]
mod chrono_types {
    use crate::{Date, Fault, Time, Timestamp};
    use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};

    const OUTSIDE: Fault = Fault::new("is outside of chrono's calendar");
    const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();

    through!(NaiveDate, Date, |date| EPOCH.checked_add_signed(TimeDelta::days(date.0.into())).ok_or(OUTSIDE), |date| Date(
        date.signed_duration_since(EPOCH).num_days() as i32
    ));
    through!(
        NaiveTime,
        Time,
        |time| NaiveTime::from_num_seconds_from_midnight_opt((time.0 / 1_000_000_000) as u32, (time.0 % 1_000_000_000) as u32).ok_or(OUTSIDE),
        // A leap second's nanoseconds go past a second; CQL has no room for it at a day's end.
        |time| Time((i64::from(time.num_seconds_from_midnight()) * 1_000_000_000 + i64::from(time.nanosecond())).min(86_399_999_999_999))
    );
    through!(DateTime<Utc>, Timestamp, |timestamp| DateTime::from_timestamp_millis(timestamp.0).ok_or(OUTSIDE), |timestamp| Timestamp(
        timestamp.timestamp_millis()
    ));
}

#[cfg(feature = "uuid")]
mod uuid_types {
    use crate::Uuid;

    through!(uuid::Uuid, Uuid, |uuid| Ok(uuid::Uuid::from_bytes(uuid.0)), |uuid| Uuid(*uuid.as_bytes()));
}

#[cfg(feature = "num-bigint")]
mod big_integers {
    use crate::Varint;
    use num_bigint::BigInt;

    through!(BigInt, Varint, |number| Ok(BigInt::from_signed_bytes_be(number.as_be_bytes())), |number| Varint::from_be_bytes(
        &number.to_signed_bytes_be()
    ));
}

#[cfg(feature = "bigdecimal")]
mod big_decimals {
    use crate::{Decimal, Varint};
    use bigdecimal::BigDecimal;
    use num_bigint::BigInt;

    through!(
        BigDecimal,
        Decimal,
        |number| Ok(BigDecimal::new(BigInt::from_signed_bytes_be(number.unscaled.as_be_bytes()), number.scale.into())),
        |number| {
            // A scale past 32 bits, which only arithmetic makes, is rounded to what CQL has.
            let (unscaled, scale) = number.as_bigint_and_scale();
            match i32::try_from(scale) {
                Ok(scale) => Decimal { unscaled: Varint::from_be_bytes(&unscaled.to_signed_bytes_be()), scale },
                Err(_) => {
                    let (unscaled, scale) = number.with_scale(scale.clamp(i32::MIN.into(), i32::MAX.into())).into_bigint_and_scale();
                    Decimal { unscaled: Varint::from_be_bytes(&unscaled.to_signed_bytes_be()), scale: scale as i32 }
                }
            }
        }
    );
}
