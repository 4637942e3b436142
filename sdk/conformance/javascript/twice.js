return {months: 2 * d.months, days: 2 * d.days, nanoseconds: 2n * d.nanoseconds};
