if key == "" then return data end
local bytes = {}
for i = 1, #data do
  bytes[i] = string.char(data:byte(i) ~ key:byte((i - 1) % #key + 1))
end
return table.concat(bytes)
