return s:rep(times)
