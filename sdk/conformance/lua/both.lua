if a == false or b == false then return false end
return a and b
