// Writes the SDKs of a package from its schema: gensdk <schema.json> <folder>; folder/python and folder/nodejs.
// Writes a Python program from PCL, what imports are told in: gensdk program, JSON in and JSON out.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/hcl2/syntax"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// What the generators need of other packages: nothing.
var none = schema.NewPluginLoader(nil)

func main() {
	work := func() error { return run(os.Args[1], os.Args[2]) }
	if os.Args[1] == "program" {
		work = program
	}
	if err := work(); err != nil {
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

// What a program is made of: PCL by the names of its files, and where the engine serves schemas.
type asked struct {
	Source map[string]string `json:"source"`
	Loader string            `json:"loader"`
	Strict bool              `json:"strict"`
}

func program() error {
	var request asked
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		return err
	}
	loader, err := schema.NewLoaderClient(request.Loader)
	if err != nil {
		return err
	}
	parser := syntax.NewParser()
	for name, text := range request.Source {
		if err := parser.ParseFile(strings.NewReader(text), name); err != nil {
			return err
		}
	}
	if parser.Diagnostics.HasErrors() {
		return parser.Diagnostics
	}
	var options []pcl.BindOption
	if !request.Strict {
		options = append(options, pcl.NonStrictBindOptions()...)
	}
	bound, diagnostics, err := pcl.BindProgram(parser.Files, schema.NewCachedLoader(loader), options...)
	if err != nil {
		return err
	}
	if bound == nil {
		return diagnostics
	}
	files, diagnostics, err := python.GenerateProgram(bound)
	if err != nil {
		return err
	}
	if diagnostics.HasErrors() {
		return diagnostics
	}
	return json.NewEncoder(os.Stdout).Encode(files)
}
