return v > 127n ? 127n : v < -128n ? -128n : v;
