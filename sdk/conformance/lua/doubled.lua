return 2 * hits
