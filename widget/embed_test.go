package widget

import (
	"io/fs"
	"testing"
)

// The program compiles with and without the built files; with them, the pages' entry points are all there.
func TestFiles(t *testing.T) {
	files, built := Files()
	if files == nil {
		t.Fatal("no file system")
	}
	if !built {
		t.Skip("the widget is not built: make widget")
	}
	for _, name := range []string{"index.html", "widget/ilsai.js", "widget/elements.js"} {
		if info, err := fs.Stat(files, name); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
