//! date, time, timestamp, duration, and counter.

use crate::vint::{read_vint, write_vint};
use crate::{CqlType, Fault, FromCql, IntoCql, TypeName};
use alloc::vec::Vec;

/// A `date`: days since 1970-01-01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

/// A `time` of a day: nanoseconds since midnight, below 86,400,000,000,000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

/// A `timestamp`: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A `counter`. A function's results may be one too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Counter(pub i64);

/// A `duration`. The three parts have one sign, and don't convert into each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CqlDuration {
    pub months: i32,
    pub days: i32,
    pub nanoseconds: i64,
}

const MS_PER_DAY: i64 = 86_400_000;

impl Date {
    /// The day of the Gregorian calendar, also before it began. Days that don't exist count on from the month's end.
    pub const fn of(year: i32, month: u32, day: u32) -> Date {
        // Years from March on, so that the leap day is a year's last.
        let year = year as i64 - (month <= 2) as i64;
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((month as i64 + 9) % 12) + 2) / 5 + day as i64 - 1;
        Date((era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468) as i32)
    }

    /// Year, month from 1, day from 1.
    pub const fn year_month_day(self) -> (i32, u32, u32) {
        let days = self.0 as i64 + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let (month, after) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
        ((year + era * 400 + after) as i32, month as u32, day as u32)
    }

    pub const fn days_since_epoch(self) -> i32 {
        self.0
    }
}

impl Timestamp {
    /// The day in UTC. Saturates past the days of `date`.
    pub const fn date(self) -> Date {
        let days = self.0.div_euclid(MS_PER_DAY);
        Date(if days > i32::MAX as i64 {
            i32::MAX
        } else if days < i32::MIN as i64 {
            i32::MIN
        } else {
            days as i32
        })
    }

    /// The time of the day in UTC.
    pub const fn time(self) -> Time {
        Time(self.0.rem_euclid(MS_PER_DAY) * 1_000_000)
    }
}

impl Time {
    /// Of a day that has begun: hours, minutes, seconds, nanoseconds.
    pub const fn of(hours: u32, minutes: u32, seconds: u32, nanoseconds: u32) -> Time {
        Time(((hours as i64 * 60 + minutes as i64) * 60 + seconds as i64) * 1_000_000_000 + nanoseconds as i64)
    }

    pub const fn hours_minutes_seconds_nanoseconds(self) -> (u32, u32, u32, u32) {
        let seconds = self.0 / 1_000_000_000;
        ((seconds / 3600) as u32, (seconds / 60 % 60) as u32, (seconds % 60) as u32, (self.0 % 1_000_000_000) as u32)
    }
}

impl CqlType for CqlDuration {
    const TYPE: TypeName = TypeName::Native("duration");
    type Plain = u64;
}

impl<'a> FromCql<'a> for CqlDuration {
    fn from_cql(mut bytes: &'a [u8]) -> Result<Self, Fault> {
        let months = read_vint(&mut bytes)? as i32;
        let days = read_vint(&mut bytes)? as i32;
        let nanoseconds = read_vint(&mut bytes)?;
        if bytes.is_empty() { Ok(CqlDuration { months, days, nanoseconds }) } else { Err(Fault::MALFORMED) }
    }
}

impl IntoCql for CqlDuration {
    fn write(&self, to: &mut Vec<u8>) {
        write_vint(self.months.into(), to);
        write_vint(self.days.into(), to);
        write_vint(self.nanoseconds, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar() {
        for (date, days) in [((1970, 1, 1), 0), ((2000, 2, 29), 11_016), ((1969, 12, 31), -1), ((2024, 12, 31), 20_088), ((1, 1, 1), -719_162)] {
            assert_eq!(Date::of(date.0, date.1, date.2), Date(days));
            assert_eq!(Date(days).year_month_day(), date);
        }
        for days in (-1_000_000..1_000_000).step_by(997).chain([i32::MIN, i32::MAX]) {
            let (year, month, day) = Date(days).year_month_day();
            assert_eq!(Date::of(year, month, day), Date(days));
        }
    }

    #[test]
    fn parts_of_a_timestamp() {
        let before = Timestamp(-1);
        assert_eq!(before.date(), Date(-1));
        assert_eq!(before.time().hours_minutes_seconds_nanoseconds(), (23, 59, 59, 999_000_000));
        assert_eq!(Time::of(23, 59, 59, 999_000_000), before.time());
    }
}
