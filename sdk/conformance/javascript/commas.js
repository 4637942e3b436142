return words && words.join(', ');
