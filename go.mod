module switchboard

go 1.26.4

require pgregory.net/rapid v1.3.0
