// Package widget holds the built browser side: the assistant for the dashboard's pages and the demo's pages. It knows
// files and nothing else; what serves them, and to whom, is the server's to say. Its sources are TypeScript beside it.
package widget

import (
	"embed"
	"io/fs"
)

//go:embed dist
var dist embed.FS

// Files are the built files: index.html and assets/ of the demo, widget/ of the assistant. Built is false
// when the program was compiled without them; there is no file to serve then.
func Files() (files fs.FS, built bool) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, false // unreachable: the directory is embedded
	}
	_, err = fs.Stat(files, "widget/ilsai.js")
	return files, err == nil
}
