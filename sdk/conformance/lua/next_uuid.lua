local digits = u:gsub("-", "")
local high, low = math.tointeger("0x" .. digits:sub(1, 16)), math.tointeger("0x" .. digits:sub(17))
low = low + 1
if low == 0 then high = high + 1 end
return (string.format("%016x%016x", high, low):gsub("^(........)(....)(....)(....)", "%1-%2-%3-%4-"))
