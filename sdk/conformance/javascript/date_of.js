return t;
