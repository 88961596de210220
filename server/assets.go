package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"regexp"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// asset is one file that browsers load, in memory as it is sent.
type asset struct {
	plain, zipped []byte
	kind, tag     string
	lasting       bool // its name changes with its content
}

// hashed names end in a hash of their content: elements-B1c2D3e4.js.
var hashed = regexp.MustCompile(`-[A-Za-z0-9_-]{8}\.[a-z0-9]+$`)

// policyOfPages lets a page run and show what this server sent, and nothing written into it.
const policyOfPages = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// loadAssets reads the files below dir of a built widget.
func loadAssets(files fs.FS, dir string) (map[string]asset, error) {
	all := map[string]asset{}
	err := fs.WalkDir(files, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == "" {
			return err
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(body)
		var zipped bytes.Buffer
		w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := w.Write(body); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		all["/"+name] = asset{plain: body, zipped: zipped.Bytes(), kind: kindOf(name), tag: `"` + hex.EncodeToString(sum[:12]) + `"`, lasting: hashed.MatchString(name)}
		return nil
	})
	return all, err
}

// kindOf does not depend on the machine's own table for what the widget is made of.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return fiber.MIMETextHTMLCharsetUTF8
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// sendAsset answers with a file. It is checked again at each use, unless its name says what is in it.
func sendAsset(c *fiber.Ctx, a asset) error {
	c.Set(fiber.HeaderContentType, a.kind)
	c.Set(fiber.HeaderETag, a.tag)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Vary(fiber.HeaderAcceptEncoding)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	if a.lasting {
		c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	}
	if strings.HasPrefix(a.kind, "text/html") {
		c.Set(fiber.HeaderContentSecurityPolicy, policyOfPages)
	}
	if strings.Contains(c.Get(fiber.HeaderIfNoneMatch), a.tag) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	if c.Get(fiber.HeaderAcceptEncoding) != "" && c.AcceptsEncodings("gzip") == "gzip" {
		c.Set(fiber.HeaderContentEncoding, "gzip")
		return c.Send(a.zipped)
	}
	return c.Send(a.plain)
}

// pageRoutes serves what browsers load.
func (s *Server) pageRoutes() error {
	if s.Widget != nil {
		all, err := loadAssets(s.Widget, "widget")
		if err != nil {
			return err
		}
		s.widgetRoutes(all)
	}
	if s.Demo != nil {
		return s.demoRoutes()
	}
	return nil
}

// widgetRoutes serves the assistant's script to the dashboard's pages, which are often another origin's.
func (s *Server) widgetRoutes(all map[string]asset) {
	s.app.Get("/widget/*", func(c *fiber.Ctx) error {
		a, ok := all[c.Path()]
		if !ok {
			return fiber.ErrNotFound
		}
		c.Set("Cross-Origin-Resource-Policy", "cross-origin")
		return sendAsset(c, a)
	})
}
