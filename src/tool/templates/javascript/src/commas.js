return words.join(", ");
