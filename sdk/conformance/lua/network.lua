local is_v6 = address:find(":")
local parts = {}
if is_v6 then
  local head, tail = address:match("^(.-)::(.*)$")
  for part in (head or address):gmatch("%x+") do parts[#parts + 1] = tonumber(part, 16) end
  if tail then
    local last = {}
    for part in tail:gmatch("%x+") do last[#last + 1] = tonumber(part, 16) end
    while #parts + #last < 8 do parts[#parts + 1] = 0 end
    table.move(last, 1, #last, #parts + 1, parts)
  end
else
  for part in address:gmatch("%d+") do parts[#parts + 1] = tonumber(part) end
end
local width = is_v6 and 16 or 8
for i, part in ipairs(parts) do
  local kept = math.max(0, math.min(width, bits - (i - 1) * width))
  part = part >> (width - kept) << (width - kept)
  parts[i] = is_v6 and string.format("%x", part) or part
end
return table.concat(parts, is_v6 and ":" or ".")
