package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/privacy"
	"github.com/ils-platform/ilsai/tenancy"
)

// problem is an RFC 9457 problem document. Code and RequestID are extension members.
type problem struct {
	Type      string     `json:"type"`
	Title     string     `json:"title"`
	Status    int        `json:"status"`
	Detail    string     `json:"detail,omitempty"`
	Code      ilsai.Code `json:"code"`
	RequestID string     `json:"request_id,omitempty"`
}

type httpError struct {
	status int
	title  string
	retry  int // seconds for Retry-After, 0: none
}

// statuses is the one table from error codes to HTTP. TestEveryCodeHasAStatus fails for a code without a row.
var statuses = map[ilsai.Code]httpError{
	ilsai.CodeInternal:         {status: http.StatusInternalServerError, title: "Internal error"},
	ilsai.CodeInvalid:          {status: http.StatusBadRequest, title: "The request cannot be understood"},
	ilsai.CodeTooLarge:         {status: http.StatusRequestEntityTooLarge, title: "Too large"},
	ilsai.CodeUnauthenticated:  {status: http.StatusUnauthorized, title: "Not signed in"},
	ilsai.CodeForbidden:        {status: http.StatusForbidden, title: "Not allowed"},
	ilsai.CodeTenantInactive:   {status: http.StatusForbidden, title: "Subscription inactive"},
	ilsai.CodeFeatureDisabled:  {status: http.StatusForbidden, title: "Not part of this subscription"},
	ilsai.CodePrivacy:          {status: http.StatusForbidden, title: "Personal data cannot be queried"},
	ilsai.CodeRateLimited:      {status: http.StatusTooManyRequests, title: "Too many requests"},
	ilsai.CodeQuotaExceeded:    {status: http.StatusTooManyRequests, title: "Monthly queries used up"},
	ilsai.CodeNotFound:         {status: http.StatusNotFound, title: "Not found"},
	ilsai.CodeConflict:         {status: http.StatusConflict, title: "Conflict"},
	ilsai.CodeKeyReused:        {status: http.StatusUnprocessableEntity, title: "Idempotency key used for another request"},
	ilsai.CodeOverloaded:       {status: http.StatusServiceUnavailable, title: "Busy", retry: 2},
	ilsai.CodeDeadline:         {status: http.StatusGatewayTimeout, title: "Took too long"},
	ilsai.CodeCanceled:         {status: 499, title: "Canceled by the client"},
	ilsai.CodeUnavailable:      {status: http.StatusServiceUnavailable, title: "Not available for now", retry: 5},
	ilsai.CodeModelFile:        {status: http.StatusServiceUnavailable, title: "Model not available"},
	ilsai.CodeGenerationFailed: {status: http.StatusServiceUnavailable, title: "The model failed on this question", retry: 1},
}

// fiberCodes gives the errors Fiber raises by itself (no route, wrong method, limits) a code of ours.
var fiberCodes = map[int]ilsai.Code{
	http.StatusBadRequest:            ilsai.CodeInvalid,
	http.StatusNotFound:              ilsai.CodeNotFound,
	http.StatusMethodNotAllowed:      ilsai.CodeNotFound,
	http.StatusRequestEntityTooLarge: ilsai.CodeTooLarge,
	http.StatusRequestTimeout:        ilsai.CodeDeadline,
	http.StatusUnsupportedMediaType:  ilsai.CodeInvalid,
	// A header beyond headerLimit, such as a token that is none.
	http.StatusRequestHeaderFieldsTooLarge: ilsai.CodeTooLarge,
}

// problemOf is an error as a client may see it. It logs what the client may not see.
func (s *Server) problemOf(ctx context.Context, err error) (problem, httpError) {
	var fe *fiber.Error
	code, detail, status := ilsai.ErrorCode(err), ilsai.ErrorMessage(err), 0
	if errors.As(err, &fe) && code == ilsai.CodeInternal {
		if known, ok := fiberCodes[fe.Code]; ok {
			code, status = known, fe.Code
			detail = fiberDetail(fe.Code)
		}
	}
	row, ok := statuses[code]
	if !ok {
		row = statuses[ilsai.CodeInternal]
	}
	if status != 0 {
		row.status = status
	}
	id := ilsai.RequestID(ctx)
	level := slog.LevelInfo
	if row.status >= 500 {
		level = slog.LevelError
	}
	s.log.Log(ctx, level, "request failed", "request_id", id, "code", string(code), "status", row.status, "cause", privacy.Redact(err.Error()))
	if after, ok := tenancy.RetryAfter(err); ok {
		row.retry = int((after + time.Second - 1) / time.Second)
	}
	return problem{Type: "urn:ilsai:problem:" + string(code), Title: row.title, Status: row.status, Detail: detail, Code: code, RequestID: id}, row
}

// writeProblem is Fiber's error handler: every error of every route leaves through it, but one in a stream that has begun.
func (s *Server) writeProblem(c *fiber.Ctx, err error) error {
	body, row := s.problemOf(c.UserContext(), err)
	if _, known := tenancy.RetryAfter(err); known || row.retry > 0 {
		c.Set(fiber.HeaderRetryAfter, strconv.Itoa(row.retry))
	}
	if row.status == http.StatusUnauthorized {
		c.Set(fiber.HeaderWWWAuthenticate, `Bearer realm="ilsai"`)
	}
	return c.Status(row.status).JSON(body, "application/problem+json")
}

func fiberDetail(status int) string {
	switch status {
	case http.StatusNotFound:
		return "There is nothing at this address. Questions go to POST /api/ai/query."
	case http.StatusMethodNotAllowed:
		return "This address does not take this method."
	case http.StatusRequestEntityTooLarge:
		return "The request is larger than 64 KiB. A question has at most 2,000 characters."
	case http.StatusRequestHeaderFieldsTooLarge:
		return "The header of the request is larger than 16 KiB. A token has at most 8 KiB."
	case http.StatusRequestTimeout:
		return "The request did not arrive in time. Send it again."
	default:
		return "The request is not valid HTTP."
	}
}
