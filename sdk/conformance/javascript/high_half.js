return v >> 16;
