return s.repeat(Math.max(times, 0));
