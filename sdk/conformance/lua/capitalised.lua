return (s:gsub("^%l", string.upper))
