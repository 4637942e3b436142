return 2n * hits;
