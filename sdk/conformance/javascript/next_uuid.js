const next = BigInt.asUintN(128, BigInt('0x' + u.replaceAll('-', '')) + 1n);
return next.toString(16).padStart(32, '0').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
