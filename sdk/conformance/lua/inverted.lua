local keys = {}
for key, value in pairs(m) do
  keys[value] = keys[value] or {}
  table.insert(keys[value], key)
end
for _, list in pairs(keys) do table.sort(list) end
return keys
