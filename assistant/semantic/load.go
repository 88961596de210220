package semantic

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/goccy/go-yaml"
)

var (
	//go:embed sales.yaml
	salesYAML []byte
	//go:embed inventory.yaml
	inventoryYAML []byte
	//go:embed patients.yaml
	patientsYAML []byte
)

var (
	salesOnce     = shipped("sales", salesYAML)
	inventoryOnce = shipped("inventory", inventoryYAML)
	patientsOnce  = shipped("patients", patientsYAML)
)

func shipped(name string, data []byte) func() *Catalogue {
	return sync.OnceValue(func() *Catalogue {
		c, err := Parse(name+".yaml", data)
		if err != nil {
			panic("an embedded catalogue is broken: " + err.Error())
		}
		return c
	})
}

// Sales is the catalogue the binary ships for sales.
func Sales() *Catalogue { return salesOnce() }

// Inventory is the catalogue the binary ships for stock.
func Inventory() *Catalogue { return inventoryOnce() }

// Patients is the catalogue the binary ships for anonymised patient statistics.
func Patients() *Catalogue { return patientsOnce() }

// Shipped are the catalogues of the binary.
func Shipped() []*Catalogue { return []*Catalogue{Sales(), Inventory(), Patients()} }

// Load reads one catalogue file.
func Load(path string) (*Catalogue, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	return Parse(filepath.Base(path), data)
}

// LoadDir reads every *.yaml file of a directory: a chain's own catalogues, at most one per domain.
func LoadDir(dir string) ([]*Catalogue, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("catalogue: no *.yaml file in %s", dir)
	}
	slices.Sort(paths)
	var out []*Catalogue
	from := map[string]string{}
	for _, p := range paths {
		c, err := Load(p)
		if err != nil {
			return nil, err
		}
		if other, taken := from[c.Domain]; taken {
			return nil, fmt.Errorf("catalogue: %s and %s both describe %q", other, filepath.Base(p), c.Domain)
		}
		from[c.Domain] = filepath.Base(p)
		out = append(out, c)
	}
	return out, nil
}

// Parse reads a catalogue strictly: an unknown key, a double key or a wrong type is an error that
// names file and line; what YAML cannot check, check does.
func Parse(name string, data []byte) (*Catalogue, error) {
	var c Catalogue
	if err := yaml.UnmarshalWithOptions(data, &c, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", name, err)
	}
	if err := c.index(); err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", name, err)
	}
	return &c, nil
}

// UnmarshalYAML accepts one expression for both engines, or {sqlite: …, postgres: …}.
func (s *SQL) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		s.SQLite, s.Postgres = one, one
		return nil
	}
	var each map[string]string
	if err := unmarshal(&each); err != nil {
		return err
	}
	s.SQLite, s.Postgres = each["sqlite"], each["postgres"]
	if s.SQLite == "" || s.Postgres == "" || len(each) != 2 {
		return errors.New("sql is one expression, or one under each of sqlite and postgres")
	}
	return nil
}

// UnmarshalYAML accepts one JOIN or a list of them.
func (j *Joins) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		*j = Joins{one}
		return nil
	}
	var all []string
	err := unmarshal(&all)
	*j = all
	return err
}
