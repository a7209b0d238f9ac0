// Writes the SDKs of a package from its schema: gensdk <schema.json> <folder>; folder/python and folder/nodejs.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// What the generators need of other packages: nothing.
var none = schema.NewPluginLoader(nil)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(file string) (*schema.Package, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, err
	}
	pkg, diagnostics, err := schema.BindSpec(spec, none, schema.ValidationOptions{})
	if err != nil {
		return nil, err
	}
	if len(diagnostics) > 0 {
		return nil, diagnostics
	}
	return pkg, nil
}

func run(file, folder string) error {
	// each generator changes the package that it is given
	pkg, err := read(file)
	if err != nil {
		return err
	}
	files, err := python.GeneratePackage("gensdk", pkg, nil, none)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(folder, "python"), files); err != nil {
		return err
	}
	if pkg, err = read(file); err != nil {
		return err
	}
	files, err = nodejs.GeneratePackage("gensdk", pkg, nil, nil, false, none)
	if err != nil {
		return err
	}
	return write(filepath.Join(folder, "nodejs"), files)
}

func write(folder string, files map[string][]byte) error {
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
