return [state[0] + 1n, state[1] + value];
