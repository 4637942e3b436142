return {state[1] + 1, state[2] + value}
