local found = {}
for word in s:gmatch("[^ ]+") do found[#found + 1] = word:sub(1, 1) end
return table.concat(found)
