package knowledge

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed passages/*.yaml
var embedded embed.FS

// Corpus is a set of passages. It is read only.
type Corpus struct {
	Passages []Passage
	byID     map[string]*Passage
}

// Load reads every *.yaml under fsys, strictly: an unknown key, a missing source, a text too long or an
// id given twice is an error that names the file and the passage.
func Load(fsys fs.FS) (*Corpus, error) {
	files, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, err
	}
	c := &Corpus{byID: map[string]*Passage{}}
	var errs []error
	titles := map[string]string{}
	for _, name := range files {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var list []Passage
		if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&list); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
			continue
		}
		for _, p := range list {
			p.Text = strings.TrimSpace(p.Text)
			p.Sentences = sentences(p.Text)
			title := strings.ToLower(p.Title)
			if err := p.check(); err != nil {
				errs = append(errs, fmt.Errorf("%s: %s: %w", path.Base(name), p.ID, err))
			}
			if c.byID[p.ID] != nil {
				errs = append(errs, fmt.Errorf("%s: %s: the id is taken", name, p.ID))
			}
			if other := titles[title]; other != "" {
				errs = append(errs, fmt.Errorf("%s: %s: the title is that of %s", name, p.ID, other))
			}
			titles[title] = p.ID
			c.byID[p.ID] = &p
			c.Passages = append(c.Passages, p)
		}
	}
	if len(c.Passages) == 0 {
		errs = append(errs, errors.New("no passages"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}

// Passage is the passage of that id, or nil.
func (c *Corpus) Passage(id string) *Passage { return c.byID[id] }

// Embedded is the corpus that comes with the program.
var Embedded = sync.OnceValues(loadEmbedded)

func loadEmbedded() (*Corpus, error) {
	dir, err := fs.Sub(embedded, "passages")
	if err != nil {
		return nil, err
	}
	return Load(dir)
}
