-- The parts of the timestamp, the highest first: all of a fixed width, so that their text compares as they do.
local function time_of(uuid)
  local low, middle, high = uuid:match("^(%x+)-(%x+)-1(%x+)")
  return high .. middle .. low
end
if time_of(b) > time_of(a) then return b end
return a
