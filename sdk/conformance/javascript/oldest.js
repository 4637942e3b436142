let found = null;
for (const person of people ?? []) {
  if (person.age !== null && (found === null || person.age > found.age)) found = person;
}
return found;
