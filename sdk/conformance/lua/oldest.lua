local found
for _, person in ipairs(people or {}) do
  if person.age and (not found or person.age > found.age) then found = person end
end
return found
