if not a and not b then return nil end
local union = {}
for element in pairs(a or {}) do union[element] = true end
for element in pairs(b or {}) do union[element] = true end
return union
