return state[0] === 0n ? null : state[1] / Number(state[0]);
