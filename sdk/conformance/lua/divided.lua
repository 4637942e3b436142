if b == 0 then error("division by zero") end
local quotient = a // b
-- Lua rounds down.
if quotient < 0 and quotient * b ~= a then quotient = quotient + 1 end
return quotient
