package main

import (
	"strings"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/widget"
)

// addPages hands the server what browsers load, and says whose pages may call it.
func (c *config) addPages(d *server.Deps, a *app, origins []string) {
	d.AllowedOrigins = origins
	if files, built := widget.Files(); built {
		d.Widget = files
	}
	if c.demo != nil {
		c.demo.Figures = a.demoFigures
		d.Demo = c.demo
	}
}

// allowedOrigins reads origins, separated by commas.
func (c *config) allowedOrigins() ([]string, error) {
	var all []string
	for s := range strings.FieldsFuncSeq(c.AllowedOrigins, func(r rune) bool { return r == ',' || r == ' ' }) {
		origin, err := server.ParseOrigin(s)
		if err != nil {
			return nil, usagef("allowed_origins: %s", ilsai.ErrorMessage(err))
		}
		all = append(all, origin)
	}
	return all, nil
}
