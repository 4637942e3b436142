return v // 65536
