package attacktest

import (
	"embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed attacks/*.yaml
var corpora embed.FS

// Attack is one statement of a corpus.
type Attack struct {
	Class string `yaml:"class"` // what kind of wall it is meant to get over
	Tries string `yaml:"tries"`
	SQL   string `yaml:"sql"`
	// Self says that it changes the attacker's own role, which PostgreSQL has no right against.
	Self bool `yaml:"self"`
}

var repeated = regexp.MustCompile(`\{([^{}|]+)\|(\d+)\}`)

// Attacks reads the corpus of an engine, sqlite or postgres, with words such as {victim} replaced.
func Attacks(engine string, replacements ...string) ([]Attack, error) {
	text, err := corpora.ReadFile("attacks/" + engine + ".yaml")
	if err != nil {
		return nil, err
	}
	var all []Attack
	if err := yaml.UnmarshalWithOptions(text, &all, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("%s: %w", engine, err)
	}
	words := strings.NewReplacer(replacements...)
	for i := range all {
		sql := repeated.ReplaceAllStringFunc(words.Replace(all[i].SQL), func(m string) string {
			part := repeated.FindStringSubmatch(m)
			n, err := strconv.Atoi(part[2])
			if err != nil {
				return m
			}
			return strings.Repeat(part[1], n)
		})
		all[i].SQL = sql
	}
	return all, nil
}
