package server

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const openAIPrefix = "/v1/"

// openAIError says what OpenAI's error object tells beyond code and message.
type openAIError struct {
	error

	param  string
	code   string
	status int // 0: that of the error's code
}

func (e *openAIError) Unwrap() error { return e.error }

// badParam refuses one member of a request.
func badParam(param, format string, args ...any) error {
	return &openAIError{error: ilsai.Errorf(ilsai.CodeInvalid, format, args...), param: param}
}

// openAIErrorBody is OpenAI's error object: {"error": {"message": …, "type": …, "param": …, "code": …}}.
type openAIErrorBody struct {
	Error openAIErrorDetail `json:"error"`
}

type openAIErrorDetail struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

// openAINames are the type and code that OpenAI's clients know for codes of ours. A code without a row keeps its
// own name, with a type by its status.
var openAINames = map[ilsai.Code]struct{ kind, code string }{
	ilsai.CodeInvalid:         {"invalid_request_error", ""},
	ilsai.CodeUnauthenticated: {"invalid_request_error", "invalid_api_key"},
	ilsai.CodeRateLimited:     {"requests", "rate_limit_exceeded"},
	ilsai.CodeQuotaExceeded:   {"insufficient_quota", "insufficient_quota"},
}

// openAIErrorOf is problemOf in OpenAI's form.
func openAIErrorOf(p problem, row httpError, err error) (openAIErrorBody, int) {
	d := openAIErrorDetail{Message: p.Detail}
	var fe *fiber.Error
	if errors.As(err, &fe) {
		d.Message = openAIFiberMessage(row.status)
	}
	names, known := openAINames[p.Code]
	if !known {
		names.kind, names.code = "invalid_request_error", string(p.Code)
		switch {
		case row.status >= http.StatusInternalServerError:
			names.kind = "server_error"
		case row.status == http.StatusForbidden:
			names.kind = "permission_error"
		}
	}
	status := row.status
	if own := (*openAIError)(nil); errors.As(err, &own) {
		if own.param != "" {
			d.Param = &own.param
		}
		if own.code != "" {
			names.code = own.code
		}
		if own.status != 0 {
			status = own.status
		}
	}
	d.Type = names.kind
	if names.code != "" {
		d.Code = &names.code
	}
	return openAIErrorBody{d}, status
}

// openAIFiberMessage is of what fails before a handler runs. The problem documents' words are about questions.
func openAIFiberMessage(status int) string {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "This address or method is not served. There are POST /v1/chat/completions and GET /v1/models."
	case http.StatusRequestEntityTooLarge:
		return "The request is larger than 64 KiB. Send fewer or shorter messages."
	default:
		return fiberDetail(status)
	}
}

// writeError is Fiber's error handler: each API has errors in its own form.
func (s *Server) writeError(c *fiber.Ctx, err error) error {
	if ilsai.RequestID(c.UserContext()) == "" {
		identify(c)
	}
	if s.Chat == nil || !strings.HasPrefix(c.Path(), openAIPrefix) {
		return s.writeProblem(c, err)
	}
	p, row := s.problemOf(c.UserContext(), err)
	body, status := openAIErrorOf(p, row, err)
	if _, known := tenancy.RetryAfter(err); known || row.retry > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(row.retry))
	}
	switch p.Code {
	case ilsai.CodeUnauthenticated:
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="ilsai"`)
	case ilsai.CodeQuotaExceeded:
		c.Set("X-Should-Retry", "false") // OpenAI's clients try a 429 again; the month will not be over by then
	}
	return c.Status(status).JSON(body)
}
