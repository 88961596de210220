package ilsai

import (
	"errors"
	"fmt"
)

// Code names a kind of failure. Codes are stable: clients, the usage ledger's error_type
// column and the one table to HTTP in package server are keyed by them.
type Code string

const (
	CodeInternal         Code = "internal"              // a defect of ours; details are logged, never shown
	CodeInvalid          Code = "invalid_query"         // the request cannot be understood as sent
	CodeTooLarge         Code = "too_large"             // body, question or prompt beyond its limit
	CodeUnauthenticated  Code = "unauthenticated"       // no token, or one that does not verify
	CodeForbidden        Code = "forbidden"             // the user's role does not suffice
	CodeTenantInactive   Code = "subscription_inactive" // the tenant exists, its subscription is not active
	CodeFeatureDisabled  Code = "feature_unavailable"   // the tier does not include the query type
	CodePrivacy          Code = "privacy"               // the question asks for personal data
	CodeRateLimited      Code = "rate_limit"            // too many requests in the window
	CodeQuotaExceeded    Code = "quota_exceeded"        // the month's queries are used up
	CodeNotFound         Code = "not_found"
	CodeConflict         Code = "conflict"               // already running, already exists, or in use by another process
	CodeKeyReused        Code = "idempotency_key_reused" // the key came before with another request
	CodeOverloaded       Code = "overloaded"
	CodeDeadline         Code = "timeout"
	CodeCanceled         Code = "canceled"
	CodeUnavailable      Code = "unavailable"       // a part this needs (database, disk) is away for now
	CodeModelFile        Code = "model_file"        // missing, truncated, foreign or unlisted model file
	CodeGenerationFailed Code = "generation_failed" // the model's step failed; nothing was billed
)

// Error is the one error type that crosses package borders. Message is for people and may be
// shown to a client; Err is the cause, for logs only.
type Error struct {
	Code    Code
	Message string
	Err     error
}

func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	case e.Message == "":
		return fmt.Sprintf("%s: %v", e.Code, e.Err)
	default:
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Err)
	}
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error whose message may be shown to a client.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap gives a cause a code and a message for people. A nil cause stays nil.
func Wrap(code Code, err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Err: err}
}

// ErrorCode is the code of the outermost Error in err's chain: "" for nil, CodeInternal for
// an error that carries none.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// ErrorMessage is what may be shown to a client: the outermost Error's message, or a fixed
// sentence for anything else, so that no cause leaks.
func ErrorMessage(err error) string {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) && e.Message != "" {
		return e.Message
	}
	return "Something went wrong on our side. Try again; if it stays, give support the request id."
}
