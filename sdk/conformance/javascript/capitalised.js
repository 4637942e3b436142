return s.replace(/^[a-z]/, letter => letter.toUpperCase());
