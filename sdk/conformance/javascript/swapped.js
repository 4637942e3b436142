return [t[1], t[0]];
