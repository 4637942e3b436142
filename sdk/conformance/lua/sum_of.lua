local sum = 0
for _, number in ipairs(numbers) do sum = sum + number end
return sum
