return words and table.concat(words, ", ")
