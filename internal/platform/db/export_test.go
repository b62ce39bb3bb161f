package db

// CountOf is what lists count with, for tests.
var CountOf = countOf
