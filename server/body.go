package server

import (
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
)

// plainBody is the body as it was sent: not compressed, and valid UTF-8. It is Fiber's memory and gone after the handler.
func plainBody(c *fiber.Ctx) ([]byte, error) {
	if enc := c.Get(fiber.HeaderContentEncoding); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "Send the body without Content-Encoding.")
	}
	body := c.Request().Body() // not c.Body(): that one would decompress
	if !utf8.Valid(body) {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "The body is not valid UTF-8.")
	}
	return body, nil
}
