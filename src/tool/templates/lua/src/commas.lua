return table.concat(words, ", ")
