package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
)

// Ways in which a server fails that is reached.
var (
	ErrSilent    = errors.New("the model's server did not begin to answer in time")
	ErrStalled   = errors.New("the model's server stopped in the middle of an answer")
	ErrBroken    = errors.New("the model's server broke off an answer")
	ErrMalformed = errors.New("the model's server answered with something else than a stream of completions")
)

// StatusError is a refusal of the server. Message is the server's own, for logs.
type StatusError struct {
	Status     int
	Message    string
	RetryAfter time.Duration // what the server asks for, 0: nothing
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("the model's server said %d: %s", e.Status, e.Message)
}

// What people are told.
const (
	failedText      = "The model's server failed while it answered. Try again."
	unreachableText = "The model's server cannot be reached just now. Try again shortly."
	misusedText     = "The model's server does not accept this gateway's requests. Tell the operator."
)

// coded gives a failure of one attempt its code.
func coded(err error) error {
	var status *StatusError
	switch {
	case errors.As(err, &status):
		return codedStatus(status)
	case errors.Is(err, ErrSilent):
		return ilsai.Wrap(ilsai.CodeUnavailable, err, unreachableText)
	case errors.Is(err, ErrStalled), errors.Is(err, ErrBroken), errors.Is(err, ErrMalformed):
		return ilsai.Wrap(ilsai.CodeGenerationFailed, err, failedText)
	}
	return ilsai.Wrap(ilsai.CodeUnavailable, err, unreachableText)
}

func codedStatus(e *StatusError) error {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return ilsai.Wrap(ilsai.CodeOverloaded, e, "The model's server is busy. Try again shortly.")
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed:
		return ilsai.Wrap(ilsai.CodeUnavailable, e, misusedText)
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		message := strings.ToLower(e.Message)
		for _, sign := range []string{"context_length", "context length", "exceed_context_size", "context size"} {
			if strings.Contains(message, sign) {
				return ilsai.Wrap(ilsai.CodeTooLarge, e, "The text is longer than the model can read.")
			}
		}
		return ilsai.Wrap(ilsai.CodeGenerationFailed, e, misusedText)
	}
	return ilsai.Wrap(ilsai.CodeGenerationFailed, e, failedText)
}

// mayTryAgain says whether nothing was generated and a later attempt may do better.
func mayTryAgain(err error) (after time.Duration, ok bool) {
	var status *StatusError
	var op *net.OpError
	switch {
	case errors.As(err, &status):
		return status.RetryAfter, status.Status == http.StatusTooManyRequests || status.Status == http.StatusServiceUnavailable
	case errors.As(err, &op):
		return 0, op.Op == "dial"
	}
	return 0, false
}

// endedError is why a request ended that nobody wants any more.
func endedError(cause error) error {
	switch {
	case errors.Is(cause, errStopping):
		return ilsai.Wrap(ilsai.CodeUnavailable, cause, "The server is stopping.")
	case errors.Is(cause, context.DeadlineExceeded):
		return ilsai.Wrap(ilsai.CodeDeadline, cause, "The request did not finish in time.")
	}
	return ilsai.Wrap(ilsai.CodeCanceled, cause, "The request was cancelled.")
}
