return key.length === 0 ? data : data.map((byte, i) => byte ^ key[i % key.length]);
