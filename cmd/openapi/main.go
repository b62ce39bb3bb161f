// Command openapi writes the description of the API, from which clients make
// their types. It is run by make generate.
package main

import (
	"flag"
	"log"
	"os"
	"path/filepath"

	"switchboard/internal/app"
)

func main() {
	log.SetFlags(0)
	out := flag.String("o", "api/openapi.json", "file to write")
	flag.Parse()
	text, err := app.OpenAPI()
	if err != nil {
		log.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(*out), 0o755); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(*out, text, 0o644); err != nil {
		log.Fatal(err)
	}
}
