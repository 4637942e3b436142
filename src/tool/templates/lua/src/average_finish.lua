if state[1] == 0 then return nil end
return state[2] / state[1]
