if (!a && !b) return null;
return new Set([...(a ?? []), ...(b ?? [])]);
