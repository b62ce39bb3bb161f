package db

import "sync/atomic"

// Conflicts counts transactions repeated after a serialization failure or a
// deadlock on PostgreSQL.
var Conflicts atomic.Int64
