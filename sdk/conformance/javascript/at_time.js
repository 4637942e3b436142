return d.getTime() + Math.floor(t / 1e6);
