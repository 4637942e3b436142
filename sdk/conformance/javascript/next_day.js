return new Date(d.getTime() + 86_400_000);
